//! `POST /api/conversations`

use axum::extract::State;
use berth_domain::conversation::{Conversation, Origin};
use http::{StatusCode, header};
use serde::Deserialize;
use utoipa::ToSchema;

use super::checked_title;
use crate::app::Shared;
use crate::extract::Json;
use crate::problem::Result;
use crate::schema::ConversationView;
use crate::session::Session;

/// A new conversation.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct ConversationRequest {
    /// Without one, the first message gives it.
    #[schema(min_length = 1, max_length = 80)]
    title: Option<String>,
}

/// 201 with the conversation's address.
type Created = (
    StatusCode,
    [(header::HeaderName, String); 1],
    axum::Json<ConversationView>,
);

/// Begins an empty conversation. Not needed before sending: a message without a conversation begins one.
#[utoipa::path(
    post,
    path = "/api/conversations",
    operation_id = "createConversation",
    tag = "conversations",
    responses((
        status = 201,
        body = ConversationView,
        description = "Begun",
        headers(("Location" = String, description = "Where it is"))
    ))
)]
#[tracing::instrument(name = "api.conversations.create", skip_all, fields(user.id))]
pub(super) async fn create_conversation(
    State(app): State<Shared>,
    session: Session,
    Json(request): Json<ConversationRequest>,
) -> Result<Created> {
    let title = request.title.as_deref().map(checked_title).transpose()?;
    let now = app.deps.clock.now();
    let conversation = Conversation {
        id: app.deps.clock.uuid().into(),
        user_id: session.user_id,
        origin: Origin::Chat,
        agent_id: None,
        title: title.unwrap_or_default().to_owned(),
        created_at: now,
        updated_at: now,
        last_seq: 0,
        active_run_id: None,
        session: None,
    };
    app.deps
        .conversations
        .create_conversation(&conversation)
        .await?;
    let location = format!("/api/conversations/{}", conversation.id);
    Ok((
        StatusCode::CREATED,
        [(header::LOCATION, location)],
        axum::Json(conversation.into()),
    ))
}
