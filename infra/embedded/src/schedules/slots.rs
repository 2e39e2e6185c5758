//! The slot ledger: rows are added, end once and stay.

use berth_domain::ids::{AgentId, RunId, ScheduleId, UserId};
use berth_domain::page::{Page, PageRequest};
use berth_domain::ports::schedules::SlotRow;
use berth_domain::schedule::{SlotEnd, SlotOutcome, SlotReason};
use jiff::Timestamp;
use rusqlite::{CachedStatement, Connection, params};

use super::row::{SLOT, slot};
use crate::conversations::page;
use crate::convert::{cursor, micros, parse_cursor};

/// Slots that are to be fired, oldest first.
pub(crate) const WAITING: &str = "FROM slots WHERE outcome = 'pending' AND dispatch_at <= ?1
    ORDER BY dispatch_at, scheduled_at LIMIT ?2";

/// The version that a slot of this agent runs if nothing stands against it now: the agent is active, and none of its runs is under way.
pub(crate) const RUNNABLE: &str = "SELECT a.version FROM agents a
    WHERE a.id = ?3 AND a.status = 'active' AND a.deleted_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM executions e WHERE e.agent_id = a.id AND e.state IN ('queued', 'running') AND e.agent IS NOT NULL)";

/// What [`add`] adds with.
pub(super) fn adding(db: &Connection) -> rusqlite::Result<CachedStatement<'_>> {
    db.prepare_cached(&format!(
        "INSERT INTO slots ({SLOT}, agent_version)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, CASE WHEN ?11 THEN ({RUNNABLE}) END)
         ON CONFLICT (schedule_id, scheduled_at) DO NOTHING"
    ))
}

/// Adds rows; one that is there stays as it is. With `decide`, it is decided of those that wait that they run, where nothing stands
/// against it.
pub(super) fn add(
    insert: &mut CachedStatement<'_>,
    slots: &[SlotRow],
    decide: bool,
) -> rusqlite::Result<()> {
    for slot in slots {
        insert.execute(params![
            slot.schedule_id.to_string(),
            micros(slot.scheduled_at),
            slot.agent_id.to_string(),
            slot.user_id.to_string(),
            micros(slot.dispatch_at),
            slot.outcome.as_str(),
            slot.reason.map(SlotReason::as_str),
            slot.run_id.map(|id| id.to_string()),
            slot.late,
            micros(slot.decided_at),
            decide && slot.outcome == SlotOutcome::Pending,
        ])?;
    }
    Ok(())
}

/// Ends a waiting row.
pub(super) fn end(
    db: &Connection,
    schedule: ScheduleId,
    scheduled_at: Timestamp,
    end: SlotEnd,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let (outcome, reason, run): (_, _, Option<RunId>) = match end {
        SlotEnd::Ran(run) => (SlotOutcome::Ran, None, Some(run)),
        SlotEnd::Skipped(reason) => (SlotOutcome::Skipped, Some(reason), None),
        SlotEnd::Missed(reason) => (SlotOutcome::Missed, Some(reason), None),
    };
    db.prepare_cached(
        "UPDATE slots SET outcome = ?3, reason = ?4, run_id = ?5, decided_at = ?6, agent_version = NULL
         WHERE schedule_id = ?1 AND scheduled_at = ?2 AND outcome = 'pending'",
    )?
    .execute(params![
        schedule.to_string(),
        micros(scheduled_at),
        outcome.as_str(),
        reason.map(SlotReason::as_str),
        run.map(|id| id.to_string()),
        micros(now),
    ])?;
    Ok(())
}

/// Ends every waiting row of a schedule as skipped, but those of which it is decided that they run.
pub(super) fn skip_waiting(
    db: &Connection,
    schedule: ScheduleId,
    reason: SlotReason,
    now: Timestamp,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE slots SET outcome = 'skipped', reason = ?2, decided_at = ?3
         WHERE schedule_id = ?1 AND outcome = 'pending' AND agent_version IS NULL",
    )?
    .execute(params![schedule.to_string(), reason.as_str(), micros(now)])?;
    Ok(())
}

pub(super) fn waiting(
    db: &Connection,
    now: Timestamp,
    limit: u32,
) -> rusqlite::Result<Vec<SlotRow>> {
    db.prepare_cached(&format!("SELECT {SLOT} {WAITING}"))?
        .query_map(params![micros(now), limit], slot)?
        .collect()
}

pub(super) fn list(
    db: &Connection,
    user: UserId,
    agent: AgentId,
    request: &PageRequest,
) -> rusqlite::Result<Page<SlotRow>> {
    // An agent whose schedule was removed and made again has slots of both, perhaps at the same time.
    let (at, schedule) =
        parse_cursor(request.cursor.as_deref()).unwrap_or((i64::MAX, String::new()));
    let rows = db
        .prepare_cached(&format!(
            "SELECT {SLOT} FROM slots
             WHERE agent_id = ?1 AND user_id = ?2 AND (scheduled_at, schedule_id) < (?3, ?4)
             ORDER BY scheduled_at DESC, schedule_id DESC LIMIT ?5"
        ))?
        .query_map(
            params![
                agent.to_string(),
                user.to_string(),
                at,
                schedule,
                request.limit() + 1
            ],
            slot,
        )?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(page(rows, request.limit(), |last| {
        cursor(micros(last.scheduled_at), last.schedule_id)
    }))
}

pub(super) fn missed(
    db: &Connection,
    user: UserId,
    since: Timestamp,
    limit: u32,
) -> rusqlite::Result<Vec<SlotRow>> {
    db.prepare_cached(&format!(
        "SELECT {SLOT} FROM slots WHERE user_id = ?1 AND outcome = 'missed' AND decided_at >= ?2
         ORDER BY decided_at DESC, scheduled_at DESC LIMIT ?3"
    ))?
    .query_map(params![user.to_string(), micros(since), limit], slot)?
    .collect()
}
