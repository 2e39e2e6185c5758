//! `POST /api/today/seen`

use axum::extract::State;
use http::StatusCode;

use super::seen_setting;
use crate::app::Shared;
use crate::problem::Result;
use crate::session::Session;

/// Says that the user has looked: what was finished up to now is not shown as new again.
#[utoipa::path(
    post,
    path = "/api/today/seen",
    operation_id = "markTodaySeen",
    tag = "today",
    responses((status = 204, description = "Kept"))
)]
#[tracing::instrument(name = "api.today.seen", skip_all, fields(user.id))]
pub(super) async fn mark_today_seen(
    State(app): State<Shared>,
    session: Session,
) -> Result<StatusCode> {
    let now = app.deps.clock.now().to_string();
    let name = seen_setting(session.user_id);
    app.deps.settings.put_setting(&name, &now).await?;
    Ok(StatusCode::NO_CONTENT)
}
