//! `PUT /api/settings/demo`

use axum::extract::State;
use berth_domain::ports::settings::DEMO;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Settings, require_owner, view};
use crate::app::Shared;
use crate::extract::Json;
use crate::problem::{Code, Result};
use crate::session::Session;

/// Whether the demo is wanted.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct DemoRequest {
    /// On or off.
    enabled: bool,
}

/// Switches the scripted demo on or off.
#[utoipa::path(
    put,
    path = "/api/settings/demo",
    operation_id = "putDemo",
    tag = "settings",
    responses(
        (status = 200, body = Settings, description = "Stored"),
        (status = 409, description = "There is no demo in this installation: `settings.demo`")
    )
)]
#[tracing::instrument(name = "api.settings.demo.put", skip_all, fields(user.id))]
pub(super) async fn put_demo(
    State(app): State<Shared>,
    session: Session,
    Json(request): Json<DemoRequest>,
) -> Result<axum::Json<Settings>> {
    require_owner(&app, &session).await?;
    if request.enabled && !app.config.demo_available {
        return Err(Code::DemoUnavailable.into());
    }
    let value = if request.enabled { "true" } else { "false" };
    app.deps.settings.put_setting(DEMO, value).await?;
    app.deps.model.reload().await;
    Ok(axum::Json(view(&app, true)))
}
