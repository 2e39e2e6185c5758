//! A store that goes away while somebody watches.

use std::sync::Arc;

use async_trait::async_trait;
use berth_domain::event::{Delta, Event, Status, StoredEvent};
use berth_domain::ids::{ConversationId, RunId};
use berth_domain::ports::events::{Added, Events};
use berth_domain::ports::live::LiveText;
use berth_domain::ports::{StoreError, StoreErrorKind, StoreResult};
use futures::stream::{BoxStream, StreamExt as _};
use serde_json::json;
use tokio::sync::watch;

use crate::support::Rig;

/// What the store does when it is asked for events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Store {
    Answers,
    Fails,
    Hangs,
}

/// The log, in a store that can go away.
#[derive(Debug)]
struct Log {
    events: Arc<dyn Events>,
    store: watch::Receiver<Store>,
}

#[async_trait]
impl Events for Log {
    async fn events_after(
        &self,
        conversation: ConversationId,
        after: u64,
        limit: u32,
    ) -> StoreResult<Vec<StoredEvent>> {
        let mut store = self.store.clone();
        // What hangs is answered when the store is back.
        let _ = store.wait_for(|store| *store != Store::Hangs).await;
        if *store.borrow() == Store::Fails {
            let kind = StoreErrorKind::Unavailable;
            return Err(StoreError::new(kind, "events.after", "away"));
        }
        self.events.events_after(conversation, after, limit).await
    }

    async fn run_events_after(
        &self,
        run: RunId,
        after: u64,
        limit: u32,
    ) -> StoreResult<Vec<StoredEvent>> {
        self.events.run_events_after(run, after, limit).await
    }

    async fn run_marks(&self, run: RunId, limit: u32) -> StoreResult<Vec<StoredEvent>> {
        self.events.run_marks(run, limit).await
    }

    fn event_changes(&self, conversation: ConversationId) -> BoxStream<'static, Added> {
        // As from a store that does not have what was added at hand, so that it has to be asked.
        let changes = self.events.event_changes(conversation);
        changes.map(|_| Added::default()).boxed()
    }
}

/// Live text goes on, and what was stored meanwhile follows once and in order, on the same socket.
#[tokio::test]
async fn while_the_store_is_away_live_text_goes_on_and_events_follow() {
    for away in [Store::Fails, Store::Hangs] {
        let (store, seen) = watch::channel(Store::Answers);
        let rig = Rig::changed(|deps| {
            let events = deps.events.clone();
            deps.events = Arc::new(Log {
                events,
                store: seen,
            });
        })
        .await;
        let address = rig.serve().await;
        let (conversation, run) = rig.begin("hello").await;
        let epoch = rig.claim(run).await;
        let mut socket = rig.socket(address).await;
        socket
            .send(json!({"type": "subscribe", "conversation_id": conversation, "after": 0}))
            .await;
        assert_eq!(socket.seqs(3).await, [1, 2, 3]);
        store.send_replace(away);
        let label = Status::Thinking;
        rig.append(run, epoch, Event::Status { label }).await;
        for offset in 0..3 {
            rig.live.publish(Delta {
                conversation_id: ConversationId(conversation),
                run_id: run,
                block: 0,
                offset,
                text: "a".to_owned(),
            });
            let mut frame = socket.next().await;
            if frame["type"] == "error" {
                assert_eq!(frame["code"], "store.unavailable");
                frame = socket.next().await;
            }
            assert_eq!(
                (&frame["type"], &frame["offset"]),
                (&json!("delta"), &json!(offset))
            );
        }
        store.send_replace(Store::Answers);
        rig.finish(run, epoch).await;
        assert_eq!(socket.seqs(2).await, [4, 5], "{away:?}");
    }
}
