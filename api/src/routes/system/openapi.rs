//! `GET /api/openapi.json`

use std::sync::LazyLock;

use bytes::Bytes;
use http::header;

/// The document does not change while the process lives.
static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| crate::openapi_json().into());

/// This document.
#[utoipa::path(
    get,
    path = "/api/openapi.json",
    operation_id = "getOpenApi",
    tag = "system",
    responses((status = 200, body = serde_json::Value, description = "The OpenAPI document of this server")),
    security(())
)]
#[tracing::instrument(name = "api.openapi.get", level = "debug", skip_all)]
pub(super) async fn get_openapi() -> ([(header::HeaderName, &'static str); 1], Bytes) {
    (
        [(header::CONTENT_TYPE, "application/json")],
        DOCUMENT.clone(),
    )
}
