//! `GET /health`

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::Shared;

/// That the server serves.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Health {
    /// Always `ok`.
    status: &'static str,
    /// The server's version.
    version: String,
}

/// Tells that the server serves.
///
/// Needs no session and asks no other part: it is for restarting what hangs, not for finding out what else is wrong.
#[utoipa::path(
    get,
    path = "/health",
    operation_id = "getHealth",
    tag = "system",
    responses((status = 200, body = Health, description = "It serves")),
    security(())
)]
#[tracing::instrument(name = "api.health.get", level = "debug", skip_all)]
pub(super) async fn get_health(State(app): State<Shared>) -> Json<Health> {
    Json(Health {
        status: "ok",
        version: app.config.version.clone(),
    })
}
