//! `GET /api/notifications`

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::Shared;
use crate::extract::Query;
use crate::problem::{Code, Problem, Result};
use crate::schema::{NotificationView, PageQuery};
use crate::session::Session;

/// Which notifications are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Those only that the user has not seen; `?unread` alone means true.
    #[param(value_type = Option<bool>)]
    unread: Option<String>,
}

/// A page of notifications.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NotificationPage {
    /// Newest first.
    items: Vec<NotificationView>,
    /// Give it as `cursor` for the next page; null at the end.
    next: Option<String>,
    /// How many of all the user has not seen.
    unread: u32,
}

/// What the user was told, newest first.
#[utoipa::path(
    get,
    path = "/api/notifications",
    operation_id = "listNotifications",
    tag = "notifications",
    params(ListQuery, PageQuery),
    responses((status = 200, body = NotificationPage, description = "A page"))
)]
#[tracing::instrument(name = "api.notifications.list", skip_all, fields(user.id))]
pub(super) async fn list_notifications(
    State(app): State<Shared>,
    session: Session,
    Query(query): Query<ListQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Json<NotificationPage>> {
    let unread_only = match query.unread.as_deref() {
        None | Some("false") => false,
        Some("" | "true") => true,
        Some(_) => return Err(Problem::from(Code::Query)),
    };
    let notifications = &app.deps.notifications;
    let page = notifications
        .list_notifications(session.user_id, unread_only, &page.request()?)
        .await?;
    Ok(Json(NotificationPage {
        items: page.items.into_iter().map(Into::into).collect(),
        next: page.next,
        unread: notifications.unread_notifications(session.user_id).await?,
    }))
}
