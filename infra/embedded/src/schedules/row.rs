//! The rows of schedules and slots.

use berth_domain::ports::schedules::{PauseReason, Schedule, SlotRow};
use berth_domain::schedule::{ScheduleSpec, SlotOutcome, SlotReason};
use rusqlite::Row;

use crate::convert::{
    count, json, maybe_parsed, maybe_timestamp, maybe_word, parsed, timestamp, word,
};

/// Columns in the order in which [`schedule`] reads them.
pub(super) const SCHEDULE: &str =
    "s.id, s.agent_id, s.user_id, s.spec, s.cursor, s.next_due_at, s.paused, s.failures,
    s.revision, s.created_at, s.updated_at";

pub(super) fn schedule(row: &Row<'_>) -> rusqlite::Result<Schedule> {
    let paused = maybe_word(row, 6, PauseReason::parse)?;
    Ok(Schedule {
        id: parsed(row, 0)?,
        agent_id: parsed(row, 1)?,
        user_id: parsed(row, 2)?,
        // The column is the truth: a schedule that pauses itself leaves what its owner wrote as it is.
        spec: ScheduleSpec {
            paused: paused.is_some(),
            ..json(row, 3)?
        },
        cursor: timestamp(row, 4)?,
        next_due_at: maybe_timestamp(row, 5)?,
        paused,
        failures: row.get(7)?,
        revision: count(row, 8)?,
        created_at: timestamp(row, 9)?,
        updated_at: timestamp(row, 10)?,
    })
}

/// Columns in the order in which [`slot`] reads them.
pub(super) const SLOT: &str = "schedule_id, scheduled_at, agent_id, user_id, dispatch_at, outcome, reason, run_id, late, decided_at";

pub(super) fn slot(row: &Row<'_>) -> rusqlite::Result<SlotRow> {
    Ok(SlotRow {
        schedule_id: parsed(row, 0)?,
        scheduled_at: timestamp(row, 1)?,
        agent_id: parsed(row, 2)?,
        user_id: parsed(row, 3)?,
        dispatch_at: timestamp(row, 4)?,
        outcome: word(row, 5, SlotOutcome::parse)?,
        reason: maybe_word(row, 6, SlotReason::parse)?,
        run_id: maybe_parsed(row, 7)?,
        late: row.get(8)?,
        decided_at: timestamp(row, 9)?,
    })
}
