//! The event log of a conversation.

use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::BoxStream;

use super::StoreResult;
use crate::event::StoredEvent;
use crate::ids::{ConversationId, RunId};

/// What a change has added to a log, in order and without a gap, where the store has it at hand: then nobody needs to ask for it. Changes
/// before it may not have been told, and it may be empty: whoever follows a log compares numbers, and asks where one is missing.
pub type Added = Arc<[StoredEvent]>;

/// Reading and following. Writing happens under a lease, in [`super::runs`].
#[async_trait]
pub trait Events: Send + Sync + std::fmt::Debug {
    /// Events with a number above `after`, at most `limit`, in order. Whether the caller may see them is the caller's to
    /// check.
    async fn events_after(
        &self,
        conversation: ConversationId,
        after: u64,
        limit: u32,
    ) -> StoreResult<Vec<StoredEvent>>;

    /// The same, of one run only.
    async fn run_events_after(
        &self,
        run: RunId,
        after: u64,
        limit: u32,
    ) -> StoreResult<Vec<StoredEvent>>;

    /// The events of one run that tell of its work: `file`, `checked` and `proposal`, in order, the last `limit` of them.
    async fn run_marks(&self, run: RunId, limit: u32) -> StoreResult<Vec<StoredEvent>>;

    /// Wakes whenever the log may have grown. A hint: it may wake for nothing and may join several changes, but a change
    /// after this call has returned is never missed. Ends when the store is closed.
    fn event_changes(&self, conversation: ConversationId) -> BoxStream<'static, Added>;
}
