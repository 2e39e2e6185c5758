//! Hints between runners.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use berth_domain::ids::RunId;
use berth_domain::ports::queue::{Hint, Queue};
use tokio::sync::mpsc;

/// Carries hints between runners as Pub/Sub does: for one of them, or for whoever comes first (here: the first).
#[derive(Debug, Default)]
pub(crate) struct Post {
    boxes: Mutex<Vec<(String, mpsc::UnboundedSender<Hint>)>>,
    /// Whom hints were sent to by name.
    pub(crate) named: Mutex<Vec<String>>,
}

impl Post {
    pub(crate) fn send(&self, runner: Option<&str>, hint: Hint) {
        let mut boxes = self.boxes.lock().unwrap();
        boxes.retain(|(_, sender)| !sender.is_closed());
        let to = boxes
            .iter()
            .find(|(name, _)| runner.is_none_or(|runner| runner == name));
        if let Some((_, sender)) = to {
            let _ = sender.send(hint);
        }
    }

    /// Where hints for a runner of this name arrive from now on.
    pub(crate) fn open(self: &Arc<Self>, name: &str) -> PostBox {
        let (sender, incoming) = mpsc::unbounded_channel();
        let mut boxes = self.boxes.lock().unwrap();
        boxes.push((name.to_owned(), sender));
        PostBox {
            post: self.clone(),
            incoming: tokio::sync::Mutex::new(incoming),
        }
    }

    pub(crate) fn send_to(&self, runner: &str, run: RunId) {
        self.send(Some(runner), Hint::Claim(run));
    }
}

#[derive(Debug)]
pub(crate) struct PostBox {
    post: Arc<Post>,
    incoming: tokio::sync::Mutex<mpsc::UnboundedReceiver<Hint>>,
}

#[async_trait]
impl Queue for PostBox {
    async fn announce(&self, hint: Hint) {
        self.post.send(None, hint);
    }

    async fn announce_to(&self, runner: &str, hint: Hint) {
        self.post.named.lock().unwrap().push(runner.to_owned());
        self.post.send(Some(runner), hint);
    }

    async fn next(&self) -> Option<Hint> {
        self.incoming.lock().await.recv().await
    }
}
