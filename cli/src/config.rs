//! Flags and environment: every flag is also `BERTH_…`. The only place that reads either.

#[cfg(feature = "gcp")]
pub(crate) mod ceiling;
pub(crate) mod client;
#[cfg(feature = "gcp")]
pub(crate) mod cloud;
#[cfg(feature = "gcp")]
pub(crate) mod gateway;
pub(crate) mod sign_in;
#[cfg(all(test, feature = "embedded"))]
mod tests;
#[cfg(feature = "embedded")]
pub(crate) mod up;
pub(crate) mod work;

use clap::{Args, Parser, Subcommand, ValueEnum};

use client::{
    AgentsCommand, CompletionsOptions, RunOptions, RunsCommand, ScheduleCommand, UsageOptions,
};
#[cfg(feature = "embedded")]
use up::{DoctorOptions, TokenCommand, UpOptions};

/// Every user a berth of their own: Claude Code and a Python data stack in the browser.
#[derive(Debug, Parser)]
#[command(name = "berth", version)]
pub(crate) struct Cli {
    /// What is logged: `info`, or a filter such as `info,berth_runner=debug`.
    #[arg(long, global = true, env = "BERTH_LOG", default_value = "info")]
    pub(crate) log: String,
    /// How it is written.
    #[arg(long, global = true, env = "BERTH_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
    /// Project of Google Cloud that log lines name traces of.
    #[arg(
        long = "log-project",
        global = true,
        hide = true,
        env = "BERTH_GCP_PROJECT"
    )]
    pub(crate) log_project: Option<String>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// A line for people.
    Text,
    /// A JSON object a line, for machines.
    Json,
    /// The same in Cloud Logging's form, each line of a run with its trace.
    Cloud,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start everything on this machine and print the link to open.
    #[cfg(feature = "embedded")]
    #[command(after_help = "Example:\n  berth up --demo")]
    Up(Box<UpOptions>),
    /// API tokens of local users.
    #[cfg(feature = "embedded")]
    #[command(subcommand)]
    Token(TokenCommand),
    /// Check engine, image, model, store and clock, and say how to mend what is missing.
    #[cfg(feature = "embedded")]
    #[command(after_help = "Example:\n  berth doctor")]
    Doctor(Box<DoctorOptions>),
    /// The api alone, on Google Cloud: dashboard, REST, WebSocket.
    #[cfg(feature = "gcp")]
    #[command(
        after_help = "Example:\n  berth api --project my-project --region europe-west1 --kms-key projects/my-project/locations/europe-west1/keyRings/berth/cryptoKeys/user-secrets --public-url https://berth.example.com --google-client-id 123.apps.googleusercontent.com --allowed-domain example.com"
    )]
    Api(Box<cloud::ApiOptions>),
    /// What works on runs, in users' workspaces on its machine, on Google Cloud.
    #[cfg(feature = "gcp")]
    #[command(
        after_help = "Example:\n  berth runner --project my-project --region europe-west1 --kms-key projects/my-project/locations/europe-west1/keyRings/berth/cryptoKeys/user-secrets --name machine-1 --snapshots-bucket my-project-berth-snapshots --caller berth-api@my-project.iam.gserviceaccount.com --public-url https://berth.example.com"
    )]
    Runner(Box<cloud::RunnerOptions>),
    /// The only way out of a machine's workspaces, on Google Cloud: the model, packages, allowed hosts.
    #[cfg(feature = "gcp")]
    #[command(
        after_help = "Example:\n  berth gateway --project my-project --region europe-west1 --kms-key projects/my-project/locations/europe-west1/keyRings/berth/cryptoKeys/user-secrets --model-key projects/my-project/secrets/berth-model-key"
    )]
    Gateway(Box<gateway::GatewayOptions>),
    /// What Cloud Scheduler calls when agents are due.
    #[cfg(feature = "gcp")]
    #[command(
        after_help = "Example:\n  berth scheduler-hook --project my-project --region europe-west1 --audience https://hook.example.com --caller scheduler@my-project.iam.gserviceaccount.com"
    )]
    SchedulerHook(Box<cloud::HookOptions>),
    /// Print the OpenAPI document of the REST API.
    #[command(after_help = "Example:\n  berth openapi > openapi.json")]
    Openapi,
    /// Agents of a running server.
    #[command(subcommand)]
    Agents(AgentsCommand),
    /// Run an agent now.
    #[command(after_help = "Example:\n  berth run \"Weekly brief\" --follow")]
    Run(RunOptions),
    /// What agents and chats have done.
    #[command(subcommand)]
    Runs(RunsCommand),
    /// When agents run by themselves.
    #[command(subcommand)]
    Schedule(ScheduleCommand),
    /// Tokens and cost by day, agent or model.
    #[command(after_help = "Example:\n  berth usage --by agent --from 2026-11-01")]
    Usage(UsageOptions),
    /// Print a script that completes commands and flags in a shell.
    #[command(
        after_help = "Example:\n  berth completions bash > ~/.local/share/bash-completion/completions/berth"
    )]
    Completions(CompletionsOptions),
}

/// What users may have.
#[derive(Debug, Args)]
pub(crate) struct UserLimitOptions {
    /// Runs of one user at the same time.
    #[arg(long, env = "BERTH_CONCURRENT_RUNS", default_value_t = 3)]
    pub(crate) concurrent_runs: u32,
    /// Agents of one user.
    #[arg(long, env = "BERTH_AGENTS", default_value_t = berth_domain::quota::DEFAULT_AGENTS)]
    pub(crate) agents: u32,
    /// Largest file that can be uploaded, in MiB.
    #[arg(long, env = "BERTH_UPLOAD_LIMIT_MIB", default_value_t = 1024)]
    pub(crate) upload_limit_mib: u32,
}
