//! `GET /api/runs/{id}/zip`

use axum::extract::State;
use axum::response::Response;
use berth_domain::agent::Agent;
use uuid::Uuid;

use super::{made_files, owned};
use crate::app::Shared;
use crate::download;
use crate::extract::Path;
use crate::problem::Result;
use crate::schema::FileBytes;
use crate::session::Session;
use crate::zip::{self, Entry};

/// All files that a run made or changed, as they are now, in one zip. Those deleted since are left out.
#[utoipa::path(
    get,
    path = "/api/runs/{id}/zip",
    operation_id = "zipRun",
    tag = "runs",
    params(("id" = Uuid, Path, description = "The run")),
    responses(
        (status = 200, content_type = "application/zip", body = inline(FileBytes), description = "The zip, streamed"),
        (status = 409, description = "Too much for one zip, or names that are not safe to unpack: `file.zip_too_large`, `file.zip_name`")
    )
)]
#[tracing::instrument(name = "api.runs.zip", skip_all, fields(user.id, run.id = %id))]
pub(super) async fn zip_run(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
) -> Result<Response> {
    let run = owned(&app, &session, id).await?;
    let folder = run.agent_id.map(|agent| Agent::folder(agent) + "/");
    let mut entries = Vec::new();
    for file in made_files(&app, run.id).await? {
        let name = folder
            .as_deref()
            .and_then(|folder| file.path.strip_prefix(folder));
        entries.push(Entry {
            name: name.unwrap_or(&file.path).to_owned(),
            size: file.size,
            modified_at: run.finished_at.unwrap_or(run.queued_at),
            path: file.path,
        });
    }
    let body = zip::stream(&app, session.user_id, entries).await?;
    download::zip(&format!("run-{}.zip", run.id), body)
}
