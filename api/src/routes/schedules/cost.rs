//! What an agent's runs have cost.

use berth_domain::ids::AgentId;
use berth_domain::schedule::{ExpectedCost, expected_cost};
use berth_domain::usage::MicroUsd;
use jiff::SignedDuration;

use crate::app::App;
use crate::problem::Result;
use crate::schema::usd;
use crate::session::Session;

/// Runs older than this say little about the next one.
const PAST: SignedDuration = SignedDuration::from_hours(90 * 24);

/// What the ended runs of an agent have cost, of the last ninety days.
async fn past_costs(app: &App, session: &Session, agent: AgentId) -> Result<Vec<MicroUsd>> {
    let since = app.deps.clock.now() - PAST;
    let runs = &app.deps.runs;
    let activity = runs
        .agent_activity(session.user_id, &[agent], since)
        .await?;
    let marks = activity.into_iter().flat_map(|activity| activity.marks);
    let ended = marks.filter(|mark| mark.state.is_final());
    Ok(ended.map(|mark| mark.cost).collect())
}

/// The expected cost of a schedule that fires so often in a month; `None` before the agent's first run has ended.
pub(super) async fn month_cost(
    app: &App,
    session: &Session,
    agent: AgentId,
    fires_per_month: u32,
) -> Result<Option<ExpectedCost>> {
    let costs = past_costs(app, session, agent).await?;
    Ok(expected_cost(&costs, fires_per_month))
}

/// The median and the 95th percentile of a run's cost, in US dollars.
pub(in crate::routes) async fn run_cost(
    app: &App,
    session: &Session,
    agent: AgentId,
) -> Result<Option<(f64, f64)>> {
    let cost = month_cost(app, session, agent, 1).await?;
    Ok(cost.map(|cost| (usd(cost.run_p50), usd(cost.run_p95))))
}
