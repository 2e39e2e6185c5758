//! `GET /api/settings`

use axum::Json;
use axum::extract::State;

use super::{Settings, is_owner, view};
use crate::app::Shared;
use crate::problem::Result;
use crate::session::Session;

/// Settings of the installation.
#[utoipa::path(
    get,
    path = "/api/settings",
    operation_id = "getSettings",
    tag = "settings",
    responses((status = 200, body = Settings, description = "The settings"))
)]
#[tracing::instrument(name = "api.settings.get", skip_all, fields(user.id))]
pub(super) async fn get_settings(
    State(app): State<Shared>,
    session: Session,
) -> Result<Json<Settings>> {
    let editable = is_owner(&app, &session).await?;
    Ok(Json(view(&app, editable)))
}
