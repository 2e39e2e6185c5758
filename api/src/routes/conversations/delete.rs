//! `DELETE /api/conversations/{id}`

use axum::extract::State;
use berth_domain::ids::ConversationId;
use http::StatusCode;
use uuid::Uuid;

use crate::app::Shared;
use crate::extract::Path;
use crate::problem::{Code, Result};
use crate::session::Session;

/// Removes a conversation with its messages, events and ended runs. Files in the workspace stay.
#[utoipa::path(
    delete,
    path = "/api/conversations/{id}",
    operation_id = "deleteConversation",
    tag = "conversations",
    params(("id" = Uuid, Path, description = "The conversation")),
    responses(
        (status = 204, description = "Removed"),
        (status = 409, description = "A run of it is unfinished: `conversation.busy`")
    )
)]
#[tracing::instrument(name = "api.conversations.delete", skip_all, fields(user.id, conversation.id = %id))]
pub(super) async fn delete_conversation(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
) -> Result<StatusCode> {
    let deleted = app
        .deps
        .conversations
        .delete_conversation(session.user_id, ConversationId(id))
        .await?;
    match deleted {
        Some(true) => Ok(StatusCode::NO_CONTENT),
        Some(false) => Err(Code::ConversationBusy.into()),
        None => Err(Code::ConversationNotFound.into()),
    }
}
