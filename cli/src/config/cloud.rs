//! Flags of the roles on Google Cloud.

use std::net::SocketAddr;

use clap::Args;

use url::Url;

use super::UserLimitOptions;
use super::ceiling::CeilingOptions;
use super::sign_in::SignInOptions;
use super::work::{DataOptions, EngineOptions, LimitOptions};

/// Where everything is that the roles share.
#[derive(Debug, Clone, Args)]
pub(crate) struct CloudOptions {
    /// Project.
    #[arg(long, env = "BERTH_GCP_PROJECT")]
    pub(crate) project: String,
    /// Region.
    #[arg(long, env = "BERTH_GCP_REGION")]
    pub(crate) region: String,
    /// Firestore database.
    #[arg(long, env = "BERTH_GCP_DATABASE", default_value = "(default)")]
    pub(crate) database: String,
    /// Pub/Sub topic of run requests; subscriptions are called after it.
    #[arg(long, env = "BERTH_GCP_TOPIC", default_value = "berth-runs")]
    pub(crate) topic: String,
    /// `HOST:PORT` of a Firestore emulator.
    #[arg(long, env = "FIRESTORE_EMULATOR_HOST", hide = true, default_value = "")]
    pub(crate) firestore_emulator: StandIn,
    /// `HOST:PORT` of a Pub/Sub emulator.
    #[arg(long, env = "PUBSUB_EMULATOR_HOST", hide = true, default_value = "")]
    pub(crate) pubsub_emulator: StandIn,
    /// Where the spans of runs are sent: a receiver of OpenTelemetry's protocol over HTTP, such as `http://127.0.0.1:4318/v1/traces` or
    /// `https://telemetry.googleapis.com/v1/traces`; nowhere without.
    #[arg(long, env = "BERTH_TRACES")]
    pub(crate) traces: Option<url::Url>,
    /// Address for Prometheus metrics; none without.
    #[arg(long, env = "BERTH_METRICS_LISTEN")]
    pub(crate) metrics_listen: Option<SocketAddr>,
}

/// The key of users' secrets.
#[derive(Debug, Clone, Args)]
pub(crate) struct KmsOptions {
    /// Full name of the key in Cloud KMS that encrypts users' secrets: `projects/…/cryptoKeys/…`.
    #[arg(long, env = "BERTH_GCP_KMS_KEY")]
    pub(crate) kms_key: String,
    /// `HOST:PORT` of a stand-in for Cloud KMS.
    #[arg(long, env = "KMS_EMULATOR_HOST", hide = true, default_value = "")]
    pub(crate) kms_emulator: StandIn,
}

/// Whose tokens callers show.
#[derive(Debug, Clone, Args)]
pub(crate) struct CallerOptions {
    /// Google's keys; for tests.
    #[arg(
        long,
        env = "BERTH_GOOGLE_KEYS_URL",
        hide = true,
        default_value = berth_oidc::GOOGLE_KEYS
    )]
    pub(crate) google_keys_url: String,
}

/// `berth api`.
#[derive(Debug, Args)]
pub(crate) struct ApiOptions {
    #[command(flatten)]
    pub(crate) cloud: CloudOptions,
    #[command(flatten)]
    pub(crate) kms: KmsOptions,
    #[command(flatten)]
    pub(crate) ceiling: CeilingOptions,
    #[command(flatten)]
    pub(crate) sign_in: SignInOptions,
    #[command(flatten)]
    pub(crate) limits: UserLimitOptions,
    /// Address to listen on. Other than on this machine alone only with an identity provider.
    #[arg(long, env = "BERTH_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
}

