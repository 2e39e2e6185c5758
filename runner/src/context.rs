//! What every part of the runner is given.

use std::sync::Arc;

use berth_domain::budget::BudgetLimits;
use berth_domain::clock::Clock;
use berth_domain::egress::EgressPolicy;
use berth_domain::lease::RunnerId;
use berth_domain::ports::events::Events;
use berth_domain::ports::gateway::Gateway;
use berth_domain::ports::live::LiveText;
use berth_domain::ports::queue::Queue;
use berth_domain::ports::runs::Runs;
use berth_domain::ports::secrets::Secrets;
use berth_domain::ports::settings::Settings;
use berth_domain::ports::users::Users;
use berth_domain::quota::Quota;
use berth_domain::run_token::TokenKey;
use jiff::SignedDuration;

use crate::claude::command::ClaudeConfig;
use crate::done::Judge;
use crate::placement::Placing;
use crate::processes::Processes;
use crate::workspace::Workspaces;

/// Settings of a runner.
#[derive(Debug, Clone)]
pub struct RunnerConfig {
    /// Who this runner is.
    pub id: RunnerId,
    /// Runs at the same time.
    pub capacity: usize,
    /// How many runs of one user may be running.
    pub quota: Quota,
    /// How often the store is looked through for runs whose hint was lost.
    pub sweep_every: SignedDuration,
    /// How long a run may take.
    pub run_limit: SignedDuration,
    /// How long work goes on while the store cannot be asked whose it is; see [`DOUBT`](berth_domain::lease::DOUBT).
    pub doubt: SignedDuration,
    /// How long an idle Claude Code process is kept.
    pub process_idle: SignedDuration,
    /// How long an idle container is kept running.
    pub workspace_idle: SignedDuration,
    /// From how much memory on the user is warned, in bytes.
    pub memory_warning: u64,
    /// How Claude Code is started.
    pub claude: ClaudeConfig,
    /// What a run may spend.
    pub limits: BudgetLimits,
    /// What a run may reach.
    pub egress: EgressPolicy,
}

/// The ports and parts a runner works with.
#[derive(Debug, Clone)]
pub struct RunnerDeps {
    /// The runs.
    pub runs: Arc<dyn Runs>,
    /// Agents' secrets, for their processes.
    pub secrets: Arc<dyn Secrets>,
    /// Whose months have which budgets, and where those months begin.
    pub settings: Arc<dyn Settings>,
    /// See `settings`.
    pub users: Arc<dyn Users>,
    /// Their events, for what an earlier incarnation wrote.
    pub events: Arc<dyn Events>,
    /// Hints.
    pub queue: Arc<dyn Queue>,
    /// Live text.
    pub live: Arc<dyn LiveText>,
    /// Where tokens are granted.
    pub gateway: Arc<dyn Gateway>,
    /// Time and ids.
    pub clock: Arc<dyn Clock>,
    /// What tokens are derived from.
    pub token_key: TokenKey,
    /// The containers.
    pub workspaces: Arc<Workspaces>,
}

/// Everything a run's session needs.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) config: RunnerConfig,
    pub(crate) deps: RunnerDeps,
    pub(crate) processes: Processes,
    pub(crate) judge: Judge,
    /// Which workspaces live here; `None` where there is one runner, which has them all.
    pub(crate) placing: Option<Placing>,
}
