//! `POST /api/agents/import`

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Created;
use super::create::{new_work, save};
use super::export::{FORMAT, KIND};
use crate::app::Shared;
use crate::extract::Json;
use crate::problem::{Code, Result};
use crate::schema::{AgentFields, AgentView, ScheduleFields};
use crate::session::Session;

/// The file that an export answers.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = AgentFileRequest)]
pub(super) struct ImportRequest {
    /// Always `agent`.
    berth: String,
    /// Always 1.
    version: u32,
    /// What it does; `name` and `prompt` are needed.
    agent: AgentFields,
    /// When it runs by itself.
    schedule: Option<ScheduleFields>,
}

/// Saves the agent of a file, inactive: its new owner looks at it first.
#[utoipa::path(
    post,
    path = "/api/agents/import",
    operation_id = "importAgent",
    tag = "agents",
    responses(
        (
            status = 201,
            body = AgentView,
            description = "Saved",
            headers(("Location" = String, description = "Where it is"))
        ),
        (status = 409, description = "As many agents as allowed: `quota.agents`")
    )
)]
#[tracing::instrument(name = "api.agents.import", skip_all, fields(user.id))]
pub(super) async fn import_agent(
    State(app): State<Shared>,
    session: Session,
    Json(file): Json<ImportRequest>,
) -> Result<Created> {
    if file.berth != KIND || file.version != FORMAT {
        return Err(Code::AgentImport.into());
    }
    let id = app.deps.clock.uuid().into();
    let work = new_work(&app, &session, id, file.agent, file.schedule)?;
    save(&app, &session, work).await
}
