//! Notifications, their deliveries, and what follows from the end of an agent's run.

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use super::StoreResult;
use super::schedules::PauseReason;
use crate::ids::{RunId, ScheduleId, UserId};
use crate::notification::{Delivery, DeliveryState, Notification, NotificationSettings};
use crate::page::{Page, PageRequest};
use crate::run::Run;

/// What follows from an ended run. Stored once a run: a second settlement of the same run changes nothing.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// Which.
    pub run_id: RunId,
    /// What its owner is told; one whose id is there stays as it is.
    pub notifications: Vec<Notification>,
    /// And on which ways.
    pub deliveries: Vec<Delivery>,
    /// What it means for its schedule.
    pub schedule: Option<ScheduleVerdict>,
    /// Now.
    pub now: Timestamp,
}

/// A schedule's failures after a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScheduleVerdict {
    /// Which.
    pub schedule_id: ScheduleId,
    /// Runs in a row that have failed, this one included.
    pub failures: u32,
    /// Set when it pauses itself: no next slot, waiting ones become `skipped(paused)`.
    pub pause: Option<PauseReason>,
}

/// What an attempt at a delivery came to.
#[derive(Debug, Clone)]
pub struct Attempted {
    /// Which.
    pub id: Uuid,
    /// How many attempts that makes; an attempt that was recorded before changes nothing.
    pub attempts: u32,
    /// Where it stands.
    pub state: DeliveryState,
    /// When it is tried next.
    pub next_attempt_at: Option<Timestamp>,
    /// What the other side said.
    pub outcome: String,
    /// Now.
    pub now: Timestamp,
}

/// Notifications. Another user's ids answer as if they did not exist.
#[async_trait]
pub trait Notifications: Send + Sync + std::fmt::Debug {
    /// Runs of agents that have ended and are not settled, oldest first. `Runs::finish` and a cancelled waiting run put them
    /// here, in their own transaction.
    async fn unsettled_runs(&self, limit: u32) -> StoreResult<Vec<Run>>;

    /// Stores what follows from an ended run; `false` when that was done before.
    async fn settle_run(&self, settlement: &Settlement) -> StoreResult<bool>;

    /// Stores a notification with its deliveries; `false` when its id is there.
    async fn notify(
        &self,
        notification: &Notification,
        deliveries: &[Delivery],
    ) -> StoreResult<bool>;

    /// Newest first.
    async fn list_notifications(
        &self,
        user: UserId,
        unread_only: bool,
        page: &PageRequest,
    ) -> StoreResult<Page<Notification>>;

    /// How many nobody has seen.
    async fn unread_notifications(&self, user: UserId) -> StoreResult<u32>;

    /// Marks those seen that are not newer than `until`; answers how many were not.
    async fn mark_read(&self, user: UserId, until: Timestamp, now: Timestamp) -> StoreResult<u32>;

    /// Marks one seen; `false`: no such notification.
    async fn mark_one_read(&self, user: UserId, id: Uuid, now: Timestamp) -> StoreResult<bool>;

    /// Deliveries to be tried, longest due first.
    async fn due_deliveries(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> StoreResult<Vec<(Delivery, Notification)>>;

    /// When the next delivery is due.
    async fn next_delivery(&self) -> StoreResult<Option<Timestamp>>;

    /// Records an attempt.
    async fn record_attempt(&self, attempted: &Attempted) -> StoreResult<()>;

    /// A user's deliveries, newest first.
    async fn list_deliveries(
        &self,
        user: UserId,
        page: &PageRequest,
    ) -> StoreResult<Page<Delivery>>;

    /// Where a user's notifications go.
    async fn notification_settings(&self, user: UserId) -> StoreResult<NotificationSettings>;

    /// Replaces that.
    async fn put_notification_settings(
        &self,
        user: UserId,
        settings: &NotificationSettings,
    ) -> StoreResult<()>;
}
