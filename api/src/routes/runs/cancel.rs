//! `POST /api/runs/{id}/cancel`

use axum::Json;
use axum::extract::State;
use berth_domain::dispatch;
use berth_domain::ids::RunId;
use berth_domain::ports::runs::CancelOutcome;
use http::StatusCode;
use uuid::Uuid;

use super::owned;
use crate::app::{Deps, Shared};
use crate::extract::Path;
use crate::problem::{Code, Result};
use crate::schema::RunView;
use crate::session::Session;

/// Asks for a run to stop. Asking again changes nothing.
#[utoipa::path(
    post,
    path = "/api/runs/{id}/cancel",
    operation_id = "cancelRun",
    tag = "runs",
    params(("id" = Uuid, Path, description = "The run")),
    responses(
        (status = 200, body = RunView, description = "It had not begun, or had ended before: it is over"),
        (status = 202, body = RunView, description = "Its runner is told; `finished` follows")
    )
)]
#[tracing::instrument(name = "api.runs.cancel", skip_all, fields(user.id, run.id = %id))]
pub(super) async fn cancel_run(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
) -> Result<(StatusCode, Json<RunView>)> {
    let Deps {
        runs, queue, clock, ..
    } = &app.deps;
    let outcome = dispatch::cancel(&**runs, &**queue, &**clock, session.user_id, RunId(id)).await?;
    let status = match outcome {
        CancelOutcome::Requested => StatusCode::ACCEPTED,
        CancelOutcome::Ended | CancelOutcome::AlreadyEnded => StatusCode::OK,
        CancelOutcome::Unknown => return Err(Code::RunNotFound.into()),
    };
    Ok((status, Json(owned(&app, &session, id).await?.into())))
}
