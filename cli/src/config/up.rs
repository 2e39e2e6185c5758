//! Flags of `berth up`, and of what looks into its data folder.

use std::net::SocketAddr;

use clap::{Args, Subcommand};

use super::UserLimitOptions;
use super::sign_in::SignInOptions;
use super::work::{DataOptions, EngineOptions, LimitOptions, ModelOptions};

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
