//! `GET /api/runs/{id}/files`

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use berth_domain::event::Event;
use berth_domain::ids::RunId;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::owned;
use crate::app::{App, Shared};
use crate::extract::Path;
use crate::problem::Result;
use crate::schema::Items;
use crate::session::Session;

/// Marks of a run that are looked at.
const MARKS: u32 = 2_000;

/// A file that a run made or changed.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = RunFile)]
pub(in crate::routes) struct RunFileView {
    /// Path below the workspace's root.
    pub(in crate::routes) path: String,
    /// Bytes when the run last wrote it.
    pub(in crate::routes) size: u64,
    /// Guessed from the name.
    pub(in crate::routes) media_type: String,
}

/// Files that a run made or changed, each once, by path. Some may have been changed or deleted since.
#[utoipa::path(
    get,
    path = "/api/runs/{id}/files",
    operation_id = "listRunFiles",
    tag = "runs",
    params(("id" = Uuid, Path, description = "The run")),
    responses((status = 200, body = Items<RunFileView>, description = "All of them"))
)]
#[tracing::instrument(name = "api.runs.files", skip_all, fields(user.id, run.id = %id))]
pub(super) async fn list_run_files(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
) -> Result<Json<Items<RunFileView>>> {
    let run = owned(&app, &session, id).await?;
    Ok(Json(Items::all(made_files(&app, run.id).await?)))
}

/// What a run made or changed.
pub(in crate::routes) async fn made_files(app: &App, run: RunId) -> Result<Vec<RunFileView>> {
    let marks = app.deps.events.run_marks(run, MARKS).await?;
    let mut files = BTreeMap::new();
    for mark in marks {
        if let Event::File {
            path,
            size,
            media_type,
        } = mark.event
        {
            let file = RunFileView {
                path: path.clone(),
                size,
                media_type,
            };
            files.insert(path, file);
        }
    }
    Ok(files.into_values().collect())
}
