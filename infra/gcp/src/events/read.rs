//! Reading a log: the head first, then batches. What moves from the head into a batch in between is read twice, never missed.

use std::collections::BTreeMap;

use berth_domain::event::{Event, StoredEvent};
use berth_domain::ids::{ConversationId, RunId};

use super::batch::{Batch, join};
use super::log::{Home, Line, Log, heads, lines};
use crate::conversations::messages;
use crate::convert::{key, stored};
use crate::db::query::{Query, flag, text};
use crate::db::{Db, Done, Path, Record, record};
use crate::runs::row::RunRecord;

/// A document that has a head, whatever else it has.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Headed {
    log: Option<Log>,
}

impl Record for Headed {
    // In either of two; it is only read by name.
    const COLLECTION: &'static str = "";
}

async fn head(db: &Db, conversation: ConversationId) -> Done<Option<(Home, Log)>> {
    let names = heads(conversation).map(|relative| db.name(&relative));
    let found = db.documents(&names, Some(&["log"])).await?;
    let id = key(conversation.0);
    let homes = [
        Home::Conversation(Path::new(&id)),
        Home::Run(Path::new(&id)),
    ];
    for (name, home) in names.iter().zip(homes) {
        if let Some(document) = found.get(name)
            && let Some(log) = record::<Headed>(document)?.log
        {
            return Ok(Some((home, log)));
        }
    }
    Ok(None)
}

fn batches(home: &Home) -> Query {
    match home {
        Home::Conversation(path) => Query::within::<Batch, _>(path),
        Home::Run(path) => Query::within::<Batch, _>(path),
    }
}

/// Lines found so far, by their numbers.
type Found = BTreeMap<u64, Line>;

/// Adds the lines of the batches a query finds; answers how many batches, and the last number in them.
async fn add(db: &Db, home: &Home, query: &Query, found: &mut Found) -> Done<(usize, u64)> {
    let read: Vec<Batch> = query.records(db).await?;
    let (count, mut end) = (read.len(), 0);
    for batch in read {
        end = end.max(batch.last);
        let body = if batch.parts == 0 {
            batch.body
        } else {
            // A batch with parts holds one event.
            let path = home.batch(&format!("{:012}", batch.last));
            join(db, &path, batch.body, batch.parts).await?
        };
        found.extend(lines(&body)?.into_iter().map(|line| (line.seq, line)));
    }
    Ok((count, end))
}

/// The events of the lines, at most `limit` of them, with texts that are elsewhere.
async fn events(
    db: &Db,
    conversation: ConversationId,
    found: Found,
    limit: u32,
) -> Done<Vec<StoredEvent>> {
    let mut events = Vec::new();
    for mut line in found.into_values().take(limit as usize) {
        if let (true, Event::Message { id, content, .. }) = (line.elsewhere, &mut line.event) {
            *content = messages::content(db, *id).await?.unwrap_or_default();
        }
        events.push(line.into_event(conversation));
    }
    Ok(events)
}

pub(super) async fn after(
    db: &Db,
    conversation: ConversationId,
    after: u64,
    limit: u32,
) -> Done<Vec<StoredEvent>> {
    let Some((home, log)) = head(db, conversation).await? else {
        return Ok(Vec::new());
    };
    if after >= log.last {
        return Ok(Vec::new());
    }
    let mut found = Found::new();
    if after + 1 < log.first {
        let query = batches(&home).above("last", stored(after)).up("last");
        let query = query.limit(limit);
        add(db, &home, &query, &mut found).await?;
        found.retain(|seq, _| *seq > after);
    }
    // With fewer than asked for, the batches are read to their end, and the head follows on them.
    if found.len() < limit as usize {
        let tail = lines(&log.tail)?.into_iter();
        found.extend(
            tail.filter(|line| line.seq > after)
                .map(|line| (line.seq, line)),
        );
    }
    events(db, conversation, found, limit).await
}

/// The run, its log's home and head.
async fn of(db: &Db, run: RunId) -> Done<Option<(RunRecord, Home, Log)>> {
    let path = Path::<RunRecord>::new(&key(run.0));
    let Some(record) = db.get(&path).await? else {
        return Ok(None);
    };
    let found = head(db, record.conversation_id).await?;
    Ok(found.map(|(home, log)| (record, home, log)))
}

pub(super) async fn of_run(db: &Db, run: RunId, after: u64, limit: u32) -> Done<Vec<StoredEvent>> {
    let Some((record, home, log)) = of(db, run).await? else {
        return Ok(Vec::new());
    };
    let mut found = Found::new();
    let mut from = after.max(record.first_seq.saturating_sub(1));
    while from + 1 < log.first && found.len() < limit as usize {
        let query = batches(&home)
            .has("runs", text(run.to_string()))
            .above("last", stored(from))
            .up("last")
            .limit(limit);
        let (count, end) = add(db, &home, &query, &mut found).await?;
        found.retain(|seq, line| *seq > after && line.run == run);
        if count < limit as usize {
            break;
        }
        from = end;
    }
    if found.len() < limit as usize {
        let tail = lines(&log.tail)?.into_iter();
        found.extend(
            tail.filter(|line| line.seq > after && line.run == run)
                .map(|line| (line.seq, line)),
        );
    }
    events(db, record.conversation_id, found, limit).await
}

pub(super) async fn marks(db: &Db, run: RunId, limit: u32) -> Done<Vec<StoredEvent>> {
    let Some((record, home, log)) = of(db, run).await? else {
        return Ok(Vec::new());
    };
    let mut found: Found = lines(&log.tail)?
        .into_iter()
        .map(|line| (line.seq, line))
        .collect();
    if record.first_seq < log.first {
        let query = batches(&home)
            .has("runs", text(run.to_string()))
            .equal("marks", flag(true))
            .down("last")
            .limit(limit);
        add(db, &home, &query, &mut found).await?;
    }
    found.retain(|_, line| line.run == run && line.is_mark());
    while found.len() > limit as usize {
        found.pop_first();
    }
    events(db, record.conversation_id, found, limit).await
}
