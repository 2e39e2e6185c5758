//! `GET /api/agents`

use axum::Json;
use axum::extract::State;

use super::view::views;
use crate::app::Shared;
use crate::extract::Query;
use crate::problem::Result;
use crate::schema::{AgentView, Items, PageQuery};
use crate::session::Session;

/// The user's agents, newest first.
#[utoipa::path(
    get,
    path = "/api/agents",
    operation_id = "listAgents",
    tag = "agents",
    params(PageQuery),
    responses((status = 200, body = Items<AgentView>, description = "A page"))
)]
#[tracing::instrument(name = "api.agents.list", skip_all, fields(user.id))]
pub(super) async fn list_agents(
    State(app): State<Shared>,
    session: Session,
    Query(page): Query<PageQuery>,
) -> Result<Json<Items<AgentView>>> {
    let agents = &app.deps.agents;
    let page = agents
        .list_agents(session.user_id, &page.request()?)
        .await?;
    let items = views(&app, &session, page.items).await?;
    Ok(Json(Items::new(items, page.next)))
}
