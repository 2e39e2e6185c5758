//! `GET /api/agents/{id}/slots`

use axum::Json;
use axum::extract::State;
use uuid::Uuid;

use super::owned;
use crate::app::Shared;
use crate::extract::{Path, Query};
use crate::problem::Result;
use crate::schema::{Items, PageQuery, SlotView};
use crate::session::Session;

/// The times of an agent's schedule up to now and what became of each, newest first.
#[utoipa::path(
    get,
    path = "/api/agents/{id}/slots",
    operation_id = "listSlots",
    tag = "agents",
    params(("id" = Uuid, Path, description = "The agent"), PageQuery),
    responses((status = 200, body = Items<SlotView>, description = "A page"))
)]
#[tracing::instrument(name = "api.agents.slots", skip_all, fields(user.id, agent.id = %id))]
pub(super) async fn list_slots(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Items<SlotView>>> {
    let agent = owned(&app, &session, id).await?;
    let page = app
        .deps
        .schedules
        .list_slots(session.user_id, agent.id, &page.request()?)
        .await?;
    Ok(Json(Items::of(page)))
}