/// `berth scheduler-hook`.
#[derive(Debug, Args)]
pub(crate) struct HookOptions {
    #[command(flatten)]
    pub(crate) cloud: CloudOptions,
    /// Address to listen on. Whoever calls has to show a token, so that any will do.
    #[arg(long, env = "BERTH_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Address of this service, which callers' tokens must name as their audience.
    #[arg(long, env = "BERTH_HOOK_AUDIENCE")]
    pub(crate) audience: String,
    /// Service account that callers' tokens must be of.
    #[arg(long, env = "BERTH_HOOK_CALLER")]
    pub(crate) caller: String,
    /// Keep a job of Cloud Scheduler for every schedule, as far as the quota goes; without, the tick of each minute fires them.
    #[arg(
        long,
        env = "BERTH_SCHEDULE_JOBS",
        default_value_t = false,
        default_missing_value = "true",
        num_args = 0..=1,
        action = clap::ArgAction::Set
    )]
    pub(crate) schedule_jobs: bool,
    /// Jobs that may be ours: the region's quota less what else is in it.
    #[arg(long, env = "BERTH_SCHEDULE_JOBS_QUOTA", default_value_t = 900)]
    pub(crate) schedule_jobs_quota: usize,
    #[command(flatten)]
    pub(crate) callers: CallerOptions,
    /// `HOST:PORT` of a stand-in for Cloud Scheduler.
    #[arg(
        long,
        env = "CLOUD_SCHEDULER_EMULATOR_HOST",
        hide = true,
        default_value = ""
    )]
    pub(crate) scheduler_emulator: StandIn,
}

/// `berth runner`.
#[derive(Debug, Args)]
pub(crate) struct RunnerOptions {
    #[command(flatten)]
    pub(crate) cloud: CloudOptions,
    #[command(flatten)]
    pub(crate) kms: KmsOptions,
    #[command(flatten)]
    pub(crate) data: DataOptions,
    #[command(flatten)]
    pub(crate) engine: EngineOptions,
    #[command(flatten)]
    pub(crate) limits: LimitOptions,
    /// Model to ask for; Claude Code's own choice without.
    #[arg(long, env = "BERTH_MODEL")]
    pub(crate) model: Option<String>,
    /// Runs of one user at the same time.
    #[arg(long, env = "BERTH_CONCURRENT_RUNS", default_value_t = 3)]
    pub(crate) concurrent_runs: u32,
    /// Name of this machine, for people. The runner's own is made from it, and kept on its disk: another disk is another runner.
    #[arg(long, env = "BERTH_RUNNER_NAME")]
    pub(crate) name: String,
    /// Bucket of workspaces' copies, from which they come back on another runner.
    #[arg(long, env = "BERTH_GCP_SNAPSHOTS_BUCKET")]
    pub(crate) snapshots_bucket: String,
    /// `HOST:PORT` of a stand-in for Cloud Storage.
    #[arg(long, env = "STORAGE_EMULATOR_HOST", hide = true, default_value = "")]
    pub(crate) storage_emulator: StandIn,
    /// Address to listen on, for the api and health checks.
    #[arg(long, env = "BERTH_LISTEN", default_value = "127.0.0.1:8090")]
    pub(crate) listen: SocketAddr,
    /// `HOST:PORT` at which the api finds this runner; without, the one to listen on, or where that is every one, this machine's.
    #[arg(long, env = "BERTH_RUNNER_ADDRESS")]
    pub(crate) address: Option<String>,
    /// Service account of the api: whoever asks this runner has to show a token of it.
    #[arg(long, env = "BERTH_RUNNER_CALLER")]
    pub(crate) caller: String,
    /// Address that people open, to which messages to them link.
    #[arg(long, env = "BERTH_PUBLIC_URL")]
    pub(crate) public_url: Url,
    #[command(flatten)]
    pub(crate) callers: CallerOptions,
}

/// Where a stand-in for one of Google's services is: `HOST:PORT`, or nowhere. An empty variable is how scripts say "none".
#[derive(Debug, Clone)]
pub(crate) struct StandIn(String);

impl From<&str> for StandIn {
    fn from(address: &str) -> Self {
        Self(address.trim().to_owned())
    }
}

impl StandIn {
    /// Its address as a URL; `None` is Google's own service.
    pub(crate) fn url(&self) -> Option<String> {
        (!self.0.is_empty()).then(|| format!("http://{}", self.0))
    }
}
