//! The word that a schedule has changed, for whoever fires schedules.

use async_trait::async_trait;

use crate::ids::ScheduleId;

/// Told after a schedule was stored, changed or removed. What it carries may be lost: the tick finds every slot that is due.
#[async_trait]
pub trait Alarm: Send + Sync + std::fmt::Debug {
    /// This schedule is not what it was.
    async fn changed(&self, schedule: ScheduleId);
}
