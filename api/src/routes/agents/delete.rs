//! `DELETE /api/agents/{id}`

use axum::extract::State;
use berth_domain::notification::agent_scope;
use http::StatusCode;
use uuid::Uuid;

use super::owned;
use crate::app::Shared;
use crate::extract::Path;
use crate::problem::{Code, Result};
use crate::session::Session;

/// Removes an agent with its versions, schedule and secrets. Its runs, their cost and its folder's files stay.
#[utoipa::path(
    delete,
    path = "/api/agents/{id}",
    operation_id = "deleteAgent",
    tag = "agents",
    params(("id" = Uuid, Path, description = "The agent")),
    responses((status = 204, description = "Removed"))
)]
#[tracing::instrument(name = "api.agents.delete", skip_all, fields(user.id, agent.id = %id))]
pub(super) async fn delete_agent(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
) -> Result<StatusCode> {
    let agent = owned(&app, &session, id).await?;
    let deps = &app.deps;
    let schedule = deps.schedules.schedule(session.user_id, agent.id).await?;
    // Secrets first: should this break off, the agent is still there to be deleted again.
    let scope = agent_scope(agent.id);
    for name in deps.secrets.secret_names(&scope).await? {
        deps.secrets.delete_secret(&scope, &name).await?;
    }
    let now = deps.clock.now();
    let deleted = deps.agents.delete_agent(session.user_id, agent.id, now);
    if !deleted.await? {
        return Err(Code::AgentNotFound.into());
    }
    if let Some(schedule) = schedule {
        deps.alarm.changed(schedule.id).await;
    }
    Ok(StatusCode::NO_CONTENT)
}
