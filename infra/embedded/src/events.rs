//! The event log, in SQLite; and who wants to know that it has grown.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use berth_domain::event::{Event, StoredEvent};
use berth_domain::ids::{ConversationId, RunId};
use berth_domain::ports::StoreResult;
use berth_domain::ports::events::{Added, Events};
use futures::stream::{BoxStream, StreamExt as _};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use tokio::sync::watch;
use tokio_stream::wrappers::WatchStream;

use crate::Store;
use crate::convert::{as_stored, count, json, micros, parsed, stored, timestamp, to_json};
use crate::db::Tx;

/// Wakes watchers of a conversation, always after the commit.
#[derive(Debug, Clone, Default)]
pub(crate) struct Changes {
    topics: Arc<Mutex<HashMap<ConversationId, watch::Sender<Added>>>>,
}

impl Changes {
    pub(crate) fn notify(&self, conversation: ConversationId, added: Added) {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sender) = topics.get(&conversation)
            && sender.send(added).is_err()
        {
            topics.remove(&conversation);
        }
    }

    /// Whether anybody has asked to be told of the conversation.
    pub(crate) fn is_followed(&self, conversation: ConversationId) -> bool {
        let topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        topics.contains_key(&conversation)
    }

    fn watch(&self, conversation: ConversationId) -> watch::Receiver<Added> {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        // Those who left a conversation that has been quiet since; there are never many more topics than watchers.
        topics.retain(|_, sender| sender.receiver_count() > 0);
        topics
            .entry(conversation)
            .or_insert_with(|| watch::channel(Added::default()).0)
            .subscribe()
    }
}

/// Numbers and stores events inside the caller's transaction; answers the last number. Whoever follows the conversation
/// hears of them after the commit.
pub(crate) fn append_events(
    db: &Tx<'_>,
    conversation: ConversationId,
    run: RunId,
    events: &[Event],
    now: Timestamp,
) -> rusqlite::Result<u64> {
    let id = conversation.to_string();
    let last = db
        .prepare_cached("SELECT last_seq FROM conversations WHERE id = ?1")?
        .query_row([&id], |row| count(row, 0))?;
    if events.is_empty() {
        return Ok(last);
    }
    let last = insert_events(db, conversation, last, run, events, now)?;
    db.prepare_cached("UPDATE conversations SET last_seq = ?2, updated_at = ?3 WHERE id = ?1")?
        .execute(params![id, stored(last), micros(now)])?;
    Ok(last)
}

/// Stores events behind number `last`, for a conversation whose row says so or is about to; answers the last number.
pub(crate) fn insert_events(
    db: &Tx<'_>,
    conversation: ConversationId,
    mut last: u64,
    run: RunId,
    events: &[Event],
    now: Timestamp,
) -> rusqlite::Result<u64> {
    let (id, run_id) = (conversation.to_string(), run.to_string());
    let mut insert = db.prepare_cached(
        "INSERT INTO events (conversation_id, seq, run_id, at, body) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    let first = last + 1;
    for event in events {
        last += 1;
        insert.execute(params![
            id,
            stored(last),
            run_id,
            micros(now),
            to_json(event)?
        ])?;
    }
    db.grew(conversation, || {
        let numbered = (first..).zip(events);
        let stored = numbered.map(|(seq, event)| StoredEvent {
            conversation_id: conversation,
            seq,
            run_id: run,
            at: as_stored(now),
            event: event.clone(),
        });
        stored.collect()
    });
    Ok(last)
}

/// Where a run's events are: its conversation, the first and the last number that they may have.
fn place_of(db: &Connection, run: RunId) -> rusqlite::Result<Option<(String, i64, i64)>> {
    db.prepare_cached(
        "SELECT conversation_id, coalesce(first_seq, 1), coalesce(last_seq, ?2) FROM executions WHERE id = ?1",
    )?
    .query_row(params![run.to_string(), i64::MAX], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })
    .optional()
}

fn event(row: &Row<'_>) -> rusqlite::Result<StoredEvent> {
    Ok(StoredEvent {
        conversation_id: parsed(row, 0)?,
        seq: count(row, 1)?,
        run_id: parsed(row, 2)?,
        at: timestamp(row, 3)?,
        event: json(row, 4)?,
    })
}

#[async_trait]
impl Events for Store {
    async fn events_after(
        &self,
        conversation: ConversationId,
        after: u64,
        limit: u32,
    ) -> StoreResult<Vec<StoredEvent>> {
        self.db
            .read("events.page", move |db| {
                db.prepare_cached(
                    "SELECT conversation_id, seq, run_id, at, body FROM events
                     WHERE conversation_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
                )?
                .query_map(
                    params![conversation.to_string(), stored(after), limit],
                    event,
                )?
                .collect()
            })
            .await
    }

    async fn run_events_after(
        &self,
        run: RunId,
        after: u64,
        limit: u32,
    ) -> StoreResult<Vec<StoredEvent>> {
        self.db
            .read("events.run_page", move |db| {
                let Some((conversation, first, last)) = place_of(db, run)? else {
                    return Ok(Vec::new());
                };
                db.prepare_cached(
                    "SELECT conversation_id, seq, run_id, at, body FROM events
                     WHERE conversation_id = ?1 AND seq BETWEEN ?2 AND ?3 AND run_id = ?4 ORDER BY seq LIMIT ?5",
                )?
                .query_map(
                    params![
                        conversation,
                        first.max(stored(after).saturating_add(1)),
                        last,
                        run.to_string(),
                        limit
                    ],
                    event,
                )?
                .collect()
            })
            .await
    }

    async fn run_marks(&self, run: RunId, limit: u32) -> StoreResult<Vec<StoredEvent>> {
        self.db
            .read("events.marks", move |db| {
                let Some((conversation, first, last)) = place_of(db, run)? else {
                    return Ok(Vec::new());
                };
                let mut marks = db
                    .prepare_cached(
                        "SELECT conversation_id, seq, run_id, at, body FROM events
                         WHERE conversation_id = ?1 AND seq BETWEEN ?2 AND ?3 AND run_id = ?4
                             AND json_extract(body, '$.kind') IN ('file', 'checked', 'proposal')
                         ORDER BY seq DESC LIMIT ?5",
                    )?
                    .query_map(
                        params![conversation, first, last, run.to_string(), limit],
                        event,
                    )?
                    .collect::<rusqlite::Result<Vec<_>>>()?;
                marks.reverse();
                Ok(marks)
            })
            .await
    }

    fn event_changes(&self, conversation: ConversationId) -> BoxStream<'static, Added> {
        WatchStream::from_changes(self.changes.watch(conversation)).boxed()
    }
}
