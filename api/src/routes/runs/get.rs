//! `GET /api/runs/{id}`

use axum::Json;
use axum::extract::State;
use berth_domain::event::Event;
use uuid::Uuid;

use super::owned;
use crate::app::Shared;
use crate::extract::Path;
use crate::problem::Result;
use crate::schema::RunView;
use crate::session::Session;

/// The verdict on a definition of done is among the very last events of a run.
const MARKS: u32 = 20;

/// One run.
#[utoipa::path(
    get,
    path = "/api/runs/{id}",
    operation_id = "getRun",
    tag = "runs",
    params(("id" = Uuid, Path, description = "The run")),
    responses((status = 200, body = RunView, description = "The run"))
)]
#[tracing::instrument(name = "api.runs.get", skip_all, fields(user.id, run.id = %id))]
pub(super) async fn get_run(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
) -> Result<Json<RunView>> {
    let run = owned(&app, &session, id).await?;
    let marks = app.deps.events.run_marks(run.id, MARKS).await?;
    let checks = marks.into_iter().rev().find_map(|mark| match mark.event {
        Event::Checked { checks } => Some(checks),
        _ => None,
    });
    let mut view = RunView::from(run);
    view.checks = checks.map(|checks| checks.into_iter().map(Into::into).collect());
    Ok(Json(view))
}
