//! Writing under a lease, and ending exactly once.

use berth_domain::event::{Event, Role};
use berth_domain::ids::{MessageId, RunId, UserId};
use berth_domain::lease;
use berth_domain::ports::runs::{Append, CancelOutcome, Ended, Fenced};
use berth_domain::run::{Outcome, Reason, Run, RunState};
use berth_domain::usage::UsageTotals;
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::row::{Found, find};
use crate::conversations::role_word;
use crate::convert::{micros, stored, to_json};
use crate::db::Tx;
use crate::events::append_events;

/// Whether a run of the conversation has not ended, or one of a schedule has not begun.
pub(crate) const WAITING: &str =
    "SELECT EXISTS (SELECT 1 FROM executions INDEXED BY executions_unfinished
        WHERE conversation_id = ?1 AND state IN ('queued', 'running'))
    OR EXISTS (SELECT 1 FROM executions INDEXED BY executions_active_by_agent
        WHERE state IN ('queued', 'running') AND agent IS NOT NULL AND state = 'queued' AND trigger = 'schedule')";

/// The run, when `epoch` is still its lease's.
fn held(db: &Connection, id: RunId, epoch: u64) -> rusqlite::Result<Option<Found>> {
    Ok(find(db, id)?.filter(|Found { run, .. }| {
        !run.state.is_final() && lease::may_write(run.lease.as_ref(), epoch)
    }))
}

pub(super) fn append(
    db: &Tx<'_>,
    id: RunId,
    epoch: u64,
    append: &Append,
    now: Timestamp,
) -> rusqlite::Result<Fenced<u64>> {
    let Some(Found { run, .. }) = held(db, id, epoch)? else {
        return Ok(Fenced::LeaseLost);
    };
    db.prepare_cached(
        "UPDATE executions SET progress = ?2, usage = coalesce(?3, usage) WHERE id = ?1",
    )?
    .execute(params![
        id.to_string(),
        to_json(&append.progress)?,
        append.usage.as_ref().map(to_json).transpose()?,
    ])?;
    write(db, &run, append, &append.events, now).map(Fenced::Done)
}

/// Stores the session that an append has begun, and events.
fn write(
    db: &Tx<'_>,
    run: &Run,
    append: &Append,
    events: &[Event],
    now: Timestamp,
) -> rusqlite::Result<u64> {
    if let Some(session) = &append.session {
        db.prepare_cached("UPDATE conversations SET session = ?2 WHERE id = ?1")?
            .execute(params![run.conversation_id.to_string(), session])?;
    }
    append_events(db, run.conversation_id, run.id, events, now)
}

pub(super) fn finish(
    db: &Tx<'_>,
    id: RunId,
    epoch: u64,
    last: &Append,
    outcome: &Outcome,
    answer: Option<&(MessageId, String)>,
    now: Timestamp,
) -> rusqlite::Result<Fenced<Ended>> {
    let Some(found) = held(db, id, epoch)? else {
        return Ok(Fenced::LeaseLost);
    };
    let outcome = &as_asked(outcome, found.cancel_reason);
    let run = found.run;
    let conversation = run.conversation_id;
    let finished = finished(&run, outcome, now);
    let events: Vec<Event> = last.events.iter().cloned().chain([finished]).collect();
    let seq = write(db, &run, last, &events, now)?;
    if let Some((message, content)) = answer {
        db.prepare_cached(
            "INSERT INTO messages (id, conversation_id, run_id, seq, role, content, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            message.to_string(),
            conversation.to_string(),
            run.id.to_string(),
            stored(seq),
            role_word(Role::Assistant),
            content,
            micros(now),
        ])?;
    }
    end(db, run.id, outcome, seq, last.usage.as_ref(), now)?;
    let others_may_wait = db
        .prepare_cached(WAITING)?
        .query_row([conversation.to_string()], |row| row.get(0))?;
    Ok(Fenced::Done(Ended { others_may_wait }))
}

/// A runner knows that a run is to stop; whoever asked for that has left the reason here.
fn as_asked(outcome: &Outcome, asked: Option<Reason>) -> Outcome {
    let mut outcome = outcome.clone();
    if outcome.state == RunState::Cancelled {
        outcome.reason = asked.unwrap_or(outcome.reason);
    }
    outcome
}

fn finished(run: &Run, outcome: &Outcome, now: Timestamp) -> Event {
    let ended = Run {
        finished_at: Some(now),
        ..run.clone()
    };
    Event::Finished {
        state: outcome.state,
        reason: outcome.reason,
        result: outcome.result.clone(),
        duration_ms: ended.duration_ms().unwrap_or(0),
    }
}

/// Ends a run; `last` is the number of its last event, `usage` what it has used where that is news.
fn end(
    db: &Connection,
    id: RunId,
    outcome: &Outcome,
    last: u64,
    usage: Option<&UsageTotals>,
    now: Timestamp,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE executions SET state = ?2, reason = ?3, result = ?4, finished_at = ?5, proved = ?6, lease_runner = NULL,
             lease_incarnation = NULL, lease_expires_at = NULL, progress = NULL, usage = coalesce(?8, usage),
             settled = CASE WHEN agent IS NOT NULL THEN 0 END, last_seq = ?7
         WHERE id = ?1",
    )?
    .execute(params![
        id.to_string(),
        outcome.state.as_str(),
        outcome.reason.as_str(),
        outcome.result,
        micros(now),
        outcome.proved,
        stored(last),
        usage.map(to_json).transpose()?,
    ])?;
    Ok(())
}

/// Ends a run that waits, and asks for one that is at work to stop; the first reason counts.
pub(crate) fn request_cancel(
    db: &Tx<'_>,
    user: UserId,
    id: RunId,
    reason: Reason,
    now: Timestamp,
) -> rusqlite::Result<CancelOutcome> {
    let Some(run) = find(db, id)?
        .map(|found| found.run)
        .filter(|run| run.user_id == user)
    else {
        return Ok(CancelOutcome::Unknown);
    };
    match run.state {
        RunState::Queued => {
            let outcome = Outcome::new(RunState::Cancelled, reason, None);
            let finished = finished(&run, &outcome, now);
            let last = append_events(db, run.conversation_id, id, &[finished], now)?;
            end(db, id, &outcome, last, None, now)?;
            Ok(CancelOutcome::Ended)
        }
        RunState::Running => {
            db.prepare_cached(
                "UPDATE executions SET cancel_requested_at = ?2, cancel_reason = ?3
                 WHERE id = ?1 AND cancel_requested_at IS NULL",
            )?
            .execute(params![id.to_string(), micros(now), reason.as_str()])?;
            Ok(CancelOutcome::Requested)
        }
        _ => Ok(CancelOutcome::AlreadyEnded),
    }
}
