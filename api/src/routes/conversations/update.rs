//! `PATCH /api/conversations/{id}`

use axum::extract::State;
use berth_domain::ids::ConversationId;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{checked_title, owned};
use crate::app::Shared;
use crate::extract::{Json, Path};
use crate::problem::{Code, Result};
use crate::schema::ConversationView;
use crate::session::Session;

/// What is to change.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct ConversationUpdateRequest {
    /// The new title.
    #[schema(min_length = 1, max_length = 80)]
    title: String,
}

/// Gives a conversation another title.
#[utoipa::path(
    patch,
    path = "/api/conversations/{id}",
    operation_id = "updateConversation",
    tag = "conversations",
    params(("id" = Uuid, Path, description = "The conversation")),
    responses((status = 200, body = ConversationView, description = "As it is now"))
)]
#[tracing::instrument(name = "api.conversations.update", skip_all, fields(user.id, conversation.id = %id))]
pub(super) async fn update_conversation(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
    Json(request): Json<ConversationUpdateRequest>,
) -> Result<axum::Json<ConversationView>> {
    let title = checked_title(&request.title)?;
    let now = app.deps.clock.now();
    let renamed = app
        .deps
        .conversations
        .rename_conversation(session.user_id, ConversationId(id), title, now)
        .await?;
    if !renamed {
        return Err(Code::ConversationNotFound.into());
    }
    Ok(axum::Json(owned(&app, &session, id).await?.into()))
}
