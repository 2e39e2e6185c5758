//! Flags of `berth run` and `berth runs`.

use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use uuid::Uuid;

use super::{AgentArgument, Connection, Page};

#[derive(Debug, Args)]
pub(crate) struct RunOptions {
    #[command(flatten)]
    pub(crate) agent: AgentArgument,
    /// Show what it does until it ends. Exit status: 0 done, 3 done but unproved, 1 anything else.
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// The same key on the same agent starts one run only, however often it is sent.
    #[arg(long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RunsCommand {
    /// List runs, newest first.
    #[command(
        after_help = "Examples:\n  berth runs list --agent \"Weekly brief\"\n  berth runs list --state failed,timed_out --from 2026-11-01T00:00:00Z"
    )]
    List(Box<RunsListOptions>),
    /// Show one run: its result, its checks, its cost.
    #[command(after_help = "Example:\n  berth runs show 019ab2c0-0000-7000-8000-000000000001")]
    Show(RunArgument),
    /// Print what a run did.
    #[command(after_help = "Example:\n  berth runs logs -f 019ab2c0-0000-7000-8000-000000000001")]
    Logs {
        #[command(flatten)]
        run: RunArgument,
        /// Go on until it ends. Exit status as of `berth run --follow`.
        #[arg(short, long)]
        follow: bool,
    },
    /// Stop a run.
    #[command(after_help = "Example:\n  berth runs cancel 019ab2c0-0000-7000-8000-000000000001")]
    Cancel(RunArgument),
}

/// One run.
#[derive(Debug, Args)]
pub(crate) struct RunArgument {
    /// The run's id.
    pub(crate) run: Uuid,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

#[derive(Debug, Args)]
pub(crate) struct RunsListOptions {
    /// Of this agent only: its id, or its name where only one has it.
    #[arg(long)]
    pub(crate) agent: Option<String>,
    /// Of agents or of chats only.
    #[arg(long, value_enum)]
    pub(crate) kind: Option<RunKind>,
    /// In these states only: queued, running, succeeded, failed, cancelled, `timed_out`, `budget_stopped`, interrupted.
    #[arg(long, value_delimiter = ',')]
    pub(crate) state: Vec<String>,
    /// Set off in these ways only: chat, manual, schedule, api, retry.
    #[arg(long, value_delimiter = ',')]
    pub(crate) trigger: Vec<String>,
    /// Only those that ended well and failed their definition of done.
    #[arg(long)]
    pub(crate) unproved: bool,
    /// Accepted at or after this time (RFC 3339).
    #[arg(long)]
    pub(crate) from: Option<Timestamp>,
    /// Accepted before this time (RFC 3339).
    #[arg(long)]
    pub(crate) to: Option<Timestamp>,
    #[command(flatten)]
    pub(crate) page: Page,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

/// Whose runs.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum RunKind {
    Agent,
    Chat,
}
