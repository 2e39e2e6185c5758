//! `GET /api/agents/{id}`

use axum::Json;
use axum::extract::State;
use uuid::Uuid;

use super::owned;
use super::view::view;
use crate::app::Shared;
use crate::extract::Path;
use crate::problem::Result;
use crate::schema::AgentView;
use crate::session::Session;

/// One agent.
#[utoipa::path(
    get,
    path = "/api/agents/{id}",
    operation_id = "getAgent",
    tag = "agents",
    params(("id" = Uuid, Path, description = "The agent")),
    responses((status = 200, body = AgentView, description = "The agent"))
)]
#[tracing::instrument(name = "api.agents.get", skip_all, fields(user.id, agent.id = %id))]
pub(super) async fn get_agent(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
) -> Result<Json<AgentView>> {
    let agent = owned(&app, &session, id).await?;
    Ok(Json(view(&app, &session, agent).await?))
}
