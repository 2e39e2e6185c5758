//! Flags of the commands that talk to a running server. Every one of them shows an example in its help.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use clap_complete::Shell;
use jiff::Timestamp;
use uuid::Uuid;

/// Which server, as whom, and in what form the answer is wanted.
#[derive(Debug, Clone, Args)]
pub(crate) struct Connection {
    /// Address of the server.
    #[arg(
        long,
        env = "BERTH_SERVER",
        default_value = "http://127.0.0.1:8080",
        help_heading = "Server"
    )]
    pub(crate) server: String,
    /// API token, as `berth token create` prints it. Better given in the environment or as --token-file: others on this machine can read
    /// the arguments of a program.
    #[arg(
        long,
        env = "BERTH_TOKEN",
        hide_env_values = true,
        help_heading = "Server"
    )]
    pub(crate) token: Option<String>,
    /// File that holds the API token; it is used before --token.
    #[arg(long, env = "BERTH_TOKEN_FILE", help_heading = "Server")]
    pub(crate) token_file: Option<PathBuf>,
    /// Print the API's JSON as it is, for programs.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which part of a list.
#[derive(Debug, Args)]
pub(crate) struct Page {
    /// Rows at most, 1 to 500.
    #[arg(long, default_value_t = 50)]
    pub(crate) limit: u32,
    /// Go on where an earlier list ended.
    #[arg(long)]
    pub(crate) cursor: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AgentsCommand {
    /// List your agents.
    #[command(after_help = "Example:\n  berth agents list")]
    List {
        #[command(flatten)]
        page: Page,
        #[command(flatten)]
        connection: Connection,
    },
    /// Show one agent: what it does, when, and what came of it.
    #[command(after_help = "Example:\n  berth agents show \"Weekly brief\"")]
    Show(AgentArgument),
    /// Save an agent from a file: one of the same name is changed, otherwise a new one is made.
    ///
    /// The file is YAML or JSON: an agent's fields with an optional `schedule` and `status`, or what `berth agents export` writes.
    /// Fields that the file leaves out stay as they are; `schedule: null` removes the schedule. Applying the same file again
    /// changes nothing.
    #[command(
        after_help = "Examples:\n  berth agents apply -f brief.yaml\n  berth agents apply -f - --dry-run"
    )]
    Apply(ApplyOptions),
    /// Write an agent as a file that `apply` and the dashboard's import understand. Secrets are never part of it.
    #[command(after_help = "Example:\n  berth agents export \"Weekly brief\" -o brief.json")]
    Export {
        #[command(flatten)]
        agent: AgentArgument,
        /// File to write; standard output without.
        #[arg(short, long)]
        output: Option<PathBuf>,
    },
    /// Delete an agent with its schedule and secrets. Its runs and files stay.
    #[command(after_help = "Example:\n  berth agents delete \"Weekly brief\" --yes")]
    Delete {
        #[command(flatten)]
        agent: AgentArgument,
        /// Do not ask.
        #[arg(short, long)]
        yes: bool,
    },
}

/// One agent.
#[derive(Debug, Args)]
pub(crate) struct AgentArgument {
    /// The agent's id, or its name where only one has it.
    pub(crate) agent: String,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

#[derive(Debug, Args)]
pub(crate) struct ApplyOptions {
    /// The file; `-` reads standard input.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Change this agent (id or name), whatever name the file has: the way to rename one.
    #[arg(long)]
    pub(crate) agent: Option<String>,
    /// Say what would change, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

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

#[derive(Debug, Subcommand)]
pub(crate) enum ScheduleCommand {
    /// Say when a schedule would fire and what it would cost. Saves nothing.
    #[command(
        after_help = "Examples:\n  berth schedule preview --frequency weekly --weekdays mon --time 08:00 --time-zone Asia/Seoul\n  berth schedule preview --cron \"0 8 * * 1-5\"\n  berth schedule preview --agent \"Weekly brief\" --count 10"
    )]
    Preview(Box<PreviewOptions>),
}

#[derive(Debug, Args)]
pub(crate) struct PreviewOptions {
    /// The agent it is for (id or name): the cost is estimated from its runs, and its own schedule is shown when no other is given.
    #[arg(long)]
    pub(crate) agent: Option<String>,
    /// hourly, daily, weekly, monthly or cron.
    #[arg(long)]
    pub(crate) frequency: Option<String>,
    /// Local time of day, HH:MM.
    #[arg(long)]
    pub(crate) time: Option<String>,
    /// For weekly: mon, tue, wed, thu, fri, sat, sun.
    #[arg(long, value_delimiter = ',')]
    pub(crate) weekdays: Vec<String>,
    /// For monthly: 1 to 31.
    #[arg(long)]
    pub(crate) day_of_month: Option<u32>,
    /// Five fields, such as "0 8 * * 1".
    #[arg(long)]
    pub(crate) cron: Option<String>,
    /// IANA time zone; this machine's without.
    #[arg(long)]
    pub(crate) time_zone: Option<String>,
    /// How many times to show, 1 to 50.
    #[arg(long, default_value_t = 5)]
    pub(crate) count: u32,
    /// Times after this one (RFC 3339); now without.
    #[arg(long)]
    pub(crate) from: Option<Timestamp>,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

#[derive(Debug, Args)]
pub(crate) struct UsageOptions {
    /// First day, or a time (RFC 3339); 30 days before the end without.
    #[arg(long)]
    pub(crate) from: Option<String>,
    /// Last day, or a time (RFC 3339) that is not included; now without.
    #[arg(long)]
    pub(crate) to: Option<String>,
    /// What a row stands for.
    #[arg(long, value_enum, default_value_t = Grouping::Day)]
    pub(crate) by: Grouping,
    #[command(flatten)]
    pub(crate) connection: Connection,
}

/// What a row of usage stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Grouping {
    Day,
    Agent,
    Model,
}

impl Grouping {
    /// The API's word.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Agent => "agent",
            Self::Model => "model",
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsOptions {
    /// Which shell.
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}
