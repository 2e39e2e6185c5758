//! Flags of `berth up`, and of what looks into its data folder.

use std::net::SocketAddr;

use clap::{Args, Subcommand};

use super::UserLimitOptions;
use super::sign_in::SignInOptions;
use super::work::{DataOptions, EngineOptions, LimitOptions};

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Make an API token and print it; it is not shown again.
    #[command(after_help = "Example:\n  berth token create --label \"my laptop\" > berth.token")]
    Create(TokenOptions),
}

#[derive(Debug, Args)]
pub(crate) struct TokenOptions {
    #[command(flatten)]
    pub(crate) data: DataOptions,
    /// Whose token; the user is made when there is none of that name.
    #[arg(long, env = "BERTH_USER", default_value = berth_domain::user::LOCAL_USER)]
    pub(crate) user: String,
    /// What it is for, to tell it from others.
    #[arg(long, default_value = "made on the command line")]
    pub(crate) label: String,
}

#[derive(Debug, Args)]
pub(crate) struct DoctorOptions {
    #[command(flatten)]
    pub(crate) data: DataOptions,
    #[command(flatten)]
    pub(crate) engine: EngineOptions,
    #[command(flatten)]
    pub(crate) model: ModelOptions,
}

#[derive(Debug, Args)]
pub(crate) struct UpOptions {
    #[command(flatten)]
    pub(crate) data: DataOptions,
    #[command(flatten)]
    pub(crate) engine: EngineOptions,
    #[command(flatten)]
    pub(crate) model: ModelOptions,
    #[command(flatten)]
    pub(crate) user_limits: UserLimitOptions,
    #[command(flatten)]
    pub(crate) limits: LimitOptions,
    #[command(flatten)]
    pub(crate) sign_in: SignInOptions,
    /// Address to listen on; port 0 picks a free one. Other than on this machine alone only with an identity provider.
    #[arg(long, env = "BERTH_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Address for Prometheus metrics; none without.
    #[arg(long, env = "BERTH_METRICS_LISTEN")]
    pub(crate) metrics_listen: Option<SocketAddr>,
}

/// The model.
#[derive(Debug, Clone, Args)]
pub(crate) struct ModelOptions {
    /// Key of the Anthropic API. Without one, a key given in the settings is used.
    #[arg(long, env = "ANTHROPIC_API_KEY", hide_env_values = true)]
    pub(crate) anthropic_api_key: Option<String>,
    /// Where the model API is. With an address of your own and no key, it is asked without one.
    #[arg(long, env = "BERTH_MODEL_URL")]
    pub(crate) model_url: Option<String>,
    /// Model to ask for; Claude Code's own choice without.
    #[arg(long, env = "BERTH_MODEL")]
    pub(crate) model: Option<String>,
    /// Begin with the built-in scripted model: everything is real but the model, and no key is needed. Settings can
    /// switch it off.
    #[arg(long, env = "BERTH_DEMO")]
    pub(crate) demo: bool,
}
