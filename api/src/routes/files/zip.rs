//! A folder as one zip.

use axum::response::Response;

use super::path::WorkspacePath;
use crate::app::App;
use crate::download;
use crate::problem::Result;
use crate::session::Session;
use crate::zip;

/// Streams the folder, or the one file, at `path`.
pub(super) async fn zip_folder(
    app: &App,
    session: &Session,
    path: &WorkspacePath,
) -> Result<Response> {
    let entries = zip::walk(app, session.user_id, path.as_str()).await?;
    let body = zip::stream(app, session.user_id, entries).await?;
    download::zip(&format!("{}.zip", path.name()), body)
}
