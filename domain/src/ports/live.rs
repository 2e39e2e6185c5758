//! Live text on its way to whoever is watching; and wake-ups for whoever is working.

use futures::stream::BoxStream;

use crate::event::Delta;
use crate::ids::{ConversationId, RunId, UserId};

/// Not stored: losing all of it changes only how smooth things look.
pub trait LiveText: Send + Sync + std::fmt::Debug {
    /// Sends text to those who watch the conversation.
    fn publish(&self, delta: Delta);

    /// The block has become an event: it is no longer sent to those who join.
    fn close_block(&self, conversation: ConversationId, run: RunId, block: u32);

    /// The run has ended: nothing of it is open any more.
    fn close_run(&self, conversation: ConversationId, run: RunId);

    /// What is written in a conversation of this user, who says where to look for it; whether it is theirs is the caller's to know.
    /// First the text so far of every open block, at offset 0, then deltas. One who is too slow gets the whole block
    /// again at offset 0 in place of what was lost.
    fn watch(&self, user: UserId, conversation: ConversationId) -> BoxStream<'static, Delta>;
}
