//! The event log of a conversation.
//!
//! Its head lies in the document that every write of the conversation goes through: the number of the newest event, who may write,
//! and the newest events themselves. When these become too many they move into a document of their own, a batch, which says in its
//! fields what it holds. So an append is one write, and whoever follows reads one document.

mod batch;
pub(crate) mod log;
mod read;
mod watch;

use async_trait::async_trait;
use berth_domain::event::StoredEvent;
use berth_domain::ids::{ConversationId, RunId};
use berth_domain::ports::StoreResult;
use berth_domain::ports::events::{Added, Events};
use futures::stream::{BoxStream, StreamExt as _};

use crate::Store;

pub(crate) use batch::{Batch, Part, join, put_parts, split};
pub(crate) use log::{Log, heads};
pub(crate) use watch::Changes;

#[async_trait]
impl Events for Store {
    async fn events_after(
        &self,
        conversation: ConversationId,
        after: u64,
        limit: u32,
    ) -> StoreResult<Vec<StoredEvent>> {
        read::after(&self.db, conversation, after, limit)
            .await
            .map_err(|trouble| trouble.at("events.page"))
    }

    async fn run_events_after(
        &self,
        run: RunId,
        after: u64,
        limit: u32,
    ) -> StoreResult<Vec<StoredEvent>> {
        read::of_run(&self.db, run, after, limit)
            .await
            .map_err(|trouble| trouble.at("events.run_page"))
    }

    async fn run_marks(&self, run: RunId, limit: u32) -> StoreResult<Vec<StoredEvent>> {
        read::marks(&self.db, run, limit)
            .await
            .map_err(|trouble| trouble.at("events.marks"))
    }

    fn event_changes(&self, conversation: ConversationId) -> BoxStream<'static, Added> {
        let changes = self.changes.follow(conversation);
        changes.map(|()| Added::default()).boxed()
    }
}
