//! `POST /api/notifications/test`

use axum::extract::State;
use berth_domain::notification::{self, Channel, Notification, NotificationKind, SMTP};
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::Shared;
use crate::extract::Json;
use crate::problem::{Code, Problem, Result};
use crate::schema::{ChannelWord, DeliveryView};
use crate::session::Session;

/// What to try.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct TestRequest {
    /// On which way.
    channel: ChannelWord,
}

/// Sends a test on one way. What became of it is among the deliveries.
#[utoipa::path(
    post,
    path = "/api/notifications/test",
    operation_id = "testNotification",
    tag = "notifications",
    responses(
        (status = 202, body = DeliveryView, description = "On its way"),
        (status = 409, description = "The way is not set up: `notification.channel`, `notification.mail`")
    )
)]
#[tracing::instrument(name = "api.notifications.test", skip_all, fields(user.id))]
pub(super) async fn test_notification(
    State(app): State<Shared>,
    session: Session,
    Json(request): Json<TestRequest>,
) -> Result<(StatusCode, axum::Json<DeliveryView>)> {
    let deps = &app.deps;
    let channel = Channel::from(request.channel);
    let settings = deps
        .notifications
        .notification_settings(session.user_id)
        .await?;
    let told = Notification {
        id: deps.clock.uuid(),
        user_id: session.user_id,
        kind: NotificationKind::Test,
        agent_id: None,
        agent_name: None,
        run_id: None,
        reason: None,
        detail: String::new(),
        at: deps.clock.now(),
        read_at: Some(deps.clock.now()),
    };
    let delivery = notification::deliveries(&told, &settings)
        .into_iter()
        .find(|delivery| delivery.channel == channel)
        .ok_or(Problem::from(Code::NotificationChannel))?;
    if channel == Channel::Email && deps.settings.setting(SMTP).await?.is_none() {
        return Err(Code::NotificationMail.into());
    }
    deps.notifications
        .notify(&told, std::slice::from_ref(&delivery))
        .await?;
    Ok((StatusCode::ACCEPTED, axum::Json(delivery.into())))
}
