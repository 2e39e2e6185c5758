//! `GET /api/agents/{id}/export`

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::owned;
use crate::app::Shared;
use crate::download::attachment;
use crate::extract::Path;
use crate::problem::Result;
use crate::schema::{AgentSpecView, ScheduleSpecView};
use crate::session::Session;

/// The version of the file's shape that is written here.
pub(super) const FORMAT: u32 = 1;
/// What the file says it is.
pub(super) const KIND: &str = "agent";

/// An agent as one file. It has no secrets, no history and no ids.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AgentFile {
    /// Always `agent`.
    berth: &'static str,
    /// Version of this shape.
    version: u32,
    /// What it does.
    agent: AgentSpecView,
    /// When it runs by itself.
    schedule: Option<ScheduleSpecView>,
}

/// An agent as a file that another installation can import.
#[utoipa::path(
    get,
    path = "/api/agents/{id}/export",
    operation_id = "exportAgent",
    tag = "agents",
    params(("id" = Uuid, Path, description = "The agent")),
    responses((status = 200, body = AgentFile, description = "The file, as an attachment"))
)]
#[tracing::instrument(name = "api.agents.export", skip_all, fields(user.id, agent.id = %id))]
pub(super) async fn export_agent(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
) -> Result<Response> {
    let agent = owned(&app, &session, id).await?;
    let schedules = &app.deps.schedules;
    let schedule = schedules.schedule(session.user_id, agent.id).await?;
    let name = format!("{}.agent.json", agent.spec.name.replace(['/', '\\'], "_"));
    let file = AgentFile {
        berth: KIND,
        version: FORMAT,
        agent: agent.spec.into(),
        schedule: schedule.map(|schedule| schedule.spec.into()),
    };
    let headers = [(header::CONTENT_DISPOSITION, attachment(&name))];
    Ok((headers, axum::Json(file)).into_response())
}
