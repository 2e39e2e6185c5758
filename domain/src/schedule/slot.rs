//! A slot: one time at which a schedule was due, and what became of it.
//!
//! The row is written as `pending` before anything is dispatched, and ends exactly once. The ids of what it sets off follow
//! from `(schedule, scheduled time)`, so that a trigger that fires twice, or a service that died half-way, finds the run
//! that exists instead of making a second one.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::ids::{MessageId, RunId, ScheduleId};
use crate::run::words;

words! {
    /// Where a slot stands.
    SlotOutcome {
        /// Written down, and its run is not submitted.
        Pending = "pending",
        /// Its run was submitted; how that went is the run's to say.
        Ran = "ran",
        /// It was due in time and a rule decided against it.
        Skipped = "skipped",
        /// Nobody looked in time, and the catch-up rule decided against it.
        Missed = "missed",
    }
}

words! {
    /// Why a slot did not run. Stable words: the dashboard has a sentence for each, in every language.
    SlotReason {
        /// The schedule was paused before the slot was dispatched.
        Paused = "paused",
        /// A run of the agent was not over.
        Overlap = "overlap",
        /// The agent was switched off.
        AgentInactive = "agent_inactive",
        /// The agent was deleted.
        AgentDeleted = "agent_deleted",
        /// The schedule was removed or replaced before the slot was dispatched.
        ScheduleChanged = "schedule_changed",
        /// The user's runs were at their limit for longer than a slot waits.
        Quota = "quota",
        /// The budget of the user or of the agent is used up.
        Budget = "budget",
        /// Late, and the schedule says `catch_up: skip`.
        CatchUpSkip = "catch_up_skip",
        /// Late, and a newer slot was due as well.
        Superseded = "superseded",
        /// Late by more than a day.
        TooOld = "too_old",
        /// Late, and `catch_up_max` newer ones were due as well.
        OverCatchUpMax = "over_catch_up_max",
        /// The schedule can no longer be computed.
        CannotCompute = "cannot_compute",
    }
}

/// What is decided of a slot in the moment it is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotDecision {
    /// It runs; `late` is shown to the owner.
    Run { late: bool },
    /// It does not, and its row is written with this reason.
    Missed(SlotReason),
}

/// How a slot ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotEnd {
    Ran(RunId),
    Skipped(SlotReason),
    Missed(SlotReason),
}

/// A row of the ledger; `(schedule_id, scheduled_at)` is its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    pub schedule_id: ScheduleId,
    /// Without jitter: the time that was written in the schedule.
    pub scheduled_at: Timestamp,
    pub outcome: SlotOutcome,
    /// Set with `skipped` and `missed`, and with nothing else.
    pub reason: Option<SlotReason>,
    /// Set with `ran`, and with nothing else.
    pub run_id: Option<RunId>,
    /// Whether it was planned after its time had passed.
    pub late: bool,
}

impl Slot {
    /// The row of a slot as it is decided.
    pub fn planned(
        schedule_id: ScheduleId,
        scheduled_at: Timestamp,
        decision: SlotDecision,
    ) -> Self {
        let pending = Self {
            schedule_id,
            scheduled_at,
            outcome: SlotOutcome::Pending,
            reason: None,
            run_id: None,
            late: matches!(
                decision,
                SlotDecision::Run { late: true } | SlotDecision::Missed(_)
            ),
        };
        match decision {
            SlotDecision::Run { .. } => pending,
            SlotDecision::Missed(reason) => Self {
                outcome: SlotOutcome::Missed,
                reason: Some(reason),
                ..pending
            },
        }
    }

    /// The slot as it ends; `None` when it ended before, whatever that end was.
    #[must_use]
    pub fn ended(self, end: SlotEnd) -> Option<Self> {
        let (outcome, reason, run_id) = match end {
            SlotEnd::Ran(run_id) => (SlotOutcome::Ran, None, Some(run_id)),
            SlotEnd::Skipped(reason) => (SlotOutcome::Skipped, Some(reason), None),
            SlotEnd::Missed(reason) => (SlotOutcome::Missed, Some(reason), None),
        };
        (self.outcome == SlotOutcome::Pending).then_some(Self {
            outcome,
            reason,
            run_id,
            ..self
        })
    }
}

