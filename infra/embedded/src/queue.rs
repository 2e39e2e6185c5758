//! Hints within one process. The durable queue is the run table itself; what does not fit here, the sweep finds.

use async_trait::async_trait;
use berth_domain::ports::queue::{Hint, Queue};
use tokio::sync::{Mutex, mpsc};

/// Hints that may wait.
const WAITING: usize = 1024;

/// An in-process channel of hints.
#[derive(Debug)]
pub struct LocalQueue {
    sender: mpsc::Sender<Hint>,
    receiver: Mutex<mpsc::Receiver<Hint>>,
}

impl Default for LocalQueue {
    fn default() -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        Self {
            sender,
            receiver: Mutex::new(receiver),
        }
    }
}

#[async_trait]
impl Queue for LocalQueue {
    async fn announce(&self, hint: Hint) {
        // A full channel means that the runner is busy anyway: it will look at the store before it rests.
        if self.sender.try_send(hint).is_err() {
            tracing::debug!(?hint, "hint dropped, the sweep will find the run");
        }
    }

    async fn next(&self) -> Option<Hint> {
        self.receiver.lock().await.recv().await
    }
}
