//! Live text within one process: what has been written of every open block, and whoever watches.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use berth_domain::event::Delta;
use berth_domain::ids::{ConversationId, RunId, UserId};
use berth_domain::ports::live::LiveText;
use futures::stream::{self, BoxStream, StreamExt as _};
use tokio::sync::broadcast::{self, error::RecvError};

/// Deltas a watcher may fall behind before it gets whole blocks again.
const BEHIND: usize = 256;
/// Text of a conversation's open blocks that is kept for those who join, in bytes. A block beyond that is forgotten: those
/// who join see it once it is stored.
const OPEN_TEXT: usize = 1024 * 1024;
/// Open blocks of a conversation that are kept for those who join.
const OPEN_BLOCKS: usize = 64;

/// Live text of one process; clones share it.
#[derive(Debug, Clone, Default)]
pub struct LocalLiveText {
    topics: Arc<Mutex<HashMap<ConversationId, Topic>>>,
}

#[derive(Debug, Default)]
struct Topic {
    open: Vec<Open>,
    watchers: Option<broadcast::Sender<Delta>>,
}

/// A block so far, from its beginning and without a gap.
#[derive(Debug)]
struct Open {
    /// At offset 0.
    so_far: Delta,
    /// Where the next delta begins, in UTF-16 code units.
    end: u64,
}

impl Open {
    fn is(&self, delta: &Delta) -> bool {
        self.so_far.run_id == delta.run_id && self.so_far.block == delta.block
    }
}

fn utf16_len(text: &str) -> u64 {
    text.encode_utf16().count() as u64
}

impl Topic {
    fn is_idle(&self) -> bool {
        self.open.is_empty()
            && self
                .watchers
                .as_ref()
                .is_none_or(|watchers| watchers.receiver_count() == 0)
    }

    /// Keeps the delta for those who join. A block whose text has a gap or is too much is no longer kept: half of it must
    /// not be taken for the whole.
    fn keep(&mut self, delta: &Delta) {
        if delta.offset == 0 {
            self.open.retain(|open| !open.is(delta));
            if self.open.len() < OPEN_BLOCKS {
                self.open.push(Open {
                    so_far: delta.clone(),
                    end: utf16_len(&delta.text),
                });
            }
        } else if let Some(open) = self.open.iter_mut().find(|open| open.is(delta)) {
            if open.end == delta.offset {
                open.so_far.text.push_str(&delta.text);
                open.end += utf16_len(&delta.text);
            } else {
                self.open.retain(|open| !open.is(delta));
            }
        }
        let kept: usize = self.open.iter().map(|open| open.so_far.text.len()).sum();
        if kept > OPEN_TEXT {
            self.open.retain(|open| !open.is(delta));
        }
    }
}

impl LocalLiveText {
    fn topics(&self) -> MutexGuard<'_, HashMap<ConversationId, Topic>> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self, conversation: ConversationId, gone: impl Fn(&Delta) -> bool) {
        let mut topics = self.topics();
        if let Some(topic) = topics.get_mut(&conversation) {
            topic.open.retain(|open| !gone(&open.so_far));
            if topic.is_idle() {
                topics.remove(&conversation);
            }
        }
    }

    fn join(&self, conversation: ConversationId) -> (Vec<Delta>, broadcast::Receiver<Delta>) {
        let mut topics = self.topics();
        let topic = topics.entry(conversation).or_default();
        let watchers = topic
            .watchers
            .get_or_insert_with(|| broadcast::channel(BEHIND).0);
        let so_far = topic.open.iter().map(|open| open.so_far.clone()).collect();
        (so_far, watchers.subscribe())
    }
}

impl LiveText for LocalLiveText {
    fn publish(&self, delta: Delta) {
        let mut topics = self.topics();
        let topic = topics.entry(delta.conversation_id).or_default();
        topic.keep(&delta);
        if let Some(watchers) = &topic.watchers {
            // Nobody watching is fine.
            let _ = watchers.send(delta);
        } else if topic.is_idle() {
            topics.remove(&delta.conversation_id);
        }
    }

    fn close_block(&self, conversation: ConversationId, run: RunId, block: u32) {
        self.forget(conversation, |open| {
            open.run_id == run && open.block == block
        });
    }

    fn close_run(&self, conversation: ConversationId, run: RunId) {
        self.forget(conversation, |open| open.run_id == run);
    }

    fn watch(&self, _: UserId, conversation: ConversationId) -> BoxStream<'static, Delta> {
        let (so_far, receiver) = self.join(conversation);
        let watcher = Watcher {
            live: self.clone(),
            conversation,
            receiver: Some(receiver),
            pending: so_far.into_iter(),
        };
        stream::unfold(watcher, |mut watcher| async move {
            let delta = watcher.next().await?;
            Some((delta, watcher))
        })
        .boxed()
    }
}

struct Watcher {
    live: LocalLiveText,
    conversation: ConversationId,
    receiver: Option<broadcast::Receiver<Delta>>,
    pending: std::vec::IntoIter<Delta>,
}

impl Watcher {
    async fn next(&mut self) -> Option<Delta> {
        loop {
            if let Some(delta) = self.pending.next() {
                return Some(delta);
            }
            match self.receiver.as_mut()?.recv().await {
                Ok(delta) => return Some(delta),
                Err(RecvError::Closed) => return None,
                Err(RecvError::Lagged(_)) => {
                    let (so_far, receiver) = self.live.join(self.conversation);
                    self.receiver = Some(receiver);
                    self.pending = so_far.into_iter();
                }
            }
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        // Gone before the topic is looked at, so that the last one to leave takes the topic along.
        self.receiver = None;
        self.live.forget(self.conversation, |_| false);
    }
}
