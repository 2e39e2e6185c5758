//! `PUT /api/agents/{id}/schedule`

use axum::extract::State;
use berth_domain::scheduling;
use uuid::Uuid;

use crate::app::Shared;
use crate::extract::{Json, Path};
use crate::problem::{Code, Problem, Result};
use crate::routes::agents::{owned, refused};
use crate::schema::{ScheduleFields, ScheduleView};
use crate::session::Session;

/// Gives an agent a schedule, or another one. What was due by the one before stays; the new one begins now.
#[utoipa::path(
    put,
    path = "/api/agents/{id}/schedule",
    operation_id = "putSchedule",
    tag = "agents",
    params(("id" = Uuid, Path, description = "The agent")),
    responses(
        (status = 200, body = ScheduleView, description = "The schedule as it now stands"),
        (status = 409, description = "It changed several times at once: `schedule.busy`")
    )
)]
#[tracing::instrument(name = "api.agents.schedule.put", skip_all, fields(user.id, agent.id = %id))]
pub(super) async fn put_schedule(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
    Json(request): Json<ScheduleFields>,
) -> Result<axum::Json<ScheduleView>> {
    let agent = owned(&app, &session, id).await?;
    let spec = request
        .into_spec()
        .map_err(|errors| Problem::of_fields(Code::ScheduleInvalid, errors))?;
    let schedule = scheduling::put_schedule(app.scheduling(), session.user_id, agent.id, spec)
        .await
        .map_err(|error| refused(error, Code::ScheduleInvalid))?;
    Ok(axum::Json(ScheduleView::new(
        schedule,
        app.deps.clock.now(),
    )))
}
