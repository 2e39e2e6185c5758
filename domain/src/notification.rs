//! What an owner is told without having asked, and on which ways.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::agent::NotifyRules;
use crate::ids::{AgentId, RunId, UserId};
use crate::run::{Reason, Run, RunState};

/// What it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotificationKind {
    /// A run failed, timed out or was interrupted.
    RunFailed,
    /// A run ended well, but its definition of done is not met.
    RunUnproved,
    /// A run ended well.
    RunSucceeded,
    /// A run stopped at a budget.
    BudgetStopped,
    /// A question only the owner can answer.
    NeedsYou,
    /// A schedule has paused itself.
    SchedulePaused,
    /// A scheduled time passed without a run.
    SlotMissed,
    /// The agent itself had something to say.
    FromAgent,
    /// The owner pressed "send a test".
    Test,
}

impl NotificationKind {
    /// Every value.
    pub const ALL: &'static [Self] = &[
        Self::RunFailed,
        Self::RunUnproved,
        Self::RunSucceeded,
        Self::BudgetStopped,
        Self::NeedsYou,
        Self::SchedulePaused,
        Self::SlotMissed,
        Self::FromAgent,
        Self::Test,
    ];

    /// The word on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RunFailed => "run_failed",
            Self::RunUnproved => "run_unproved",
            Self::RunSucceeded => "run_succeeded",
            Self::BudgetStopped => "budget_stopped",
            Self::NeedsYou => "needs_you",
            Self::SchedulePaused => "schedule_paused",
            Self::SlotMissed => "slot_missed",
            Self::FromAgent => "from_agent",
            Self::Test => "test",
        }
    }

    /// The value of a word; `None` when there is no such word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.as_str() == word)
    }

    /// Whether the rules of an agent want it sent. What needs the owner always is.
    pub const fn wanted(self, rules: NotifyRules) -> bool {
        match self {
            Self::RunFailed | Self::RunUnproved | Self::SlotMissed => rules.failure,
            Self::RunSucceeded => rules.success,
            Self::BudgetStopped => rules.budget,
            Self::SchedulePaused => rules.paused,
            Self::NeedsYou | Self::FromAgent | Self::Test => true,
        }
    }

    /// What there is to tell about an ended run; `None` for one that its owner stopped, or that has not ended.
    pub const fn of_run(run: &Run) -> Option<Self> {
        match (run.state, run.reason) {
            (RunState::Failed, Some(Reason::NeedsYou)) => Some(Self::NeedsYou),
            (RunState::BudgetStopped, _) => Some(Self::BudgetStopped),
            (RunState::Failed | RunState::TimedOut | RunState::Interrupted, _) => {
                Some(Self::RunFailed)
            }
            (RunState::Succeeded, _) => match run.proved {
                Some(false) => Some(Self::RunUnproved),
                Some(true) | None => Some(Self::RunSucceeded),
            },
            (RunState::Queued | RunState::Running | RunState::Cancelled, _) => None,
        }
    }
}

/// Something an owner is told. Its id follows from its cause, so that telling twice tells once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Its id.
    pub id: Uuid,
    /// Who is told.
    pub user_id: UserId,
    /// What it is about.
    pub kind: NotificationKind,
    /// The agent it is about.
    pub agent_id: Option<AgentId>,
    /// That agent's name at the time.
    pub agent_name: Option<String>,
    /// The run it is about.
    pub run_id: Option<RunId>,
    /// That run's reason, where it has one.
    pub reason: Option<Reason>,
    /// What there is to say beyond that: the question, the first of the result, the agent's words. At most [`MAX_DETAIL`] bytes.
    pub detail: String,
    /// When.
    pub at: Timestamp,
    /// When its owner has seen it.
    pub read_at: Option<Timestamp>,
}

/// Longest detail, in bytes.
pub const MAX_DETAIL: usize = 4 * 1024;

/// A way out of the house.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// SMTP.
    Email,
    /// An HTTPS address of the owner's.
    Webhook,
}

impl Channel {
    /// The word on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Webhook => "webhook",
        }
    }

    /// The value of a word; `None` when there is no such word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Email, Self::Webhook]
            .into_iter()
            .find(|channel| channel.as_str() == word)
    }
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It will be tried, or tried again.
    Pending,
    /// The other side has it.
    Delivered,
    /// It will not be tried again.
    GaveUp,
}

impl DeliveryState {
    /// The word on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::GaveUp => "gave_up",
        }
    }

    /// The value of a word; `None` when there is no such word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Pending, Self::Delivered, Self::GaveUp]
            .into_iter()
            .find(|state| state.as_str() == word)
    }
}

