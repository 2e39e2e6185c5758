//! `PUT /api/settings/model-key`

use axum::extract::State;
use berth_domain::ports::secrets::{INSTALLATION, MODEL_KEY};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::app::Shared;
use crate::extract::Json;
use crate::problem::{Code, Result};
use crate::routes::settings::{Settings, require_owner, view};
use crate::session::Session;

/// Lengths a key may have, in characters.
const LENGTH: std::ops::RangeInclusive<usize> = 20..=512;

/// A key. It has no `Debug`, so that it cannot get into a log.
#[derive(Deserialize, ToSchema)]
pub(in crate::routes::settings) struct ModelKeyRequest {
    /// The key, as the provider shows it.
    #[schema(min_length = 20, max_length = 512)]
    key: String,
}

/// Stores the model API's key and uses it from now on.
#[utoipa::path(
    put,
    path = "/api/settings/model-key",
    operation_id = "putModelKey",
    tag = "settings",
    responses((status = 200, body = Settings, description = "Stored"))
)]
#[tracing::instrument(name = "api.settings.model_key.put", skip_all, fields(user.id))]
pub(in crate::routes::settings) async fn put_model_key(
    State(app): State<Shared>,
    session: Session,
    Json(request): Json<ModelKeyRequest>,
) -> Result<axum::Json<Settings>> {
    require_owner(&app, &session).await?;
    let key = request.key.trim();
    if !is_plausible(key) {
        return Err(Code::ModelKey.into());
    }
    let secrets = &app.deps.secrets;
    secrets.put_secret(INSTALLATION, MODEL_KEY, key).await?;
    app.deps.model.reload().await;
    Ok(axum::Json(view(&app, true)))
}

/// Whether it could be a key: it goes into a header as it is. Which prefix keys have is the provider's affair.
fn is_plausible(key: &str) -> bool {
    LENGTH.contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_a_header_is_no_key() {
        assert!(is_plausible("sk-ant-api03-abcdefghijkl_XYZ"));
        assert!(!is_plausible("short"));
        assert!(!is_plausible("sk-ant-api03 abcdefghijklmnop"));
        assert!(!is_plausible("sk-ant-api03-가나다라마바사"));
        assert!(!is_plausible(&"k".repeat(513)));
    }
}
