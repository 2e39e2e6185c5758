//! Calls of a service outside at a schedule's times, so that a slot need not wait for the next tick.

use async_trait::async_trait;

use super::StoreResult;
use crate::ids::ScheduleId;

/// A call for one schedule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trigger {
    /// Which.
    pub schedule_id: ScheduleId,
    /// When, as five fields of crontab(5). It may name more times than the schedule does: a call too many does nothing.
    pub crontab: String,
    /// The IANA time zone of those fields.
    pub time_zone: String,
}

/// A call that is set up, under a name of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundTrigger {
    /// Its name.
    pub name: String,
    /// Which schedule its name stands for; `None`: no name that we give (any more).
    pub schedule_id: Option<ScheduleId>,
    /// What it does, if that is all as we set it up; `None` when somebody has changed it or switched it off.
    pub as_set: Option<Trigger>,
}

/// Answer to setting up a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetUp {
    /// It is set up.
    Done,
    /// The service takes no more of them.
    OverQuota,
}

/// The calls that are set up.
#[async_trait]
pub trait Triggers: Send + Sync + std::fmt::Debug {
    /// All under names of ours.
    async fn list_triggers(&self) -> StoreResult<Vec<FoundTrigger>>;

    /// Sets one up, or sets up anew what is there for this schedule.
    async fn set_trigger(&self, trigger: &Trigger) -> StoreResult<SetUp>;

    /// Removes the one of that name; `false` when there was none.
    async fn remove_trigger(&self, name: &str) -> StoreResult<bool>;
}