/// The id of the run of a slot: the same for everyone who computes it, and unlike any other.
pub fn slot_run_id(schedule_id: ScheduleId, scheduled_at: Timestamp) -> RunId {
    RunId(slot_uuid("berth.slot.run.v1", schedule_id, scheduled_at))
}

/// The id of the message that a slot's run answers.
pub fn slot_message_id(schedule_id: ScheduleId, scheduled_at: Timestamp) -> MessageId {
    MessageId(slot_uuid(
        "berth.slot.message.v1",
        schedule_id,
        scheduled_at,
    ))
}

/// A `UUIDv7` with the slot's time, so that it sorts among the ids made by a clock, and 74 bits of a digest in place of
/// randomness.
fn slot_uuid(domain: &str, schedule_id: ScheduleId, scheduled_at: Timestamp) -> uuid::Uuid {
    let digest = Sha256::new()
        .chain_update(domain)
        .chain_update([0])
        .chain_update(schedule_id.0.as_bytes())
        .chain_update(scheduled_at.as_nanosecond().to_be_bytes())
        .finalize();
    let mut tail = [0; 10];
    tail.copy_from_slice(&digest[..10]);
    // Times before 1970 have no place in an id; the digest still tells them apart.
    let millis = u64::try_from(scheduled_at.as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule() -> ScheduleId {
        "01890000-0000-7000-8000-000000000001".parse().unwrap()
    }

    fn monday() -> Timestamp {
        "2026-11-23T08:00:00Z".parse().unwrap()
    }

    #[test]
    fn the_ids_of_a_slot_never_change() {
        let run = slot_run_id(schedule(), monday());
        // Written down: another release that computes another id would run every slot in flight a second time.
        assert_eq!(run.to_string(), "01a2076b-4400-73a6-91fe-fd754782e829");
        assert_eq!(
            slot_message_id(schedule(), monday()).to_string(),
            "01a2076b-4400-7bf3-b136-7d5023a2a7ac"
        );
        assert_eq!(run.0.get_version_num(), 7);
        assert_eq!(run.0.get_variant(), uuid::Variant::RFC4122);
        let (seconds, nanos) = run.0.get_timestamp().unwrap().to_unix();
        assert_eq!(
            (i64::try_from(seconds).unwrap(), nanos),
            (monday().as_second(), 0)
        );
    }

    #[test]
    fn other_slots_and_other_schedules_have_other_ids() {
        let other: ScheduleId = "01890000-0000-7000-8000-000000000002".parse().unwrap();
        let early = Timestamp::from_second(-1).unwrap();
        let ids = [
            slot_run_id(schedule(), monday()),
            slot_run_id(other, monday()),
            slot_run_id(schedule(), monday() + jiff::SignedDuration::from_secs(60)),
            slot_run_id(schedule(), early),
            slot_run_id(schedule(), early - jiff::SignedDuration::from_secs(60)),
        ];
        let distinct: std::collections::HashSet<_> = ids.into_iter().collect();
        assert_eq!(distinct.len(), ids.len());
    }

    #[test]
    fn a_slot_ends_exactly_once() {
        let run = slot_run_id(schedule(), monday());
        let ends = [
            SlotEnd::Ran(run),
            SlotEnd::Skipped(SlotReason::Overlap),
            SlotEnd::Missed(SlotReason::CannotCompute),
        ];
        let pending = Slot::planned(schedule(), monday(), SlotDecision::Run { late: true });
        assert!(pending.late);
        for first in ends {
            let ended = pending.ended(first).unwrap();
            assert_ne!(ended.outcome, SlotOutcome::Pending);
            assert_eq!(ended.run_id.is_some(), ended.outcome == SlotOutcome::Ran);
            assert_eq!(ended.reason.is_none(), ended.outcome == SlotOutcome::Ran);
            for second in ends {
                assert_eq!(ended.ended(second), None);
            }
        }
        let missed = Slot::planned(
            schedule(),
            monday(),
            SlotDecision::Missed(SlotReason::TooOld),
        );
        assert_eq!(missed.ended(SlotEnd::Ran(run)), None);
    }
}
