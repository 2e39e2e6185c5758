//! What runs next.

use berth_domain::agent::AgentStatus;
use berth_domain::scheduling;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::App;
use crate::problem::Result;
use crate::routes::schedules::run_cost;
use crate::session::Session;

/// How many are named.
const NEXT: usize = 5;
/// Schedules that are looked at: those of inactive agents are passed over.
const LOOKED_AT: u32 = 20;

/// A run that is to come.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TodayNext)]
pub(super) struct NextView {
    /// Which agent.
    agent_id: Uuid,
    /// Its name.
    agent_name: String,
    /// When; never in the past.
    at: Timestamp,
    /// What it is expected to cost (the median of its runs); null before its first.
    expected_cost_usd: Option<f64>,
}

/// The next runs, soonest first.
pub(super) async fn next(app: &App, session: &Session, now: Timestamp) -> Result<Vec<NextView>> {
    let deps = &app.deps;
    let schedules = deps
        .schedules
        .next_schedules(session.user_id, LOOKED_AT)
        .await?;
    let mut coming = Vec::new();
    for schedule in schedules {
        let Some(at) = scheduling::next_run_at(&schedule, now) else {
            continue;
        };
        let agent = deps
            .agents
            .agent(session.user_id, schedule.agent_id)
            .await?;
        if let Some(agent) = agent.filter(|agent| agent.status == AgentStatus::Active) {
            coming.push((at, agent));
        }
    }
    coming.sort_by_key(|(at, agent)| (*at, agent.id));
    coming.truncate(NEXT);
    let mut next = Vec::new();
    for (at, agent) in coming {
        let cost = run_cost(app, session, agent.id).await?;
        next.push(NextView {
            agent_id: agent.id.0,
            agent_name: agent.spec.name,
            at,
            expected_cost_usd: cost.map(|(p50, _)| p50),
        });
    }
    Ok(next)
}
