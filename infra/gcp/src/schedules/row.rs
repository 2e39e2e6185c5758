//! The documents of schedules and slots.

use berth_domain::ids::{AgentId, RunId, ScheduleId, UserId};
use berth_domain::ports::schedules::{PauseReason, Schedule, SlotRow};
use berth_domain::schedule::{ScheduleSpec, SlotEnd, SlotOutcome, SlotReason};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::convert::{at, json, key, maybe_at, micros};
use crate::db::{Path, Record};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ScheduleRecord {
    pub(crate) id: ScheduleId,
    pub(crate) agent_id: AgentId,
    pub(crate) user_id: UserId,
    #[serde(with = "json")]
    pub(crate) spec: ScheduleSpec,
    #[serde(with = "at")]
    pub(crate) cursor: Timestamp,
    #[serde(default, with = "maybe_at")]
    pub(crate) next_due_at: Option<Timestamp>,
    pub(crate) paused: Option<PauseReason>,
    pub(crate) failures: u32,
    pub(crate) revision: u64,
    #[serde(with = "at")]
    pub(crate) created_at: Timestamp,
    #[serde(with = "at")]
    pub(crate) updated_at: Timestamp,
}

impl Record for ScheduleRecord {
    const COLLECTION: &'static str = "schedules";
}

pub(crate) fn schedule_path(id: ScheduleId) -> Path<ScheduleRecord> {
    Path::new(&key(id.0))
}

impl From<ScheduleRecord> for Schedule {
    fn from(record: ScheduleRecord) -> Self {
        Self {
            id: record.id,
            agent_id: record.agent_id,
            user_id: record.user_id,
            // The field is the truth: a schedule that pauses itself leaves what its owner wrote as it is.
            spec: ScheduleSpec {
                paused: record.paused.is_some(),
                ..record.spec
            },
            cursor: record.cursor,
            next_due_at: record.next_due_at,
            paused: record.paused,
            failures: record.failures,
            revision: record.revision,
            created_at: record.created_at,
            updated_at: record.updated_at,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SlotRecord {
    pub(crate) schedule_id: ScheduleId,
    #[serde(with = "at")]
    pub(crate) scheduled_at: Timestamp,
    pub(crate) agent_id: AgentId,
    pub(crate) user_id: UserId,
    #[serde(with = "at")]
    dispatch_at: Timestamp,
    /// The same while it waits: what waits is found by it.
    #[serde(default, with = "maybe_at")]
    pub(crate) due_at: Option<Timestamp>,
    pub(crate) outcome: SlotOutcome,
    pub(crate) reason: Option<SlotReason>,
    pub(crate) run_id: Option<RunId>,
    pub(crate) late: bool,
    #[serde(with = "at")]
    pub(crate) decided_at: Timestamp,
}

impl Record for SlotRecord {
    const COLLECTION: &'static str = "slots";
}

/// A slot's document: whoever writes it first has written it.
pub(crate) fn slot_id(schedule: ScheduleId, scheduled_at: Timestamp) -> String {
    format!("{}-{:016x}", key(schedule.0), micros(scheduled_at))
}

pub(crate) fn slot_path(schedule: ScheduleId, scheduled_at: Timestamp) -> Path<SlotRecord> {
    Path::new(&slot_id(schedule, scheduled_at))
}

impl SlotRecord {
    /// Ends it.
    pub(crate) fn end(&mut self, end: SlotEnd, now: Timestamp) {
        (self.outcome, self.reason, self.run_id) = match end {
            SlotEnd::Ran(run) => (SlotOutcome::Ran, None, Some(run)),
            SlotEnd::Skipped(reason) => (SlotOutcome::Skipped, Some(reason), None),
            SlotEnd::Missed(reason) => (SlotOutcome::Missed, Some(reason), None),
        };
        self.due_at = None;
        self.decided_at = now;
    }
}

impl From<&SlotRow> for SlotRecord {
    fn from(row: &SlotRow) -> Self {
        let waits = row.outcome == SlotOutcome::Pending;
        Self {
            schedule_id: row.schedule_id,
            scheduled_at: row.scheduled_at,
            agent_id: row.agent_id,
            user_id: row.user_id,
            dispatch_at: row.dispatch_at,
            due_at: waits.then_some(row.dispatch_at),
            outcome: row.outcome,
            reason: row.reason,
            run_id: row.run_id,
            late: row.late,
            decided_at: row.decided_at,
        }
    }
}

impl From<SlotRecord> for SlotRow {
    fn from(record: SlotRecord) -> Self {
        Self {
            schedule_id: record.schedule_id,
            scheduled_at: record.scheduled_at,
            agent_id: record.agent_id,
            user_id: record.user_id,
            dispatch_at: record.dispatch_at,
            outcome: record.outcome,
            reason: record.reason,
            run_id: record.run_id,
            late: record.late,
            decided_at: record.decided_at,
        }
    }
}
