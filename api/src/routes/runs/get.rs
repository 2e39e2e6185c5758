//! `GET /api/runs/{id}`

use axum::Json;
use axum::extract::State;
use uuid::Uuid;

use super::owned;
use crate::app::Shared;
use crate::extract::Path;
use crate::problem::Result;
use crate::schema::RunView;
use crate::session::Session;

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
    Ok(Json(owned(&app, &session, id).await?.into()))
}
