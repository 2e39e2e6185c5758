//! Accepting a message: conversation, message, run and its first two events, or nothing.

use berth_domain::conversation::{Conversation, Origin, title_of};
use berth_domain::event::{Event, Role};
use berth_domain::ids::{ConversationId, ScheduleId};
use berth_domain::ports::runs::{Submission, Submitted};
use berth_domain::run::RunState;
use berth_domain::usage::UsageTotals;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::conversations::{self, role_word};
use crate::convert::{micros, parsed, stored, to_json, word};
use crate::db::Tx;
use crate::events::{append_events, insert_events};

/// How many runs count against a user's quota.
pub(crate) const TAKING_ROOM: &str =
    "SELECT count(*) FROM executions INDEXED BY executions_in_quota
    WHERE user_id = ?1 AND (state = 'running' OR (state = 'queued' AND trigger <> 'schedule'))";

pub(super) fn submit(db: &Tx<'_>, submission: &Submission) -> rusqlite::Result<Submitted> {
    if let Some(repeated) = earlier(db, submission)? {
        return Ok(repeated);
    }
    let active: u32 = db
        .prepare_cached(
            // What a schedule has queued waits for its turn and keeps nobody from working.
            TAKING_ROOM,
        )?
        .query_row([submission.user_id.to_string()], |row| row.get(0))?;
    if !submission.quota.admits(active) {
        return Ok(Submitted::OverQuota {
            limit: submission.quota.concurrent_runs,
        });
    }
    let conversation = match conversation(db, submission)? {
        Place::At(id) => {
            let events = first_events(submission);
            let last = append_events(db, id, submission.run_id, &events, submission.now)?;
            store(db, submission, id, last - 1, None)?;
            id
        }
        Place::New => {
            begin(db, submission, None)?;
            submission.new_conversation_id
        }
        Place::Nowhere => return Ok(Submitted::NoConversation),
        Place::OfRun => return Ok(Submitted::OfRun),
    };
    Ok(Submitted::Accepted {
        run_id: submission.run_id,
        conversation_id: conversation,
        repeated: false,
    })
}

fn first_events(submission: &Submission) -> [Event; 2] {
    let message = Event::Message {
        id: submission.message_id,
        role: Role::User,
        content: submission.content.clone(),
    };
    [message, Event::Queued]
}

/// Stores a conversation that begins with a submission, with its run, message and first events. `slot` is what the run stands
/// for.
pub(crate) fn begin(
    db: &Tx<'_>,
    submission: &Submission,
    slot: Option<(ScheduleId, Timestamp)>,
) -> rusqlite::Result<()> {
    let id = submission.new_conversation_id;
    let events = first_events(submission);
    new_conversation(db, submission, events.len() as u64)?;
    insert_events(db, id, 0, submission.run_id, &events, submission.now)?;
    store(db, submission, id, 1, slot)
}

/// Stores run and message, whose event has number `seq`; conversation and events are there.
fn store(
    db: &Connection,
    submission: &Submission,
    conversation: ConversationId,
    seq: u64,
    slot: Option<(ScheduleId, Timestamp)>,
) -> rusqlite::Result<()> {
    insert_run(db, submission, conversation, seq, slot)?;
    db.prepare_cached(
        "INSERT INTO messages (id, conversation_id, run_id, seq, role, content, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        submission.message_id.to_string(),
        conversation.to_string(),
        submission.run_id.to_string(),
        stored(seq),
        role_word(Role::User),
        submission.content,
        micros(submission.now),
    ])?;
    Ok(())
}

/// The answer to the same message id when it came before.
fn earlier(db: &Connection, submission: &Submission) -> rusqlite::Result<Option<Submitted>> {
    db.prepare_cached(
        "SELECT m.run_id, m.conversation_id, c.user_id FROM messages m
         JOIN conversations c ON c.id = m.conversation_id WHERE m.id = ?1",
    )?
    .query_row([submission.message_id.to_string()], |row| {
        if row.get::<_, String>(2)? != submission.user_id.to_string() {
            return Ok(Submitted::IdTaken);
        }
        Ok(Submitted::Accepted {
            run_id: parsed(row, 0)?,
            conversation_id: parsed(row, 1)?,
            repeated: true,
        })
    })
    .optional()
}

/// Where a submission belongs.
enum Place {
    At(ConversationId),
    /// In one that it begins.
    New,
    Nowhere,
    OfRun,
}

/// The conversation it belongs to: the named one, if it is this user's, or a new one. One that has no title yet gets it
/// from this message. A run of an agent always has a new one.
fn conversation(db: &Connection, submission: &Submission) -> rusqlite::Result<Place> {
    let named = submission
        .conversation_id
        .filter(|_| submission.agent.is_none());
    if let Some(id) = named {
        let origin = db
            .prepare_cached("SELECT origin FROM conversations WHERE id = ?1 AND user_id = ?2")?
            .query_row(
                params![id.to_string(), submission.user_id.to_string()],
                |row| word(row, 0, Origin::parse),
            )
            .optional()?;
        match origin {
            None => return Ok(Place::Nowhere),
            Some(Origin::Run) => return Ok(Place::OfRun),
            Some(Origin::Chat) => {}
        }
        db.prepare_cached("UPDATE conversations SET title = ?2 WHERE id = ?1 AND title = ''")?
            .execute(params![id.to_string(), title_of(&submission.content)])?;
        return Ok(Place::At(id));
    }
    Ok(Place::New)
}

fn new_conversation(
    db: &Connection,
    submission: &Submission,
    last_seq: u64,
) -> rusqlite::Result<()> {
    let origin = match &submission.agent {
        Some(_) => Origin::Run,
        None => Origin::Chat,
    };
    let conversation = Conversation {
        id: submission.new_conversation_id,
        user_id: submission.user_id,
        origin,
        agent_id: submission.agent_id,
        title: title_of(&submission.content),
        created_at: submission.now,
        updated_at: submission.now,
        last_seq,
        active_run_id: None,
        session: None,
    };
    conversations::insert(db, &conversation)
}

fn insert_run(
    db: &Connection,
    submission: &Submission,
    conversation: ConversationId,
    first_seq: u64,
    slot: Option<(ScheduleId, Timestamp)>,
) -> rusqlite::Result<()> {
    let agent = submission.agent.as_ref();
    db.prepare_cached(
        "INSERT INTO executions (id, user_id, conversation_id, agent_id, message_id, trigger, retry_of, state,
             queued_at, usage, agent, agent_name, agent_version, schedule_id, scheduled_at, first_seq)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
    )?
    .execute(params![
        submission.run_id.to_string(),
        submission.user_id.to_string(),
        conversation.to_string(),
        submission.agent_id.map(|id| id.to_string()),
        submission.message_id.to_string(),
        submission.trigger.as_str(),
        submission.retry_of.map(|id| id.to_string()),
        RunState::Queued.as_str(),
        micros(submission.now),
        to_json(&UsageTotals::default())?,
        agent.map(to_json).transpose()?,
        agent.map(|agent| agent.spec.name.clone()),
        agent.and_then(|agent| agent.version),
        slot.map(|(schedule, _)| schedule.to_string()),
        slot.map(|(_, at)| micros(at)),
        stored(first_seq),
    ])?;
    Ok(())
}
