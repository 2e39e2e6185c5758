//! `GET /api/settings/smtp`

use axum::Json;
use axum::extract::State;

use super::{SmtpView, view};
use crate::app::Shared;
use crate::problem::Result;
use crate::routes::settings::require_owner;
use crate::session::Session;

/// The mail server that notifications are sent with. For the installation's owner only.
#[utoipa::path(
    get,
    path = "/api/settings/smtp",
    operation_id = "getSmtp",
    tag = "settings",
    responses((status = 200, body = SmtpView, description = "The mail server"))
)]
#[tracing::instrument(name = "api.settings.smtp.get", skip_all, fields(user.id))]
pub(in crate::routes::settings) async fn get_smtp(
    State(app): State<Shared>,
    session: Session,
) -> Result<Json<SmtpView>> {
    require_owner(&app, &session).await?;
    Ok(Json(view(&app).await?))
}
