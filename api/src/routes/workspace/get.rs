//! `GET /api/workspace`

use axum::Json;
use axum::extract::State;

use crate::app::Shared;
use crate::schema::WorkspaceView;
use crate::session::Session;

/// State and figures of the workspace; starts nothing.
#[utoipa::path(
    get,
    path = "/api/workspace",
    operation_id = "getWorkspace",
    tag = "workspace",
    responses((status = 200, body = WorkspaceView, description = "As of now"))
)]
#[tracing::instrument(name = "api.workspace.get", skip_all, fields(user.id))]
pub(super) async fn get_workspace(
    State(app): State<Shared>,
    session: Session,
) -> Json<WorkspaceView> {
    Json(super::view(&app, &session).await)
}
