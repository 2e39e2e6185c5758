//! Errors in the shape of the API: `{"type":"error","error":{"type","message"},"request_id"}`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// An answer that is not a message.
#[derive(Debug, thiserror::Error)]
#[error("{status}: {message}")]
pub(crate) struct ApiError {
    status: StatusCode,
    message: String,
}

impl ApiError {
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            message: message.into(),
        }
    }

    pub(crate) fn unauthorised() -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            message: "invalid x-api-key".into(),
        }
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self {
            status: StatusCode::NOT_FOUND,
            message: format!("not found: {what}"),
        }
    }

    /// The failure that a fault asks for.
    pub(crate) fn injected(status: StatusCode) -> Self {
        let message = match status.as_u16() {
            429 => "This request would exceed your rate limit (demo model, on demand)",
            529 => "Overloaded (demo model, on demand)",
            _ => "The demo model fails on demand",
        };
        Self {
            status,
            message: message.into(),
        }
    }

    pub(crate) fn overloaded() -> Self {
        Self {
            status: StatusCode::from_u16(529).unwrap_or(StatusCode::SERVICE_UNAVAILABLE),
            message: "Overloaded".into(),
        }
    }

    /// The body; also the data of an `error` event inside a stream.
    pub(crate) fn body(&self) -> Value {
        json!({
            "type": "error",
            "error": { "type": kind(self.status), "message": self.message },
            "request_id": "req_demo",
        })
    }
}

fn kind(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "invalid_request_error",
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        504 => "timeout_error",
        529 => "overloaded_error",
        _ => "api_error",
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, Json(self.body())).into_response()
    }
}
