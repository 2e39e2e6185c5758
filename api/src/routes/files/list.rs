//! `GET /api/files`

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::path::WorkspacePath;
use super::zip::zip_folder;
use crate::app::Shared;
use crate::extract::Query;
use crate::problem::Result;
use crate::schema::{FileBytes, FileList};
use crate::session::Session;

/// Which folder is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// The folder, relative to the workspace's root; without one, the root itself.
    #[param(max_length = 4095)]
    path: Option<String>,
    /// When given, with any value: a zip of the folder instead of its list. `name`, as often as wanted, chooses of what is in it.
    zip: Option<String>,
}

/// A folder's content. Starts the workspace where it is not running.
#[utoipa::path(
    get,
    path = "/api/files",
    operation_id = "listFiles",
    tag = "files",
    params(ListQuery),
    responses(
        (
            status = 200,
            content((FileList = "application/json"), (inline(FileBytes) = "application/zip")),
            description = "The content, or a zip of it"
        ),
        (status = 404, description = "No such folder: `file.not_found`"),
        (status = 409, description = "It is a file: `file.kind`")
    )
)]
#[tracing::instrument(name = "api.files.list", skip_all, fields(user.id))]
pub(super) async fn list_files(
    State(app): State<Shared>,
    session: Session,
    Query(query): Query<ListQuery>,
    RawQuery(raw): RawQuery,
) -> Result<Response> {
    let path = WorkspacePath::parse(&query.path.unwrap_or_default())?;
    if query.zip.is_some() {
        return zip_folder(&app, &session, &path, raw.as_deref()).await;
    }
    let workspaces = &app.deps.workspaces;
    let listing = workspaces.list(session.user_id, path.as_str()).await?;
    Ok(Json(FileList::new(path.into_string(), listing)).into_response())
}
