//! `GET /api/conversations/{id}/messages`

use axum::Json;
use axum::extract::State;
use uuid::Uuid;

use super::owned;
use crate::app::Shared;
use crate::extract::{Path, Query};
use crate::problem::Result;
use crate::schema::{Items, MessageView, PageQuery};
use crate::session::Session;

/// A conversation's messages, oldest first.
#[utoipa::path(
    get,
    path = "/api/conversations/{id}/messages",
    operation_id = "listMessages",
    tag = "conversations",
    params(("id" = Uuid, Path, description = "The conversation"), PageQuery),
    responses((status = 200, body = Items<MessageView>, description = "A page"))
)]
#[tracing::instrument(name = "api.conversations.messages", skip_all, fields(user.id, conversation.id = %id))]
pub(super) async fn list_messages(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Items<MessageView>>> {
    let page = page.request()?;
    let conversation = owned(&app, &session, id).await?;
    let page = app
        .deps
        .conversations
        .list_messages(session.user_id, conversation.id, &page)
        .await?;
    Ok(Json(Items::of(page)))
}
