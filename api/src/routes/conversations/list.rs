//! `GET /api/conversations`

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::Shared;
use crate::extract::Query;
use crate::problem::Result;
use crate::schema::{ConversationView, Items, PageQuery};
use crate::session::Session;

/// Which conversations are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Only those whose title contains it, case ignored.
    query: Option<String>,
}

/// The user's conversations, newest change first.
#[utoipa::path(
    get,
    path = "/api/conversations",
    operation_id = "listConversations",
    tag = "conversations",
    params(ListQuery, PageQuery),
    responses((status = 200, body = Items<ConversationView>, description = "A page"))
)]
#[tracing::instrument(name = "api.conversations.list", skip_all, fields(user.id))]
pub(super) async fn list_conversations(
    State(app): State<Shared>,
    session: Session,
    Query(filter): Query<ListQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Json<Items<ConversationView>>> {
    let query = filter.query.filter(|text| !text.is_empty());
    let page = app
        .deps
        .conversations
        .list_conversations(session.user_id, query.as_deref(), &page.request()?)
        .await?;
    Ok(Json(Items::of(page)))
}
