//! What an owner is told.

use berth_domain::notification::{
    Channel, Delivery, DeliveryState, Notification, NotificationKind,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::run::ReasonWord;
use super::word;

word! {
    /// What a notification is about.
    NotificationKindWord(NotificationKind)
}

/// Something the user is told without having asked.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Notification)]
pub(crate) struct NotificationView {
    /// Its id.
    id: Uuid,
    /// What it is about.
    kind: NotificationKindWord,
    /// The agent it is about.
    agent_id: Option<Uuid>,
    /// That agent's name at the time.
    agent_name: Option<String>,
    /// The run it is about.
    run_id: Option<Uuid>,
    /// That run's reason, where it has one.
    reason: Option<ReasonWord>,
    /// What there is to say beyond that: the question, the first of the result, the agent's words.
    detail: String,
    /// When.
    at: Timestamp,
    /// When the user has seen it.
    read_at: Option<Timestamp>,
}

impl From<Notification> for NotificationView {
    fn from(told: Notification) -> Self {
        Self {
            id: told.id,
            kind: NotificationKindWord(told.kind),
            agent_id: told.agent_id.map(|id| id.0),
            agent_name: told.agent_name,
            run_id: told.run_id.map(|id| id.0),
            reason: told.reason.map(ReasonWord),
            detail: told.detail,
            at: told.at,
            read_at: told.read_at,
        }
    }
}

/// A way out of the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Channel)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChannelWord {
    /// Mail.
    Email,
    /// A call of an address of the user's.
    Webhook,
}

impl From<Channel> for ChannelWord {
    fn from(channel: Channel) -> Self {
        match channel {
            Channel::Email => Self::Email,
            Channel::Webhook => Self::Webhook,
        }
    }
}

impl From<ChannelWord> for Channel {
    fn from(word: ChannelWord) -> Self {
        match word {
            ChannelWord::Email => Self::Email,
            ChannelWord::Webhook => Self::Webhook,
        }
    }
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = DeliveryState)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DeliveryStateWord {
    /// It will be tried, or tried again.
    Pending,
    /// The other side has it.
    Delivered,
    /// It will not be tried again.
    GaveUp,
}

/// One notification on one way.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Delivery)]
pub(crate) struct DeliveryView {
    /// Its id; sent along, so that a receiver can tell a repetition.
    id: Uuid,
    /// What is delivered.
    notification_id: Uuid,
    /// On which way.
    channel: ChannelWord,
    /// The address it goes to.
    target: String,
    /// Where it stands.
    state: DeliveryStateWord,
    /// Attempts so far.
    attempts: u32,
    /// When it is tried next; null once it is over.
    next_attempt_at: Option<Timestamp>,
    /// What the last attempt met.
    last_outcome: Option<String>,
    /// When it was decided.
    created_at: Timestamp,
    /// When the last attempt ended.
    updated_at: Timestamp,
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id,
            notification_id: delivery.notification_id,
            channel: delivery.channel.into(),
            target: delivery.target,
            state: match delivery.state {
                DeliveryState::Pending => DeliveryStateWord::Pending,
                DeliveryState::Delivered => DeliveryStateWord::Delivered,
                DeliveryState::GaveUp => DeliveryStateWord::GaveUp,
            },
            attempts: delivery.attempts,
            next_attempt_at: delivery.next_attempt_at,
            last_outcome: delivery.last_outcome,
            created_at: delivery.created_at,
            updated_at: delivery.updated_at,
        }
    }
}
