//! `GET /api/conversations/{id}`

use axum::Json;
use axum::extract::State;
use uuid::Uuid;

use super::owned;
use crate::app::Shared;
use crate::extract::Path;
use crate::problem::Result;
use crate::schema::ConversationView;
use crate::session::Session;

/// One conversation.
#[utoipa::path(
    get,
    path = "/api/conversations/{id}",
    operation_id = "getConversation",
    tag = "conversations",
    params(("id" = Uuid, Path, description = "The conversation")),
    responses((status = 200, body = ConversationView, description = "The conversation"))
)]
#[tracing::instrument(name = "api.conversations.get", skip_all, fields(user.id, conversation.id = %id))]
pub(super) async fn get_conversation(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
) -> Result<Json<ConversationView>> {
    Ok(Json(owned(&app, &session, id).await?.into()))
}
