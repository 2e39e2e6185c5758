//! `POST /api/workspace/wake`

use axum::Json;
use axum::extract::State;

use crate::app::Shared;
use crate::problem::Result;
use crate::schema::WorkspaceView;
use crate::session::Session;

/// Starts the workspace where it is not running, and answers once it is.
#[utoipa::path(
    post,
    path = "/api/workspace/wake",
    operation_id = "wakeWorkspace",
    tag = "workspace",
    responses((status = 200, body = WorkspaceView, description = "It runs"))
)]
#[tracing::instrument(name = "api.workspace.wake", skip_all, fields(user.id))]
pub(super) async fn wake_workspace(
    State(app): State<Shared>,
    session: Session,
) -> Result<Json<WorkspaceView>> {
    app.deps.workspaces.wake(session.user_id).await?;
    Ok(Json(super::view(&app, &session).await))
}
