//! Who wants to know that a log has grown.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use berth_domain::ids::ConversationId;
use futures::stream::{BoxStream, StreamExt as _};
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::WatchStream;

type Topics = HashMap<ConversationId, watch::Sender<()>>;

/// Wakes watchers of a conversation: at once for what this process wrote, and when Firestore says so for the rest.
#[derive(Clone)]
pub(crate) struct Changes {
    topics: Arc<Mutex<Topics>>,
    bell: mpsc::Sender<()>,
}

impl fmt::Debug for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Changes").finish_non_exhaustive()
    }
}

impl Changes {
    /// With what rings whenever a conversation is watched that was not.
    pub(crate) fn new() -> (Self, mpsc::Receiver<()>) {
        let (bell, rung) = mpsc::channel(1);
        let topics = Arc::default();
        (Self { topics, bell }, rung)
    }

    /// The same for whoever listens to Firestore, who must not keep the bell alive.
    pub(crate) fn without_bell(&self) -> Self {
        let (bell, _) = mpsc::channel(1);
        Self {
            topics: self.topics.clone(),
            bell,
        }
    }

    fn topics(&self) -> MutexGuard<'_, Topics> {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        topics.retain(|_, sender| sender.receiver_count() > 0);
        topics
    }

    pub(crate) fn notify(&self, conversation: ConversationId) {
        if let Some(sender) = self.topics().get(&conversation) {
            // An error would mean that the last watcher has just left.
            let _ = sender.send(());
        }
    }

    /// What is watched.
    pub(crate) fn watched(&self) -> HashSet<ConversationId> {
        self.topics().keys().copied().collect()
    }

    /// Whether nothing is watched.
    pub(crate) fn is_idle(&self) -> bool {
        self.topics().is_empty()
    }

    /// Wakes whenever the log may have grown.
    pub(crate) fn follow(&self, conversation: ConversationId) -> BoxStream<'static, ()> {
        let mut topics = self.topics();
        let new = !topics.contains_key(&conversation);
        let watcher = topics
            .entry(conversation)
            .or_insert_with(|| watch::channel(()).0)
            .subscribe();
        drop(topics);
        if new {
            // A bell that is ringing need not be rung.
            let _ = self.bell.try_send(());
        }
        WatchStream::from_changes(watcher).boxed()
    }
}
