//! `POST /api/agents/{id}/rollback`

use axum::extract::State;
use berth_domain::agent::VersionNote;
use berth_domain::ports::agents::AgentChange;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::owned;
use super::update::store;
use super::view::view;
use crate::app::Shared;
use crate::extract::{Json, Path};
use crate::problem::{Code, Problem, Result};
use crate::schema::AgentView;
use crate::session::Session;

/// Where to go back to.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct RollbackRequest {
    /// An earlier version.
    version: u32,
}

/// Goes back to an earlier version: its content becomes a new version, so that nothing is lost.
#[utoipa::path(
    post,
    path = "/api/agents/{id}/rollback",
    operation_id = "rollBackAgent",
    tag = "agents",
    params(("id" = Uuid, Path, description = "The agent")),
    responses(
        (status = 200, body = AgentView, description = "The agent as it now stands"),
        (status = 409, description = "Somebody changed it in between: `agent.changed`")
    )
)]
#[tracing::instrument(name = "api.agents.rollback", skip_all, fields(user.id, agent.id = %id))]
pub(super) async fn roll_back_agent(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
    Json(request): Json<RollbackRequest>,
) -> Result<axum::Json<AgentView>> {
    let agent = owned(&app, &session, id).await?;
    let agents = &app.deps.agents;
    let earlier = agents
        .agent_version(session.user_id, agent.id, request.version)
        .await?
        .ok_or(Problem::from(Code::AgentVersion))?;
    let change = AgentChange {
        spec: earlier.spec,
        expected_version: Some(agent.version),
        note: VersionNote::RolledBack {
            to: earlier.version,
        },
        now: app.deps.clock.now(),
    };
    let agent = store(&app, &session, id, &change).await?;
    Ok(axum::Json(view(&app, &session, agent).await?))
}
