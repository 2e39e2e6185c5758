//! `POST /api/agents/{id}/schedule/pause`

use axum::Json;
use axum::extract::State;
use berth_domain::ids::AgentId;
use berth_domain::scheduling;
use uuid::Uuid;

use crate::app::Shared;
use crate::extract::Path;
use crate::problem::{Code, Result};
use crate::routes::agents::refused;
use crate::schema::ScheduleView;
use crate::session::Session;

/// Stops an agent's schedule from firing until it is resumed. Pausing again changes nothing.
#[utoipa::path(
    post,
    path = "/api/agents/{id}/schedule/pause",
    operation_id = "pauseSchedule",
    tag = "agents",
    params(("id" = Uuid, Path, description = "The agent")),
    responses(
        (status = 200, body = ScheduleView, description = "Paused"),
        (status = 409, description = "It changed several times at once: `schedule.busy`")
    )
)]
#[tracing::instrument(name = "api.agents.schedule.pause", skip_all, fields(user.id, agent.id = %id))]
pub(super) async fn pause_schedule(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
) -> Result<Json<ScheduleView>> {
    let ports = app.scheduling();
    let schedule = scheduling::set_paused(ports, session.user_id, AgentId(id), true)
        .await
        .map_err(|error| refused(error, Code::ScheduleInvalid))?;
    Ok(Json(ScheduleView::new(schedule, app.deps.clock.now())))
}
