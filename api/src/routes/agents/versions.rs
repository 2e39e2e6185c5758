//! `GET /api/agents/{id}/versions`

use axum::Json;
use axum::extract::State;
use uuid::Uuid;

use super::owned;
use crate::app::Shared;
use crate::extract::{Path, Query};
use crate::problem::Result;
use crate::schema::{AgentVersionView, Items, PageQuery};
use crate::session::Session;

/// An agent's versions, newest first.
#[utoipa::path(
    get,
    path = "/api/agents/{id}/versions",
    operation_id = "listAgentVersions",
    tag = "agents",
    params(("id" = Uuid, Path, description = "The agent"), PageQuery),
    responses((status = 200, body = Items<AgentVersionView>, description = "A page"))
)]
#[tracing::instrument(name = "api.agents.versions", skip_all, fields(user.id, agent.id = %id))]
pub(super) async fn list_agent_versions(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Items<AgentVersionView>>> {
    let agent = owned(&app, &session, id).await?;
    let page = app
        .deps
        .agents
        .list_versions(session.user_id, agent.id, &page.request()?)
        .await?;
    Ok(Json(Items::of(page)))
}
