//! What the gateway is told when it starts.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use berth_domain::ports::agents::Agents;
use berth_domain::ports::gateway::{AccessTokens, ModelSettings};
use berth_domain::ports::notifications::Notifications;
use berth_domain::ports::proposals::Proposals;
use berth_domain::ports::runs::Runs;
use berth_domain::ports::schedules::Schedules;
use berth_domain::ports::secrets::Secrets;
use berth_domain::ports::users::Users;
use berth_domain::run_token::TokenKey;
use berth_domain::usage::MicroUsd;
use tokio::sync::watch;

use crate::network::Network;

/// Everything but the ports.
#[derive(Debug, Clone)]
pub struct GatewayConfig {
    /// Derives run tokens and signs links to package files.
    pub token_key: TokenKey,
    /// Read at each model call, so that a new key holds from the next call on.
    pub model: watch::Receiver<ModelSettings>,
    /// Who the process is to Google Cloud; asked only while Vertex AI is the upstream.
    pub access_tokens: Option<Arc<dyn AccessTokens>>,
    /// How tunnels resolve and dial; [`crate::HostNetwork`] outside tests.
    pub network: Arc<dyn Network>,
    /// What Berth's own tools work on.
    pub tools: ToolPorts,
    pub limits: Limits,
    /// Folder of notes on calls under way, from which a gateway that was killed is found to have spent; made where it is missing.
    pub calls: PathBuf,
    /// Whether everything that is granted is known. A gateway that was started anew beside a runner that goes on has to be told
    /// first; until then it calls no token wrong.
    pub told: watch::Receiver<bool>,
}

/// The ports behind the tools that Claude is offered (`docs/gateway.md`).
#[derive(Debug, Clone)]
pub struct ToolPorts {
    pub agents: Arc<dyn Agents>,
    pub runs: Arc<dyn Runs>,
    pub schedules: Arc<dyn Schedules>,
    pub proposals: Arc<dyn Proposals>,
    pub notifications: Arc<dyn Notifications>,
    /// For a user's time zone.
    pub users: Arc<dyn Users>,
    /// What an agent may not say aloud.
    pub secrets: Arc<dyn Secrets>,
}

/// Bounds on what one workspace can make the gateway hold or wait for.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections of one workspace at a time, tunnels included.
    pub connections: usize,
    /// Bytes of a request's head, and how long it may take to arrive.
    pub head_bytes: usize,
    pub head_timeout: Duration,
    /// Header fields of one request.
    pub head_fields: usize,
    /// Bytes of a model request, and how long it may take to arrive.
    pub body_bytes: usize,
    pub body_timeout: Duration,
    /// The largest `max_tokens` a call may ask for.
    pub max_tokens: u64,
    /// The most that any user's month may cost, also where they have set more or nothing for themselves.
    pub month: Option<MicroUsd>,
    /// How long a call is held while it is in doubt whether it may be made: because the runner has not vouched for it, or the ledger does not
    /// answer. Less than Claude Code waits for an answer, so that it is told to try again instead of giving up.
    pub hold: Duration,
    /// How long the upstream may take to begin its answer.
    pub upstream_timeout: Duration,
    /// Bytes of a package index page, which is held whole to be rewritten.
    pub index_bytes: usize,
    /// A tunnel that moved nothing for this long is closed.
    pub tunnel_idle: Duration,
    /// How long a tunnel's first bytes, the TLS greeting, may take.
    pub hello_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 256,
            head_bytes: 64 * 1024,
            head_timeout: Duration::from_secs(10),
            head_fields: 100,
            body_bytes: 32 * 1024 * 1024,
            body_timeout: Duration::from_mins(1),
            max_tokens: 128_000,
            month: None,
            hold: Duration::from_mins(2),
            upstream_timeout: Duration::from_mins(10),
            index_bytes: 32 * 1024 * 1024,
            tunnel_idle: Duration::from_mins(5),
            hello_timeout: Duration::from_secs(10),
        }
    }
}
