//! `POST /api/conversations/{id}/messages`

use axum::extract::State;
use berth_domain::dispatch::Request;
use berth_domain::ids::{ConversationId, MessageId};
use berth_domain::run::Trigger;
use http::{StatusCode, header};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::Shared;
use crate::extract::{Json, Path};
use crate::problem::Result;
use crate::schema::AcceptedView;
use crate::session::Session;

/// A message to Claude.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct MessageRequest {
    /// The client's id for it: sending the same id again stores nothing and answers the first run.
    id: Option<Uuid>,
    /// The text; at most 4 MiB of UTF-8, without NUL characters.
    #[schema(min_length = 1)]
    content: String,
}

/// An accepted message's answer: where its run is.
pub(crate) type AcceptedResponse = (
    StatusCode,
    [(header::HeaderName, String); 1],
    axum::Json<AcceptedView>,
);

/// 202 with the run's address.
pub(crate) fn accepted(view: AcceptedView) -> AcceptedResponse {
    let location = format!("/api/runs/{}", view.run_id);
    (
        StatusCode::ACCEPTED,
        [(header::LOCATION, location)],
        axum::Json(view),
    )
}

/// Sends a message. It is stored when this answers; Claude's work follows as events of the run.
#[utoipa::path(
    post,
    path = "/api/conversations/{id}/messages",
    operation_id = "sendMessage",
    tag = "conversations",
    params(("id" = Uuid, Path, description = "The conversation")),
    responses(
        (
            status = 202,
            body = AcceptedView,
            description = "Stored; its run is queued",
            headers(("Location" = String, description = "The run"))
        ),
        (status = 409, description = "The id is taken: `message.id_taken`"),
        (status = 429, description = "Too many runs at once: `quota.concurrent_runs`")
    )
)]
#[tracing::instrument(name = "api.conversations.send", skip_all, fields(user.id, conversation.id = %id))]
pub(super) async fn send_message(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
    Json(request): Json<MessageRequest>,
) -> Result<AcceptedResponse> {
    let message_id = MessageId(request.id.unwrap_or_else(|| app.deps.clock.uuid()));
    let request = Request {
        user_id: session.user_id,
        message_id,
        conversation_id: Some(ConversationId(id)),
        agent_id: None,
        agent: None,
        content: request.content,
        trigger: Trigger::Api,
        retry_of: None,
    };
    let stored = app.submit(request).await?;
    Ok(accepted(AcceptedView::new(message_id, &stored)))
}
