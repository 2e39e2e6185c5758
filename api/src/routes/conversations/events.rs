//! `GET /api/conversations/{id}/events`

use axum::Json;
use axum::extract::State;
use uuid::Uuid;

use super::owned;
use crate::app::Shared;
use crate::extract::{Path, Query};
use crate::problem::Result;
use crate::schema::{EventPage, SeqQuery};
use crate::session::Session;

/// A conversation's event log, in order.
#[utoipa::path(
    get,
    path = "/api/conversations/{id}/events",
    operation_id = "listConversationEvents",
    tag = "conversations",
    params(("id" = Uuid, Path, description = "The conversation"), SeqQuery),
    responses((status = 200, body = EventPage, description = "A page"))
)]
#[tracing::instrument(name = "api.conversations.events", skip_all, fields(user.id, conversation.id = %id))]
pub(super) async fn list_conversation_events(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
    Query(query): Query<SeqQuery>,
) -> Result<Json<EventPage>> {
    let limit = query.limit()?;
    let conversation = owned(&app, &session, id).await?;
    let events = app
        .deps
        .events
        .events_after(conversation.id, query.after(), limit)
        .await?;
    Ok(Json(EventPage::new(events, limit)))
}
