//! What every handler is given: the ports, the configuration, and nothing global.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use berth_domain::account::Access;
use berth_domain::clock::Clock;
use berth_domain::dispatch::{self, Accepted, Refused, Request};
use berth_domain::ports::agents::Agents;
use berth_domain::ports::alarm::Alarm;
use berth_domain::ports::audit::AuditTrail;
use berth_domain::ports::conversations::Conversations;
use berth_domain::ports::credentials::Credentials;
use berth_domain::ports::events::Events;
use berth_domain::ports::live::LiveText;
use berth_domain::ports::notifications::Notifications;
use berth_domain::ports::proposals::Proposals;
use berth_domain::ports::queue::Queue;
use berth_domain::ports::runs::Runs;
use berth_domain::ports::schedules::Schedules;
use berth_domain::ports::secrets::Secrets;
use berth_domain::ports::settings::Settings;
use berth_domain::ports::usage::UsageLedger;
use berth_domain::ports::users::Users;
use berth_domain::ports::workspaces::Workspaces;
use berth_domain::quota::Quota;
use berth_domain::scheduling;
use berth_domain::usage::MicroUsd;
use berth_domain::user::CredentialHash;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::google::{self, GoogleSignIn};
use crate::ports::{Assets, ModelControl, Random};
use crate::session::HostPolicy;

/// The ports this role needs; `cli` chooses the adapters.
#[derive(Debug, Clone)]
pub struct Deps {
    /// People.
    pub users: Arc<dyn Users>,
    /// Sessions and tokens.
    pub credentials: Arc<dyn Credentials>,
    /// Conversations and messages.
    pub conversations: Arc<dyn Conversations>,
    /// Agents.
    pub agents: Arc<dyn Agents>,
    /// Their schedules.
    pub schedules: Arc<dyn Schedules>,
    /// Told when a schedule has changed.
    pub alarm: Arc<dyn Alarm>,
    /// What Claude has proposed.
    pub proposals: Arc<dyn Proposals>,
    /// What users are told.
    pub notifications: Arc<dyn Notifications>,
    /// What runs asked to reach.
    pub audit: Arc<dyn AuditTrail>,
    /// Runs.
    pub runs: Arc<dyn Runs>,
    /// The event logs.
    pub events: Arc<dyn Events>,
    /// Live text.
    pub live: Arc<dyn LiveText>,
    /// Hints to the runner.
    pub queue: Arc<dyn Queue>,
    /// Where the model key is kept.
    pub secrets: Arc<dyn Secrets>,
    /// Settings of the installation.
    pub settings: Arc<dyn Settings>,
    /// Model calls and what they cost.
    pub usage: Arc<dyn UsageLedger>,
    /// Workspaces and their files.
    pub workspaces: Arc<dyn Workspaces>,
    /// Time and ids.
    pub clock: Arc<dyn Clock>,
    /// Session secrets.
    pub random: Arc<dyn Random>,
    /// The dashboard.
    pub assets: Arc<dyn Assets>,
    /// Where the model answers come from.
    pub model: Arc<dyn ModelControl>,
}

/// Configuration of this role.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the listener is; on a loopback address foreign `Host` names are refused.
    pub listen: SocketAddr,
    /// Origins the dashboard is served from besides loopback, for example `https://berth.example`.
    pub public_origins: Vec<String>,
    /// Whether browsers reach us over https: the cookie is then `__Host-` and `Secure`.
    pub cookie_secure: bool,
    /// The identity provider; without one the printed link is the way in.
    pub google: Option<GoogleSignIn>,
    /// Shown by `/health` and in the settings.
    pub version: String,
    /// Whether the scripted model can be switched on here.
    pub demo_available: bool,
    /// What one user may have at the same time.
    pub quota: Quota,
    /// Agents one user may have.
    pub agents: u32,
    /// Sizes and times.
    pub limits: Limits,
}

/// Sizes and times; the defaults are the documented ones.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Largest uploaded file, in bytes.
    pub upload_bytes: u64,
    /// Longest silence of an uploading client.
    pub upload_idle: Duration,
    /// Largest incoming WebSocket message, in bytes.
    pub frame_bytes: usize,
    /// How often an idle socket's peer and session are looked at.
    pub socket_tick: Duration,
    /// Longest time a client may leave a frame unread.
    pub socket_send: Duration,
    /// Conversations one socket may follow.
    pub subscriptions: usize,
    /// Most bytes of files in one zip.
    pub zip_bytes: u64,
    /// The most that any user's month may cost, which gateways hold to; here it is only shown.
    pub month: Option<MicroUsd>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            upload_bytes: 1024 * 1024 * 1024,
            upload_idle: Duration::from_secs(30),
            frame_bytes: 16 * 1024 * 1024,
            socket_tick: Duration::from_secs(30),
            socket_send: Duration::from_secs(30),
            subscriptions: 64,
            zip_bytes: 2 * 1024 * 1024 * 1024,
            month: None,
        }
    }
}

/// Largest JSON body in bytes, where nothing else is said.
pub(crate) const BODY_LIMIT: usize = 64 * 1024;
/// Largest JSON body of a message: 4 MiB of text, of which every character may be escaped.
pub(crate) const MESSAGE_BODY_LIMIT: usize = 16 * 1024 * 1024;

/// State shared by all requests.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) deps: Deps,
    pub(crate) config: Config,
    pub(crate) hosts: HostPolicy,
    pub(crate) access: Access,
    pub(crate) shutdown: CancellationToken,
    /// The session that was ended last: a hint to sockets that theirs may be over. The tick stands behind it.
    pub(crate) ended_sessions: watch::Sender<Option<CredentialHash>>,
}

/// What handlers take as `State`.
pub(crate) type Shared = Arc<App>;

impl App {
    pub(crate) fn new(deps: Deps, config: Config, shutdown: CancellationToken) -> Self {
        Self {
            hosts: HostPolicy::new(config.listen, &config.public_origins),
            access: google::access(config.google.as_ref()),
            deps,
            config,
            shutdown,
            ended_sessions: watch::Sender::new(None),
        }
    }

    /// What changes of agents and schedules work with.
    pub(crate) fn scheduling(&self) -> scheduling::Ports<'_> {
        scheduling::Ports {
            agents: &*self.deps.agents,
            schedules: &*self.deps.schedules,
            alarm: &*self.deps.alarm,
            clock: &*self.deps.clock,
        }
    }

    /// Stores a request for work, whoever brings it in.
    #[tracing::instrument(name = "run.submit", skip_all, fields(user.id = %request.user_id, run.id))]
    pub(crate) async fn submit(&self, request: Request) -> Result<Accepted, Refused> {
        let Deps {
            runs, queue, clock, ..
        } = &self.deps;
        let quota = self.config.quota;
        let accepted = dispatch::submit(&**runs, &**queue, &**clock, quota, request).await?;
        if !accepted.repeated {
            tracing::Span::current().record("run.id", tracing::field::display(accepted.run_id));
        }
        Ok(accepted)
    }
}
