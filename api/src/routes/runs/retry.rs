//! `POST /api/runs/{id}/retry`

use axum::extract::State;
use berth_domain::dispatch::Request;
use berth_domain::ids::MessageId;
use berth_domain::run::Trigger;
use http::HeaderMap;
use uuid::Uuid;

use super::owned;
use crate::app::Shared;
use crate::extract::Path;
use crate::idempotency;
use crate::problem::{Code, Problem, Result};
use crate::routes::conversations::{AcceptedResponse, accepted};
use crate::schema::AcceptedView;
use crate::session::Session;

/// Does an ended run again: the same words in the same conversation, as a new run that names this one in `retry_of`.
#[utoipa::path(
    post,
    path = "/api/runs/{id}/retry",
    operation_id = "retryRun",
    tag = "runs",
    params(
        ("id" = Uuid, Path, description = "The run to repeat"),
        (
            "Idempotency-Key" = Option<String>,
            Header,
            description = "1 to 255 visible characters. The same key on the same run starts one run only, however often it is sent",
            min_length = 1,
            max_length = 255
        )
    ),
    responses(
        (
            status = 202,
            body = AcceptedView,
            description = "The new run is queued",
            headers(("Location" = String, description = "The new run"))
        ),
        (status = 409, description = "It has not ended: `run.unfinished`"),
        (status = 429, description = "Too many runs at once: `quota.concurrent_runs`")
    )
)]
#[tracing::instrument(name = "api.runs.retry", skip_all, fields(user.id, run.id = %id))]
pub(super) async fn retry_run(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> Result<AcceptedResponse> {
    let message_id = MessageId(idempotency::id(
        &headers,
        session.user_id,
        id.as_bytes(),
        &*app.deps.clock,
    )?);
    let run = owned(&app, &session, id).await?;
    if !run.state.is_final() {
        return Err(Code::RunUnfinished.into());
    }
    let content = app.deps.runs.run_content(session.user_id, run.id).await?;
    let request = Request {
        user_id: session.user_id,
        message_id,
        conversation_id: Some(run.conversation_id),
        agent_id: run.agent_id,
        agent: app.deps.runs.run_agent(session.user_id, run.id).await?,
        content: content.ok_or(Problem::from(Code::RunNotFound))?,
        trigger: Trigger::Retry,
        retry_of: Some(run.id),
    };
    let stored = app.submit(request).await?;
    Ok(accepted(AcceptedView::new(message_id, &stored)))
}