/// One notification on one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its id; sent along, so that a receiver can tell a repetition.
    pub id: Uuid,
    /// What is delivered.
    pub notification_id: Uuid,
    /// To whom it belongs.
    pub user_id: UserId,
    /// On which way.
    pub channel: Channel,
    /// The address it goes to, as it was when it was decided.
    pub target: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// Attempts so far.
    pub attempts: u32,
    /// When it is tried next; `None` once it is over.
    pub next_attempt_at: Option<Timestamp>,
    /// What the last attempt met: `HTTP 200`, `connection refused`, the mail server's words. At most 500 characters.
    pub last_outcome: Option<String>,
    /// When it was decided.
    pub created_at: Timestamp,
    /// When the last attempt ended.
    pub updated_at: Timestamp,
}

/// Attempts before a delivery is given up.
pub const MAX_ATTEMPTS: u32 = 8;

/// How long to wait after the `attempts`-th failure: 10 s, 30 s, 2 min, 10 min, 30 min, 2 h, 6 h, then never.
pub const fn retry_after(attempts: u32) -> Option<SignedDuration> {
    let seconds = match attempts {
        1 => 10,
        2 => 30,
        3 => 120,
        4 => 600,
        5 => 1_800,
        6 => 7_200,
        7 => 21_600,
        _ => return None,
    };
    Some(SignedDuration::from_secs(seconds))
}

/// Where one user's notifications go besides the dashboard.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NotificationSettings {
    /// Mail address; `None` is no mail.
    pub email: Option<String>,
    /// HTTPS address; `None` is no webhook. Its signing secret is a secret of the user's.
    pub webhook: Option<String>,
}

impl NotificationSettings {
    /// The ways that are set up, with their addresses.
    pub fn targets(&self) -> Vec<(Channel, &str)> {
        let email = self.email.as_deref().map(|to| (Channel::Email, to));
        let webhook = self.webhook.as_deref().map(|url| (Channel::Webhook, url));
        email.into_iter().chain(webhook).collect()
    }
}

/// The id of what is told about `cause`: the same for everyone who comes to tell it.
pub fn id_of(kind: NotificationKind, about: Uuid, cause: Timestamp) -> Uuid {
    derived("berth.notification.v1", kind.as_str(), about, cause)
}

/// The deliveries of a notification, one a way that is set up, due at once.
pub fn deliveries(notification: &Notification, settings: &NotificationSettings) -> Vec<Delivery> {
    settings
        .targets()
        .into_iter()
        .map(|(channel, target)| Delivery {
            id: derived(
                "berth.delivery.v1",
                channel.as_str(),
                notification.id,
                notification.at,
            ),
            notification_id: notification.id,
            user_id: notification.user_id,
            channel,
            target: target.to_owned(),
            state: DeliveryState::Pending,
            attempts: 0,
            next_attempt_at: Some(notification.at),
            last_outcome: None,
            created_at: notification.at,
            updated_at: notification.at,
        })
        .collect()
}

/// A `UUIDv7` of the instant's time, with a digest in place of randomness.
fn derived(domain: &str, word: &str, about: Uuid, at: Timestamp) -> Uuid {
    let digest = Sha256::new()
        .chain_update(domain)
        .chain_update([0])
        .chain_update(word)
        .chain_update([0])
        .chain_update(about.as_bytes())
        .chain_update(at.as_nanosecond().to_be_bytes())
        .finalize();
    let mut tail = [0; 10];
    tail.copy_from_slice(&digest[..10]);
    let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
}

/// Scope of a user's secrets.
pub fn user_scope(user: UserId) -> String {
    format!("user:{user}")
}

/// Scope of an agent's secrets.
pub fn agent_scope(agent: AgentId) -> String {
    format!("agent:{agent}")
}

/// Name of the webhook's signing secret in [`user_scope`].
pub const WEBHOOK_SECRET: &str = "webhook-signing-secret";

/// Name of the installation's mail server in the settings: an [`SmtpSettings`] as JSON.
pub const SMTP: &str = "smtp";

/// Name of the mail server's password among the installation's secrets.
pub const SMTP_PASSWORD: &str = "smtp-password";

/// How a connection to a mail server is kept private.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmtpTls {
    /// Begins in the clear and must change to TLS; port 587 as a rule.
    Starttls,
    /// TLS from the first byte; port 465 as a rule.
    Tls,
    /// None: for a mail server on this machine.
    None,
}

/// The mail server that notifications go through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpSettings {
    /// Name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Account; `None` sends without signing in.
    #[serde(default)]
    pub user: Option<String>,
    /// Sender: `Berth <berth@example.com>`.
    pub from: String,
    /// Privacy.
    pub tls: SmtpTls,
}
