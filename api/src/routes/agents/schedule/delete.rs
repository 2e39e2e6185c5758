//! `DELETE /api/agents/{id}/schedule`

use axum::extract::State;
use berth_domain::ids::AgentId;
use berth_domain::scheduling;
use http::StatusCode;
use uuid::Uuid;

use crate::app::Shared;
use crate::extract::Path;
use crate::problem::{Code, Result};
use crate::routes::agents::refused;
use crate::session::Session;

/// Removes an agent's schedule; times that wait for their run are skipped. The ledger of its slots stays.
#[utoipa::path(
    delete,
    path = "/api/agents/{id}/schedule",
    operation_id = "deleteSchedule",
    tag = "agents",
    params(("id" = Uuid, Path, description = "The agent")),
    responses((status = 204, description = "Removed"))
)]
#[tracing::instrument(name = "api.agents.schedule.delete", skip_all, fields(user.id, agent.id = %id))]
pub(super) async fn delete_schedule(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
) -> Result<StatusCode> {
    scheduling::delete_schedule(app.scheduling(), session.user_id, AgentId(id))
        .await
        .map_err(|error| refused(error, Code::ScheduleInvalid))?;
    Ok(StatusCode::NO_CONTENT)
}
