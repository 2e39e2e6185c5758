//! What a runner asks of the gateway: open a workspace, let a run spend, take that right back.

use std::path::Path;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::budget::{BudgetLimits, BudgetScope};
use crate::egress::EgressPolicy;
use crate::ids::{AgentId, ConversationId, RunId, UserId};
use crate::run_token::TokenHash;
use crate::secret::Secret;
use crate::usage::UsageTotals;

mod vertex;

pub use vertex::{AccessTokens, BadVertexSettings, NoAccessToken, VertexSettings};

/// The name of the socket inside a workspace's socket folder.
pub const SOCKET_NAME: &str = "gateway.sock";

/// Where model calls go and with which credential. A live setting: a change holds from the next call on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelSettings {
    /// Origin and optional path prefix, such as `https://api.anthropic.com`.
    pub base_url: String,
    pub key: Option<Secret>,
    /// The upstream wants no key (the demo model, a proxy that adds its own).
    pub keyless: bool,
    /// The upstream is Vertex AI, which takes a service account's token ([`AccessTokens`]) and never the key.
    pub vertex: Option<VertexSettings>,
}

impl ModelSettings {
    /// Vertex AI at its own address.
    pub fn vertex(settings: VertexSettings) -> Self {
        Self {
            base_url: settings.origin(),
            key: None,
            keyless: true,
            vertex: Some(settings),
        }
    }
}

/// Package indexes of the workspace image, as its own pip and npm are configured; `None` answers 404.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registries {
    /// Of pip's `index-url`, ending in `/simple` or whatever the index uses.
    pub pypi: Option<String>,
    /// Of npm's `registry`.
    pub npm: Option<String>,
}

/// What one run may do through its token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    pub run_id: RunId,
    pub user_id: UserId,
    pub agent_id: Option<AgentId>,
    pub conversation_id: Option<ConversationId>,
    /// Whether it is a run of the agent, and not a chat (about it, or about anything).
    pub of_agent_run: bool,
    /// Nothing can have been spent by the run so far: the ledger need not be asked.
    #[serde(default)]
    pub unspent: bool,
    /// Exact model names; `None` allows any.
    pub models: Option<Vec<String>>,
    pub limits: BudgetLimits,
    pub egress: EgressPolicy,
}

/// Why the gateway admits no more calls of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum StopReason {
    Budget { scope: BudgetScope },
}

/// What kind of trouble the last failed call met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallErrorKind {
    /// No model key is set: the user can set one.
    NoKey,
    /// The upstream refused the key it was given.
    KeyRefused,
    /// The request asked for something the gateway does not allow.
    Refused,
    Budget,
    /// The upstream answered 429 or 529.
    Overloaded,
    /// The upstream could not be reached or answered with another error.
    Upstream,
    /// The usage ledger does not answer, so nothing may be spent.
    Ledger,
}

/// The last failed call of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallError {
    pub kind: CallErrorKind,
    /// The status the caller got.
    pub status: u16,
    /// May be shown to the user.
    pub message: String,
}

/// What a run has used so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunSpend {
    /// Settled calls, including those recorded before a restart.
    pub usage: UsageTotals,
    /// The model that the last settled call was charged for; unknown after a restart until there is one.
    pub model: Option<String>,
    /// Set once a call was refused for want of money.
    pub stopped: Option<StopReason>,
    /// Admitted model calls since the run was granted, settled or not.
    pub calls: u64,
    /// Of the last call, if it failed: a call that succeeds clears it.
    pub last_error: Option<CallError>,
}

/// Why the gateway could not do what the runner asked.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The socket cannot be bound; the workspace cannot work without it.
    #[error("gateway socket of {user} could not be opened")]
    Socket {
        user: UserId,
        #[source]
        source: std::io::Error,
    },
    #[error("not a usable registry address: {0}")]
    Registry(String),
    /// What was spent before is unknown, so nothing can be granted. Worth another try.
    #[error("spending so far could not be read")]
    Ledger(#[from] crate::ports::usage::LedgerError),
    /// The gateway is a process of its own and has not answered in time. Worth another try.
    #[error("the gateway does not answer")]
    Away,
}

/// One gateway serves many workspaces, each through a socket of its own: the socket a connection arrives on says whose it is.
#[async_trait]
pub trait Gateway: Send + Sync + std::fmt::Debug {
    /// Listens on `socket_dir/gateway.sock` (mode 0660) for this user, replacing a stale socket. Opening again with the same
    /// folder keeps the listener and takes over `registries`; with another folder it moves.
    async fn open(
        &self,
        user: UserId,
        socket_dir: &Path,
        registries: &Registries,
    ) -> Result<(), GatewayError>;

    /// Stops listening and ends this user's connections. Closing what is not open does nothing.
    async fn close(&self, user: UserId);

    /// Binds `token` to a run, until [`Gateway::revoke`]. Replaces what was granted to the token before. The spending
    /// recorded for the run, agent and user is read first, so limits hold across restarts.
    async fn grant(&self, token: TokenHash, grant: Grant) -> Result<(), GatewayError>;

    /// Unbinds `token`: calls and tunnels in flight are cut, model calls among them settled. Returns the run's final
    /// figures, the default if nothing was granted. Safe to repeat.
    async fn revoke(&self, token: TokenHash) -> RunSpend;

    /// The figures of a granted run; the default for any other.
    fn status(&self, run: RunId) -> RunSpend;

    /// Told whenever [`Gateway::status`] of the run changes; closes when the run is revoked. `None` if it is not granted.
    fn watch(&self, run: RunId) -> Option<watch::Receiver<RunSpend>>;
}
