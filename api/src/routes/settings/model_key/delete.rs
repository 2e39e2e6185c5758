//! `DELETE /api/settings/model-key`

use axum::Json;
use axum::extract::State;
use berth_domain::ports::secrets::{INSTALLATION, MODEL_KEY};

use crate::app::Shared;
use crate::problem::Result;
use crate::routes::settings::{Settings, require_owner, view};
use crate::session::Session;

/// Forgets the model API's key. One given by the server's environment stays.
#[utoipa::path(
    delete,
    path = "/api/settings/model-key",
    operation_id = "deleteModelKey",
    tag = "settings",
    responses((status = 200, body = Settings, description = "Forgotten"))
)]
#[tracing::instrument(name = "api.settings.model_key.delete", skip_all, fields(user.id))]
pub(in crate::routes::settings) async fn delete_model_key(
    State(app): State<Shared>,
    session: Session,
) -> Result<Json<Settings>> {
    require_owner(&app, &session).await?;
    let secrets = &app.deps.secrets;
    secrets.delete_secret(INSTALLATION, MODEL_KEY).await?;
    app.deps.model.reload().await;
    Ok(Json(view(&app, true)))
}
