//! Accepting a message: conversation, message, run and its first two events, or nothing.

use berth_domain::conversation::{Conversation, title_of};
use berth_domain::event::{Event, Role};
use berth_domain::ids::ConversationId;
use berth_domain::ports::runs::{Submission, Submitted};
use berth_domain::run::RunState;
use berth_domain::usage::UsageTotals;
use rusqlite::{Connection, OptionalExtension, params};

use crate::conversations::{self, role_word};
use crate::convert::{micros, parsed, stored, to_json};
use crate::db::Tx;
use crate::events::append_events;

pub(super) fn submit(db: &Tx<'_>, submission: &Submission) -> rusqlite::Result<Submitted> {
    if let Some(repeated) = earlier(db, submission)? {
        return Ok(repeated);
    }
    let active: u32 = db
        .prepare_cached(
            "SELECT count(*) FROM executions WHERE user_id = ?1 AND state IN ('queued', 'running')",
        )?
        .query_row([submission.user_id.to_string()], |row| row.get(0))?;
    if !submission.quota.admits(active) {
        return Ok(Submitted::OverQuota {
            limit: submission.quota.concurrent_runs,
        });
    }
    let Some(conversation) = conversation(db, submission)? else {
        return Ok(Submitted::NoConversation);
    };
    insert_run(db, submission, conversation)?;
    let message = Event::Message {
        id: submission.message_id,
        role: Role::User,
        content: submission.content.clone(),
    };
    let seq = append_events(
        db,
        conversation,
        submission.run_id,
        &[message, Event::Queued],
        submission.now,
    )?;
    db.prepare_cached(
        "INSERT INTO messages (id, conversation_id, run_id, seq, role, content, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        submission.message_id.to_string(),
        conversation.to_string(),
        submission.run_id.to_string(),
        stored(seq - 1),
        role_word(Role::User),
        submission.content,
        micros(submission.now),
    ])?;
    Ok(Submitted::Accepted {
        run_id: submission.run_id,
        conversation_id: conversation,
        repeated: false,
    })
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

/// The conversation it belongs to: the named one, if it is this user's, or a new one. One that has no title yet gets it
/// from this message.
fn conversation(
    db: &Connection,
    submission: &Submission,
) -> rusqlite::Result<Option<ConversationId>> {
    let title = title_of(&submission.content);
    if let Some(id) = submission.conversation_id {
        let found = db
            .prepare_cached(
                "UPDATE conversations SET title = CASE WHEN title = '' THEN ?3 ELSE title END
                 WHERE id = ?1 AND user_id = ?2",
            )?
            .execute(params![
                id.to_string(),
                submission.user_id.to_string(),
                title
            ])?;
        return Ok((found > 0).then_some(id));
    }
    let conversation = Conversation {
        id: submission.new_conversation_id,
        user_id: submission.user_id,
        agent_id: submission.agent_id,
        title,
        created_at: submission.now,
        updated_at: submission.now,
        last_seq: 0,
        active_run_id: None,
        session: None,
    };
    conversations::insert(db, &conversation)?;
    Ok(Some(conversation.id))
}

fn insert_run(
    db: &Connection,
    submission: &Submission,
    conversation: ConversationId,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO executions (id, user_id, conversation_id, agent_id, message_id, trigger, retry_of, state,
             queued_at, usage)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
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
    ])?;
    Ok(())
}
