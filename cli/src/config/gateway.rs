//! Flags of `berth gateway`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::ceiling::CeilingOptions;
use super::cloud::{CloudOptions, KmsOptions, StandIn};

/// `berth gateway`.
#[derive(Debug, Args)]
pub(crate) struct GatewayOptions {
    #[command(flatten)]
    pub(crate) cloud: CloudOptions,
    #[command(flatten)]
    pub(crate) kms: KmsOptions,
    #[command(flatten)]
    pub(crate) upstream: UpstreamOptions,
    /// Folder of sockets, which it shares with the runner of its machine.
    #[arg(long, env = "BERTH_DATA", default_value = "/var/lib/berth/data")]
    pub(crate) data: PathBuf,
    #[command(flatten)]
    pub(crate) ceiling: CeilingOptions,
    /// Address for health checks.
    #[arg(long, env = "BERTH_LISTEN", default_value = "127.0.0.1:8091")]
    pub(crate) listen: SocketAddr,
}

/// Who answers model calls, and as whom they are made.
#[derive(Debug, Args)]
pub(crate) struct UpstreamOptions {
    /// The Anthropic API with a key, or Claude on Vertex AI with this machine's service account.
    #[arg(long, env = "BERTH_MODEL_UPSTREAM", value_enum, default_value_t = UpstreamKind::Anthropic)]
    pub(crate) model_upstream: UpstreamKind,
    /// Where in Secret Manager the key of the Anthropic API is: `projects/…/secrets/…`.
    #[arg(long, env = "BERTH_GCP_MODEL_KEY")]
    pub(crate) model_key: Option<String>,
    /// The key itself; of use where there is no Secret Manager.
    #[arg(long, env = "ANTHROPIC_API_KEY", hide_env_values = true)]
    pub(crate) anthropic_api_key: Option<String>,
    /// Where the model API is. With an address of your own and no key, it is asked without one.
    #[arg(long, env = "BERTH_MODEL_URL")]
    pub(crate) model_url: Option<String>,
    /// Region of Vertex AI, or `global`, `us`, `eu`; the region of everything else without.
    #[arg(long, env = "BERTH_VERTEX_REGION")]
    pub(crate) vertex_region: Option<String>,
    /// Models that the project may use on Vertex AI, which workspaces are told of: Google has no list of them.
    #[arg(long, env = "BERTH_VERTEX_MODELS", value_delimiter = ',')]
    pub(crate) vertex_models: Vec<String>,
    /// `HOST:PORT` of a stand-in for Secret Manager.
    #[arg(
        long,
        env = "SECRET_MANAGER_EMULATOR_HOST",
        hide = true,
        default_value = ""
    )]
    pub(crate) secret_manager_emulator: StandIn,
}

/// Who answers model calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum UpstreamKind {
    Anthropic,
    Vertex,
}
