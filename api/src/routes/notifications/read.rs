//! `POST /api/notifications/read`

use axum::extract::State;
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::Shared;
use crate::extract::Json;
use crate::problem::Result;
use crate::session::Session;

/// Up to where the user has read.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct ReadRequest {
    /// The newest notification that was on the screen: what came after it stays unread.
    until: Timestamp,
}

/// Marks all notifications seen that are not newer than `until`.
#[utoipa::path(
    post,
    path = "/api/notifications/read",
    operation_id = "markNotificationsRead",
    tag = "notifications",
    responses((status = 204, description = "Marked"))
)]
#[tracing::instrument(name = "api.notifications.read", skip_all, fields(user.id))]
pub(super) async fn mark_notifications_read(
    State(app): State<Shared>,
    session: Session,
    Json(request): Json<ReadRequest>,
) -> Result<StatusCode> {
    let now = app.deps.clock.now();
    let notifications = &app.deps.notifications;
    notifications
        .mark_read(session.user_id, request.until, now)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
