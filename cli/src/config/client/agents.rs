//! Flags of `berth agents`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Connection, Page};

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
    #[arg(long, conflicts_with = "json")]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) connection: Connection,
}
