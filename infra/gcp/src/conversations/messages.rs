//! Messages. A document's id is the message's, so that one that is sent twice is stored once.

use berth_domain::conversation::Message;
use berth_domain::event::Role;
use berth_domain::ids::{ConversationId, MessageId, RunId, UserId};
use berth_domain::page::{Page, PageRequest};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{path as conversation_path, run_of};
use crate::convert::{at, cursor, key, page, parse_cursor, stored};
use crate::db::query::{Query, text};
use crate::db::work::Work;
use crate::db::{Db, Done, Path, Record};
use crate::events::{join, put_parts, split};
use crate::runs::row::RunRecord;

/// A message; of a long one the first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MessageRecord {
    id: MessageId,
    pub(crate) conversation_id: ConversationId,
    pub(crate) user_id: UserId,
    pub(crate) run_id: RunId,
    role: Role,
    /// Number of its event.
    seq: u64,
    content: String,
    /// Documents with the rest of the content.
    parts: u32,
    #[serde(with = "at")]
    created_at: Timestamp,
}

impl Record for MessageRecord {
    const COLLECTION: &'static str = "messages";
    const HAS_PARTS: bool = true;
}

pub(crate) fn path(id: MessageId) -> Path<MessageRecord> {
    Path::new(&key(id.0))
}

/// Stores a message of this number.
pub(crate) fn put(work: &Work, user_id: UserId, seq: u64, message: &Message) -> Done<()> {
    let path = path(message.id);
    let (first, rest) = split(&message.content);
    let record = MessageRecord {
        id: message.id,
        conversation_id: message.conversation_id,
        user_id,
        run_id: message.run_id,
        role: message.role,
        seq,
        content: first.to_owned(),
        parts: put_parts(work, &path, rest)?,
        created_at: message.created_at,
    };
    work.put(&path, &record)
}

/// A message's text, whole.
pub(crate) async fn content(db: &Db, id: MessageId) -> Done<Option<String>> {
    let path = path(id);
    match db.get(&path).await? {
        None => Ok(None),
        Some(found) => join(db, &path, found.content, found.parts).await.map(Some),
    }
}

async fn whole(db: &Db, record: MessageRecord) -> Done<Message> {
    Ok(Message {
        id: record.id,
        conversation_id: record.conversation_id,
        role: record.role,
        content: join(db, &path(record.id), record.content, record.parts).await?,
        run_id: record.run_id,
        created_at: record.created_at,
    })
}

/// The message that a slot's run answers: the prompt of its agent.
fn of_slot(run: &RunRecord) -> Option<(u64, Message)> {
    let message = Message {
        id: run.message_id,
        conversation_id: run.conversation_id,
        role: Role::User,
        content: run.agent.as_ref()?.spec.prompt.clone(),
        run_id: run.id,
        created_at: run.queued_at,
    };
    Some((run.first_seq, message))
}

/// The answer of a slot's run, where the run's document has it.
fn answer_of_slot(run: &RunRecord) -> Option<(u64, Message)> {
    let answer = run.answer.as_ref()?;
    let message = Message {
        id: answer.id,
        conversation_id: run.conversation_id,
        role: Role::Assistant,
        content: answer.content.clone(),
        run_id: run.id,
        created_at: run.finished_at.unwrap_or(run.updated_at),
    };
    Some((answer.seq, message))
}

pub(super) async fn list(
    db: &Db,
    user: UserId,
    id: ConversationId,
    request: &PageRequest,
) -> Done<Page<Message>> {
    let after = parse_cursor(request.cursor.as_deref()).map_or(0, |(seq, _)| seq);
    let mut rows: Vec<(u64, Message)> = Vec::new();
    let owner = match db.get(&conversation_path(id)).await? {
        Some(conversation) => Some(conversation.user_id),
        None => run_of(db, id).await?.map(|run| {
            let own = of_slot(&run).into_iter().chain(answer_of_slot(&run));
            rows.extend(own.filter(|(seq, _)| stored(*seq) > after));
            run.user_id
        }),
    };
    if owner != Some(user) {
        return Ok(Page {
            items: Vec::new(),
            next: None,
        });
    }
    let found: Vec<MessageRecord> = Query::of::<MessageRecord>()
        .equal("conversation_id", text(id.to_string()))
        .above("seq", after)
        .up("seq")
        .limit(request.limit() + 1)
        .records(db)
        .await?;
    for record in found {
        rows.push((record.seq, whole(db, record).await?));
    }
    rows.sort_by_key(|(seq, _)| *seq);
    let page = page(rows, request.limit(), |(seq, message)| {
        cursor(stored(*seq), key(message.id.0))
    });
    Ok(Page {
        items: page.items.into_iter().map(|(_, message)| message).collect(),
        next: page.next,
    })
}
