//! The documents of notifications and deliveries.

use berth_domain::ids::{AgentId, RunId, UserId};
use berth_domain::notification::{
    Channel, Delivery, DeliveryState, Notification, NotificationKind,
};
use berth_domain::run::Reason;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::convert::{at, key, maybe_at};
use crate::db::{Path, Record};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct NotificationRecord {
    pub(super) id: Uuid,
    pub(super) user_id: UserId,
    kind: NotificationKind,
    agent_id: Option<AgentId>,
    agent_name: Option<String>,
    run_id: Option<RunId>,
    reason: Option<Reason>,
    detail: String,
    #[serde(with = "at")]
    at: Timestamp,
    #[serde(default, with = "maybe_at")]
    read_at: Option<Timestamp>,
    /// Set while nobody has seen it.
    unread: Option<bool>,
}

impl Record for NotificationRecord {
    const COLLECTION: &'static str = "notifications";
}

pub(super) fn path(id: Uuid) -> Path<NotificationRecord> {
    Path::new(&key(id))
}

impl NotificationRecord {
    /// Marks it seen; `false` when it was.
    pub(super) fn see(&mut self, now: Timestamp) -> bool {
        self.read_at.get_or_insert(now);
        self.unread.take().is_some()
    }
}

impl From<&Notification> for NotificationRecord {
    fn from(told: &Notification) -> Self {
        Self {
            id: told.id,
            user_id: told.user_id,
            kind: told.kind,
            agent_id: told.agent_id,
            agent_name: told.agent_name.clone(),
            run_id: told.run_id,
            reason: told.reason,
            detail: told.detail.clone(),
            at: told.at,
            read_at: told.read_at,
            unread: told.read_at.is_none().then_some(true),
        }
    }
}

impl From<NotificationRecord> for Notification {
    fn from(record: NotificationRecord) -> Self {
        Self {
            id: record.id,
            user_id: record.user_id,
            kind: record.kind,
            agent_id: record.agent_id,
            agent_name: record.agent_name,
            run_id: record.run_id,
            reason: record.reason,
            detail: record.detail,
            at: record.at,
            read_at: record.read_at,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct DeliveryRecord {
    id: Uuid,
    pub(super) notification_id: Uuid,
    user_id: UserId,
    channel: Channel,
    target: String,
    pub(super) state: DeliveryState,
    pub(super) attempts: u32,
    #[serde(default, with = "maybe_at")]
    pub(super) next_attempt_at: Option<Timestamp>,
    pub(super) last_outcome: Option<String>,
    #[serde(with = "at")]
    created_at: Timestamp,
    #[serde(with = "at")]
    pub(super) updated_at: Timestamp,
}

impl Record for DeliveryRecord {
    const COLLECTION: &'static str = "deliveries";
}

pub(super) fn delivery_path(id: Uuid) -> Path<DeliveryRecord> {
    Path::new(&key(id))
}

impl From<&Delivery> for DeliveryRecord {
    fn from(delivery: &Delivery) -> Self {
        Self {
            id: delivery.id,
            notification_id: delivery.notification_id,
            user_id: delivery.user_id,
            channel: delivery.channel,
            target: delivery.target.clone(),
            state: delivery.state,
            attempts: delivery.attempts,
            next_attempt_at: delivery.next_attempt_at,
            last_outcome: delivery.last_outcome.clone(),
            created_at: delivery.created_at,
            updated_at: delivery.updated_at,
        }
    }
}

impl From<DeliveryRecord> for Delivery {
    fn from(record: DeliveryRecord) -> Self {
        Self {
            id: record.id,
            notification_id: record.notification_id,
            user_id: record.user_id,
            channel: record.channel,
            target: record.target,
            state: record.state,
            attempts: record.attempts,
            next_attempt_at: record.next_attempt_at,
            last_outcome: record.last_outcome,
            created_at: record.created_at,
            updated_at: record.updated_at,
        }
    }
}
