//! Small parts of HTTP that all routes share.

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};

pub(crate) mod head;
pub(crate) mod prefixed;

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Tells the CLI's own client whether to try again, whatever it thinks of the status.
pub(crate) const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// The body of every response: whole, or streamed from upstream.
pub(crate) type Body = UnsyncBoxBody<Bytes, BoxError>;

pub(crate) fn full(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into())
        .map_err(|never| match never {})
        .boxed_unsync()
}

/// A request that is not carried out, in the shape of the Messages API's errors so that the CLI can show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) kind: &'static str,
    pub(crate) message: String,
    /// The CLI is told to try again.
    retry: bool,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            kind,
            message: message.into(),
            retry: false,
        }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", message)
    }

    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "authentication_error", message)
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "permission_error", message)
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found_error", "not found")
    }

    pub(crate) fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "request_too_large",
            "request too large",
        )
    }

    pub(crate) fn bad_gateway(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_GATEWAY, "api_error", message)
    }

    /// What stands in the way of the call is ours, and passes. The CLI comes back ten times within three minutes, at once to begin with;
    /// told `retry-after` it would spend its attempts sooner, and at an `overloaded_error` it gives up after two seconds.
    pub(crate) fn unavailable(message: &str) -> Self {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        Self {
            retry: true,
            ..Self::new(status, "api_error", message)
        }
    }

    /// The gateway cannot tell yet whether the call may be made.
    pub(crate) fn later() -> Self {
        Self::unavailable("the gateway is starting: try again")
    }

    /// The body alone; also written by hand where no HTTP parser has run yet.
    pub(crate) fn json(&self) -> String {
        serde_json::json!({"type": "error", "error": {"type": self.kind, "message": self.message}})
            .to_string()
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(full(self.json()));
        *response.status_mut() = self.status;
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.retry {
            let headers = response.headers_mut();
            headers.insert(SHOULD_RETRY, HeaderValue::from_static("true"));
        }
        response
    }
}

/// Copies the named fields, all values of each, and nothing else: what is not listed is never forwarded.
pub(crate) fn copy_fields(from: &HeaderMap, to: &mut HeaderMap, names: &[HeaderName]) {
    for name in names {
        for value in from.get_all(name) {
            to.append(name.clone(), value.clone());
        }
    }
}
