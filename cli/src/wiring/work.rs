//! What a runner is told, which is the same wherever its store is.

use anyhow::Context as _;
use berth_domain::budget::BudgetLimits;
use berth_domain::egress::EgressPolicy;
use berth_domain::lease::RunnerId;
use berth_domain::quota::Quota;
use berth_domain::usage::MicroUsd;
use berth_runner::{ClaudeConfig, RunnerConfig};

use crate::config::work::{EngineOptions, LimitOptions};

/// `model`: what Claude Code is to ask for. `concurrent_runs`: of one user.
pub(crate) fn config(
    id: RunnerId,
    limits: &LimitOptions,
    engine: &EngineOptions,
    model: Option<String>,
    concurrent_runs: u32,
) -> anyhow::Result<RunnerConfig> {
    let allowed = limits
        .allow_hosts
        .iter()
        .map(|host| host.trim())
        // An empty variable is how scripts say "none".
        .filter(|host| !host.is_empty())
        .map(str::parse)
        .collect::<Result<Vec<_>, _>>()
        .context("--allow-hosts takes hosts such as example.com or *.example.com")?;
    Ok(RunnerConfig {
        id,
        capacity: limits.capacity,
        quota: Quota { concurrent_runs },
        sweep_every: limits.sweep_every,
        run_limit: limits.run_limit,
        doubt: limits.store_patience,
        process_idle: limits.process_idle,
        workspace_idle: limits.workspace_idle,
        memory_warning: u64::from(limits.memory_warning_mib) * 1024 * 1024,
        claude: ClaudeConfig {
            program: engine.claude.clone(),
            model,
            env: engine.environment(),
            ..ClaudeConfig::default()
        },
        limits: BudgetLimits {
            run: limits.run_budget_usd.map(micro_usd),
            ..BudgetLimits::default()
        },
        egress: EgressPolicy::Hosts(allowed),
    })
}

/// US dollars as a flag has them; a negative amount is none.
fn micro_usd(dollars: f64) -> MicroUsd {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float's cast saturates, and a budget beyond 2^64 millionths is no budget"
    )]
    MicroUsd((dollars.max(0.0) * 1e6) as u64)
}
