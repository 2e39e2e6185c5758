//! When an agent runs by itself, and what becomes of every time it was due.
//!
//! Everything here is a function of the schedule as it is written and of an instant the caller names: no clock, no
//! store. The way through it:
//!
//! 1. [`ScheduleSpec`] is what a person wrote, kept as written. [`ScheduleSpec::validate`] makes a [`Plan`] of it, or says
//!    field by field what is wrong.
//! 2. [`Plan::after`] names the next [`Fire`]: the mapping of local times to instants is in `plan`, and only there.
//! 3. [`due`] turns the time that passed since the last look into slots, each with its decision; nothing that was due is left
//!    out, however long nobody looked. [`respec`] and [`resume`] are the same question when the schedule itself changes.
//! 4. A [`Slot`] is `(schedule, scheduled time)`. Its run's id follows from it ([`slot_run_id`]), so that whoever comes second
//!    finds what the first one made.
//! 5. [`overlap`] and [`after_run`] decide what an unfinished and what a failed run mean for the next slot.
//!
//! Absent on purpose: sentences ("every Monday at eight"), which the dashboard words in the reader's language.

mod cost;
mod cron;
mod due;
mod failures;
mod jitter;
mod overlap;
mod plan;
mod rule;
mod slot;
mod spec;
mod validate;

pub use cost::{ExpectedCost, expected_cost, fires_in_a_month};
pub use due::{Due, LATE, MAX_SLOTS, PlannedSlot, Respec, TOO_OLD, due, respec, resume};
pub use failures::{AfterRun, FAILURE_THRESHOLD, after_run, counts_as_failure};
pub use jitter::jitter;
pub use overlap::{OverlapDecision, Unfinished, overlap};
pub use plan::{Fire, FireNote, Plan, TooMany};
pub use slot::{
    Slot, SlotDecision, SlotEnd, SlotOutcome, SlotReason, slot_message_id, slot_run_id,
};
pub use spec::{
    CatchUp, Frequency, MAX_CATCH_UP, MAX_JITTER_SECONDS, Overlap, ScheduleSpec, Weekday,
};
pub use validate::FieldError;
