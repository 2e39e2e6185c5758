//! What agents have done lately, for the list of agents.

use berth_domain::ids::{AgentId, UserId};
use berth_domain::ports::runs::{AgentActivity, RunMark};
use jiff::Timestamp;

use super::row::{LISTED, RunRecord};
use crate::convert::micros;
use crate::db::query::{Query, flag, text};
use crate::db::{Db, Done};

/// Most marks of one agent.
const MARKS: u32 = 200;

pub(super) async fn of(
    db: &Db,
    user: UserId,
    agent: AgentId,
    since: Timestamp,
) -> Done<AgentActivity> {
    let newest = || {
        Query::of::<RunRecord>()
            .equal("user_id", text(user.to_string()))
            .equal("agent_id", text(agent.to_string()))
            .equal("of_agent", flag(true))
            .down("rank")
            .fields(LISTED)
    };
    let recent: Vec<RunRecord> = newest()
        .at_least("rank", micros(since))
        .limit(MARKS)
        .records(db)
        .await?;
    // The newest of all is among the recent ones, unless there are none.
    let last = match recent.first() {
        Some(run) => Some(run.clone()),
        None => newest().limit(1).records(db).await?.pop(),
    };
    let marks = recent.into_iter().filter(|run| run.queued_at >= since);
    Ok(AgentActivity {
        agent_id: agent,
        last: last.map(RunRecord::into_domain),
        marks: marks
            .map(|run| RunMark {
                id: run.id,
                queued_at: run.queued_at,
                state: run.state,
                reason: run.reason,
                proved: run.proved,
                cost: run.usage.cost_micro_usd,
            })
            .collect(),
    })
}
