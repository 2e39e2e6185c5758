//! `POST /api/files/{path}?mkdir` and `?rename_to=`

use axum::extract::State;
use http::{StatusCode, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use utoipa::IntoParams;

use super::path::WorkspacePath;
use crate::app::Shared;
use crate::extract::Query;
use crate::problem::{Code, Result};
use crate::session::Session;

/// What need not be escaped in a path.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What is to be done; exactly one of them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ChangeQuery {
    /// Present, with any value: make a folder of this path, and those above it.
    mkdir: Option<String>,
    /// Rename or move the file or folder to this path, relative to the workspace's root; nothing is replaced.
    #[param(max_length = 4095)]
    rename_to: Option<String>,
}

/// Makes a folder, or renames.
#[utoipa::path(
    post,
    path = "/api/files/{*path}",
    operation_id = "changeFile",
    tag = "files",
    params(("path" = String, Path, description = "The file or folder, relative to the workspace's root"), ChangeQuery),
    responses(
        (status = 201, description = "Done", headers(("Location" = String, description = "Where it is now"))),
        (status = 409, description = "There is something of that name: `file.exists`")
    )
)]
#[tracing::instrument(name = "api.files.change", skip_all, fields(user.id))]
pub(super) async fn change_file(
    State(app): State<Shared>,
    session: Session,
    path: WorkspacePath,
    Query(query): Query<ChangeQuery>,
) -> Result<(StatusCode, [(header::HeaderName, String); 1])> {
    let workspaces = &app.deps.workspaces;
    let result = match (query.mkdir, query.rename_to) {
        (Some(_), None) => {
            workspaces.mkdir(session.user_id, path.as_str()).await?;
            path
        }
        (None, Some(to)) => {
            let to = WorkspacePath::parse_entry(&to)?;
            workspaces
                .rename(session.user_id, path.as_str(), to.as_str())
                .await?;
            to
        }
        _ => return Err(Code::FileAction.into()),
    };
    let location = format!("/api/files/{}", utf8_percent_encode(result.as_str(), PATH));
    Ok((StatusCode::CREATED, [(header::LOCATION, location)]))
}
