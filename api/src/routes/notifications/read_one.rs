//! `POST /api/notifications/{id}/read`

use axum::extract::State;
use http::StatusCode;
use uuid::Uuid;

use crate::app::Shared;
use crate::extract::Path;
use crate::problem::{Code, Result};
use crate::session::Session;

/// Marks one notification seen.
#[utoipa::path(
    post,
    path = "/api/notifications/{id}/read",
    operation_id = "markNotificationRead",
    tag = "notifications",
    params(("id" = Uuid, Path, description = "The notification")),
    responses((status = 204, description = "Marked"))
)]
#[tracing::instrument(name = "api.notifications.read_one", skip_all, fields(user.id))]
pub(super) async fn mark_notification_read(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
) -> Result<StatusCode> {
    let now = app.deps.clock.now();
    let notifications = &app.deps.notifications;
    if notifications
        .mark_one_read(session.user_id, id, now)
        .await?
    {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Code::NotificationNotFound.into())
    }
}
