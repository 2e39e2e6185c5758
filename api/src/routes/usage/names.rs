//! Names for rows that stand for agents.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use berth_domain::ids::AgentId;
use berth_domain::page::{MAX_LIMIT, PageRequest};
use berth_domain::ports::runs::RunFilter;
use uuid::Uuid;

use super::get::UsageRowView;
use crate::app::App;
use crate::problem::Result;
use crate::session::Session;

/// Names the agents of a summary.
pub(super) async fn name_agents(
    app: &App,
    session: &Session,
    rows: &mut [UsageRowView],
) -> Result<()> {
    if rows.iter().all(|row| row.agent_id.is_none()) {
        return Ok(());
    }
    let page = PageRequest {
        cursor: None,
        limit: Some(MAX_LIMIT),
    };
    let agents = app.deps.agents.list_agents(session.user_id, &page).await?;
    let mut names: HashMap<Uuid, Option<String>> = agents
        .items
        .into_iter()
        .map(|agent| (agent.id.0, Some(agent.spec.name)))
        .collect();
    for row in rows {
        let Some(id) = row.agent_id else { continue };
        // Of one that was deleted: asked once, however many days it worked on.
        let name = match names.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(last_name(app, session, AgentId(id)).await?),
        };
        row.agent_name.clone_from(name);
    }
    Ok(())
}

/// The name that a deleted agent had at its last run.
async fn last_name(app: &App, session: &Session, agent: AgentId) -> Result<Option<String>> {
    let filter = RunFilter {
        agent_id: Some(agent),
        of_agents: Some(true),
        ..RunFilter::default()
    };
    let page = PageRequest {
        cursor: None,
        limit: Some(1),
    };
    let runs = app
        .deps
        .runs
        .list_runs(session.user_id, &filter, &page)
        .await?;
    Ok(runs.items.into_iter().next().and_then(|run| run.agent_name))
}
