//! When an agent runs.

use serde::{Deserialize, Serialize};

/// What happens when a slot is due while the agent is still at work.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// The slot is skipped.
    Skip,
    /// One run may wait; a further slot is skipped.
    #[default]
    QueueOne,
    /// The run under way is stopped.
    CancelPrevious,
}

/// What its owner wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScheduleSpec {
    /// IANA name.
    pub time_zone: String,
    /// See [`Overlap`].
    #[serde(default)]
    pub overlap: Overlap,
}

/// What became of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlotOutcome {
    /// Nothing has.
    Pending,
    /// A run.
    Ran,
    /// It was not wanted.
    Skipped,
    /// It passed.
    Missed,
}

/// Why it was skipped or missed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SlotReason {
    /// See [`Overlap`].
    Overlap,
}
