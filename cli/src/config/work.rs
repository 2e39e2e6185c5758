//! Flags of whatever works on runs: `berth up`, and the roles of a runner's machine.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};
use jiff::SignedDuration;

/// Where everything is kept.
#[derive(Debug, Args)]
pub(crate) struct DataOptions {
    /// Folder that holds everything: database, keys, sockets.
    #[arg(long, env = "BERTH_DATA", default_value_os_t = default_data())]
    pub(crate) data: PathBuf,
}

/// Containers.
#[derive(Debug, Args)]
pub(crate) struct EngineOptions {
    /// Container engine: `docker`, or `process` for plain processes without any isolation (for tests only).
    #[arg(long, env = "BERTH_ENGINE", value_enum, default_value_t = EngineKind::Docker)]
    pub(crate) engine: EngineKind,
    /// Docker's address; the usual socket without.
    #[arg(long, env = "BERTH_DOCKER_HOST")]
    pub(crate) docker_host: Option<String>,
    /// Workspace image.
    #[arg(long, env = "BERTH_IMAGE", default_value = "berth-workspace:latest")]
    pub(crate) image: String,
    /// What the names of containers and volumes begin with: each of several runners on one engine needs another.
    #[arg(
        long,
        env = "BERTH_CONTAINER_PREFIX",
        hide = true,
        default_value = "workspace"
    )]
    pub(crate) container_prefix: String,
    /// OCI runtime for workspaces, for example `runsc`; the engine's own without.
    #[arg(long, env = "BERTH_RUNTIME")]
    pub(crate) runtime: Option<String>,
    /// Memory of a workspace, in MiB.
    #[arg(long, env = "BERTH_WORKSPACE_MEMORY_MIB", default_value_t = 1024)]
    pub(crate) workspace_memory_mib: u32,
    /// Processors of a workspace.
    #[arg(long, env = "BERTH_WORKSPACE_CPUS", default_value_t = 1.0)]
    pub(crate) workspace_cpus: f64,
    /// With `--engine process`: the supervisor's program.
    #[arg(long, env = "BERTH_SUPERVISOR", hide = true)]
    pub(crate) supervisor: Option<PathBuf>,
    /// Program to run in place of Claude Code, with leading arguments; for tests.
    #[arg(
        long,
        env = "BERTH_CLAUDE",
        hide = true,
        value_delimiter = ' ',
        default_value = "claude"
    )]
    pub(crate) claude: Vec<String>,
    /// Variables added to Claude Code's environment, `NAME=VALUE`; for tests.
    #[arg(long, env = "BERTH_CLAUDE_ENV", hide = true, value_delimiter = ',')]
    pub(crate) claude_env: Vec<Variable>,
}

/// What runs workspaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EngineKind {
    Docker,
    Process,
}

/// Limits and times.
#[derive(Debug, Args)]
pub(crate) struct LimitOptions {
    /// Runs of all users at the same time on this machine.
    #[arg(long, env = "BERTH_CAPACITY", default_value_t = 64)]
    pub(crate) capacity: usize,
    /// How long a run may take, for example `30m`.
    #[arg(long, env = "BERTH_RUN_LIMIT", default_value = "30m")]
    pub(crate) run_limit: SignedDuration,
    /// How long work goes on while the store does not answer; what it says and costs is kept meanwhile, and stored afterwards.
    #[arg(long, env = "BERTH_STORE_PATIENCE", default_value = "5m")]
    pub(crate) store_patience: SignedDuration,
    /// How long an idle Claude Code process is kept.
    #[arg(long, env = "BERTH_PROCESS_IDLE", default_value = "10m")]
    pub(crate) process_idle: SignedDuration,
    /// How long an idle workspace is kept running.
    #[arg(long, env = "BERTH_WORKSPACE_IDLE", default_value = "30m")]
    pub(crate) workspace_idle: SignedDuration,
    /// From how much memory on a user is warned, in MiB.
    #[arg(long, env = "BERTH_MEMORY_WARNING_MIB", default_value_t = 800)]
    pub(crate) memory_warning_mib: u32,
    /// How often the store is looked through for runs whose hint was lost.
    #[arg(long, env = "BERTH_SWEEP_EVERY", default_value = "5s")]
    pub(crate) sweep_every: SignedDuration,
    /// What one run may spend, in US dollars; unlimited without.
    #[arg(long, env = "BERTH_RUN_BUDGET_USD")]
    pub(crate) run_budget_usd: Option<f64>,
    /// Hosts a workspace may reach, beside package registries: `example.com` or `*.example.com`.
    #[arg(long, env = "BERTH_ALLOW_HOSTS", value_delimiter = ',')]
    pub(crate) allow_hosts: Vec<String>,
}

/// `NAME=VALUE`.
#[derive(Debug, Clone)]
pub(crate) struct Variable(pub(crate) String, pub(crate) String);

impl FromStr for Variable {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, value) = text.split_once('=').ok_or("a variable is NAME=VALUE")?;
        Ok(Self(name.to_owned(), value.to_owned()))
    }
}

impl EngineOptions {
    /// The variables as a map.
    pub(crate) fn environment(&self) -> BTreeMap<String, String> {
        self.claude_env
            .iter()
            .map(|Variable(name, value)| (name.clone(), value.clone()))
            .collect()
    }
}

fn default_data() -> PathBuf {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the place that reads the environment"
    )]
    let var = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    var("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| var("HOME").map(|home| PathBuf::from(home).join(".local/share")))
        .unwrap_or_else(|| PathBuf::from("."))
        .join("berth")
}
