//! Changing schedules. Every change raises the revision, so that what was computed from an older state is refused.

use berth_domain::ids::{AgentId, ScheduleId, UserId};
use berth_domain::ports::notifications::ScheduleVerdict;
use berth_domain::ports::schedules::{PauseReason, Planning, PutResult, PutSchedule, Schedule};
use berth_domain::schedule::SlotReason;
use jiff::Timestamp;
use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::row::{SCHEDULE, schedule};
use super::slots;
use crate::convert::{maybe_parsed, micros, stored, to_json};
use crate::notifications;

pub(super) fn of_agent(
    db: &Connection,
    user: UserId,
    agent: AgentId,
) -> rusqlite::Result<Option<Schedule>> {
    db.prepare_cached(&format!(
        "SELECT {SCHEDULE} FROM schedules s WHERE s.agent_id = ?1 AND s.user_id = ?2"
    ))?
    .query_row([agent.to_string(), user.to_string()], schedule)
    .optional()
}

pub(super) fn put(db: &Connection, put: &PutSchedule) -> rusqlite::Result<PutResult> {
    let known: bool = db
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM agents WHERE id = ?1 AND user_id = ?2 AND deleted_at IS NULL)",
        )?
        .query_row([put.agent_id.to_string(), put.user_id.to_string()], |row| {
            row.get(0)
        })?;
    if !known {
        return Ok(PutResult::UnknownAgent);
    }
    let replaced = of_agent(db, put.user_id, put.agent_id)?;
    if replaced.as_ref().map(|schedule| schedule.revision) != put.expected_revision {
        return Ok(PutResult::Conflict);
    }
    let id = replaced.map_or(put.id, |schedule| schedule.id);
    db.prepare_cached(
        "INSERT INTO schedules (id, agent_id, user_id, spec, cursor, next_due_at, paused, failures, revision,
             created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 1, ?8, ?8)
         ON CONFLICT (id) DO UPDATE SET spec = ?4, cursor = ?5, next_due_at = ?6, paused = ?7, failures = 0,
             revision = revision + 1, updated_at = ?8",
    )?
    .execute(params![
        id.to_string(),
        put.agent_id.to_string(),
        put.user_id.to_string(),
        to_json(&put.spec)?,
        micros(put.cursor),
        put.next_due_at.map(micros),
        put.paused.map(PauseReason::as_str),
        micros(put.now),
    ])?;
    slots::add(&mut slots::adding(db)?, &put.slots, false)?;
    if put.paused.is_some() {
        slots::skip_waiting(db, id, SlotReason::Paused, put.now)?;
    }
    of_agent(db, put.user_id, put.agent_id)?
        .map(|schedule| PutResult::Saved(Box::new(schedule)))
        .ok_or(rusqlite::Error::QueryReturnedNoRows)
}

/// Removes an agent's schedule; what waits of it ends with `reason`. `false`: there was none.
pub(crate) fn remove(
    db: &Connection,
    agent: AgentId,
    reason: SlotReason,
    now: Timestamp,
) -> rusqlite::Result<bool> {
    let removed: Option<Option<ScheduleId>> = db
        .prepare_cached("DELETE FROM schedules WHERE agent_id = ?1 RETURNING id")?
        .query_row([agent.to_string()], |row| maybe_parsed(row, 0))
        .optional()?;
    let Some(id) = removed.flatten() else {
        return Ok(false);
    };
    slots::skip_waiting(db, id, reason, now)?;
    Ok(true)
}

/// Plans schedules with statements that are looked up once for all of them.
pub(super) struct Plans<'c> {
    db: &'c Connection,
    schedule: CachedStatement<'c>,
    slots: CachedStatement<'c>,
}

impl<'c> Plans<'c> {
    pub(super) fn new(db: &'c Connection) -> rusqlite::Result<Self> {
        let schedule = db.prepare_cached(
            "UPDATE schedules SET cursor = ?3, next_due_at = ?4, paused = coalesce(?5, paused),
                 revision = revision + 1
             WHERE id = ?1 AND revision = ?2",
        )?;
        let slots = slots::adding(db)?;
        Ok(Self {
            db,
            schedule,
            slots,
        })
    }

    /// Whether it was written.
    pub(super) fn plan(&mut self, planning: &Planning) -> rusqlite::Result<bool> {
        let moved = self.schedule.execute(params![
            planning.schedule_id.to_string(),
            stored(planning.revision),
            micros(planning.cursor),
            planning.next_due_at.map(micros),
            planning.pause.map(PauseReason::as_str),
        ])?;
        if moved == 0 {
            return Ok(false);
        }
        slots::add(&mut self.slots, &planning.slots, planning.decide)?;
        if let Some((notification, deliveries)) = &planning.told {
            notifications::tell(self.db, notification, deliveries)?;
        }
        Ok(true)
    }
}

/// Stores what a run's end means for its schedule.
pub(crate) fn judge(
    db: &Connection,
    verdict: &ScheduleVerdict,
    now: Timestamp,
) -> rusqlite::Result<()> {
    // A schedule that its owner has paused in the meantime stays paused by its owner.
    db.prepare_cached(
        "UPDATE schedules SET failures = ?2, paused = coalesce(paused, ?3),
             next_due_at = CASE WHEN ?3 IS NULL THEN next_due_at END, revision = revision + 1
         WHERE id = ?1",
    )?
    .execute(params![
        verdict.schedule_id.to_string(),
        verdict.failures,
        verdict.pause.map(PauseReason::as_str),
    ])?;
    if verdict.pause.is_some() {
        slots::skip_waiting(db, verdict.schedule_id, SlotReason::Paused, now)?;
    }
    Ok(())
}
