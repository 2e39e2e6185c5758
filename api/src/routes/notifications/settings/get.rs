//! `GET /api/notifications/settings`

use axum::Json;
use axum::extract::State;

use super::{SettingsView, view};
use crate::app::Shared;
use crate::problem::Result;
use crate::session::Session;

/// Where the user's notifications go besides the dashboard.
#[utoipa::path(
    get,
    path = "/api/notifications/settings",
    operation_id = "getNotificationSettings",
    tag = "notifications",
    responses((status = 200, body = SettingsView, description = "The settings"))
)]
#[tracing::instrument(name = "api.notifications.settings.get", skip_all, fields(user.id))]
pub(in crate::routes::notifications) async fn get_notification_settings(
    State(app): State<Shared>,
    session: Session,
) -> Result<Json<SettingsView>> {
    let notifications = &app.deps.notifications;
    let settings = notifications.notification_settings(session.user_id).await?;
    Ok(Json(view(&app, &session, settings).await?))
}
