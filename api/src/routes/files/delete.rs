//! `DELETE /api/files/{path}`

use axum::extract::State;
use http::StatusCode;

use super::path::WorkspacePath;
use crate::app::Shared;
use crate::problem::Result;
use crate::session::Session;

/// Deletes a file, or a folder with all that is in it.
#[utoipa::path(
    delete,
    path = "/api/files/{*path}",
    operation_id = "deleteFile",
    tag = "files",
    params(("path" = String, Path, description = "The file or folder, relative to the workspace's root")),
    responses((status = 204, description = "Deleted"))
)]
#[tracing::instrument(name = "api.files.delete", skip_all, fields(user.id))]
pub(super) async fn delete_file(
    State(app): State<Shared>,
    session: Session,
    path: WorkspacePath,
) -> Result<StatusCode> {
    let workspaces = &app.deps.workspaces;
    workspaces.remove(session.user_id, path.as_str()).await?;
    Ok(StatusCode::NO_CONTENT)
}
