//! Flags of the commands that talk to a running server. Every one of them shows an example in its help.

mod agents;
mod runs;

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use clap_complete::Shell;
use jiff::Timestamp;

pub(crate) use agents::{AgentArgument, AgentsCommand, ApplyOptions};
pub(crate) use runs::{RunArgument, RunKind, RunOptions, RunsCommand, RunsListOptions};

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
