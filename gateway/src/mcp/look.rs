//! Looking at the user's own agents and their runs.

use berth_domain::ids::{AgentId, RunId};
use berth_domain::page::PageRequest;
use berth_domain::ports::runs::RunFilter;
use berth_domain::run::{Run, cut};
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::{Desk, Failed};

/// Rows of a list at most.
const MAX_ROWS: u32 = 20;
/// Of a result in a list, in bytes.
const HEADLINE: usize = 200;
/// Of a result that is read, in bytes: what a model can take in at once.
const WHOLE: usize = 64 * 1024;

/// The user's agents, newest first.
pub(super) async fn agents(desk: Desk<'_>) -> Result<Value, Failed> {
    let user = desk.grant.user_id;
    let page = PageRequest {
        cursor: None,
        limit: Some(100),
    };
    let agents = desk.ports.agents.list_agents(user, &page).await?.items;
    let ids: Vec<AgentId> = agents.iter().map(|agent| agent.id).collect();
    let schedules = desk.ports.schedules.schedules_of(user, &ids).await?;
    let rows: Vec<Value> = agents
        .iter()
        .map(|agent| {
            let schedule = schedules.iter().find(|known| known.agent_id == agent.id);
            json!({
                "agent_id": agent.id,
                "name": agent.spec.name,
                "status": agent.status,
                "schedule": schedule.map(|schedule| &schedule.spec),
                "next_run_at": schedule.and_then(|schedule| schedule.next_due_at),
            })
        })
        .collect();
    Ok(json!({"agents": rows}))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Runs {
    #[serde(default)]
    agent_id: Option<String>,
    #[serde(default)]
    limit: Option<u32>,
}

/// Runs of the user's agents, newest first.
pub(super) async fn runs(desk: Desk<'_>, arguments: Runs) -> Result<Value, Failed> {
    let agent_id = arguments.agent_id.as_deref().map(agent_id).transpose()?;
    let filter = RunFilter {
        agent_id,
        of_agents: Some(true),
        ..RunFilter::default()
    };
    let page = PageRequest {
        cursor: None,
        limit: Some(arguments.limit.unwrap_or(10).clamp(1, MAX_ROWS)),
    };
    let runs = &desk.ports.runs;
    let found = runs.list_runs(desk.grant.user_id, &filter, &page).await?;
    let row = |run: &Run| {
        let first = run
            .result
            .as_deref()
            .map(str::trim_start)
            .unwrap_or_default();
        let headline = first.lines().next().unwrap_or_default();
        shown(run, "headline", &cut(headline.to_owned(), HEADLINE))
    };
    Ok(json!({"runs": found.items.iter().map(row).collect::<Vec<_>>()}))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct One {
    run_id: String,
}

/// One run with its result. A chat is nobody's run to read: it may hold what was never meant for an agent.
pub(super) async fn run(desk: Desk<'_>, arguments: One) -> Result<Value, Failed> {
    let unknown = || Failed::told("There is no such run. Call list_runs to see which there are.");
    let id: RunId = arguments.run_id.parse().map_err(|_| unknown())?;
    let run = desk.ports.runs.run(desk.grant.user_id, id).await?;
    let run = run
        .filter(|run| run.agent_name.is_some())
        .ok_or_else(unknown)?;
    let result = cut(run.result.clone().unwrap_or_default(), WHOLE);
    Ok(shown(&run, "result", &result))
}

/// An agent's id as the model writes it.
pub(super) fn agent_id(text: &str) -> Result<AgentId, Failed> {
    text.parse().map_err(|_| no_such_agent())
}

pub(super) fn no_such_agent() -> Failed {
    Failed::told("There is no such agent. Call list_agents to see which there are.")
}

fn shown(run: &Run, field: &str, text: &str) -> Value {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a cost beyond 2^53 millionths of a dollar is nobody's"
    )]
    let cost_usd = run.usage.cost_micro_usd.0 as f64 / 1e6;
    json!({
        "run_id": run.id,
        "agent_id": run.agent_id,
        "agent_name": run.agent_name,
        "state": run.state,
        "reason": run.reason,
        "proved": run.proved,
        "trigger": run.trigger,
        "queued_at": run.queued_at,
        "finished_at": run.finished_at,
        "cost_usd": cost_usd,
        field: text,
    })
}
