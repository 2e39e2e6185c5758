//! `GET /api/agents/{id}/schedule`

use axum::Json;
use axum::extract::State;
use uuid::Uuid;

use crate::app::Shared;
use crate::extract::Path;
use crate::problem::{Code, Problem, Result};
use crate::routes::agents::owned;
use crate::schema::ScheduleView;
use crate::session::Session;

/// An agent's schedule.
#[utoipa::path(
    get,
    path = "/api/agents/{id}/schedule",
    operation_id = "getSchedule",
    tag = "agents",
    params(("id" = Uuid, Path, description = "The agent")),
    responses((status = 200, body = ScheduleView, description = "The schedule"))
)]
#[tracing::instrument(name = "api.agents.schedule.get", skip_all, fields(user.id, agent.id = %id))]
pub(super) async fn get_schedule(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
) -> Result<Json<ScheduleView>> {
    let agent = owned(&app, &session, id).await?;
    let found = app
        .deps
        .schedules
        .schedule(session.user_id, agent.id)
        .await?;
    let schedule = found.ok_or(Problem::from(Code::ScheduleNotFound))?;
    Ok(Json(ScheduleView::new(schedule, app.deps.clock.now())))
}
