//! One exchange with the upstream: the request as it goes out, and what of the answer comes back.

use tokio::time::Instant;

use berth_domain::ports::gateway::{CallError, CallErrorKind, ModelSettings};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use hyper::{Method, Request, Response, StatusCode};

use super::Failure;
use crate::http::{Body, Refusal, SHOULD_RETRY, copy_fields, full};
use crate::server::Context;

const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// An error answer of the upstream is held whole; it is small.
const MAX_ERROR_BODY: usize = 64 * 1024;

pub(super) fn build(
    method: Method,
    settings: &ModelSettings,
    path: &str,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Request<Full<Bytes>>, Failure> {
    let address = format!("{}{path}", settings.base_url.trim_end_matches('/'));
    let mut request = Request::builder()
        .method(method)
        .uri(address)
        .body(Full::new(body))
        .map_err(|_| {
            (
                CallErrorKind::Upstream,
                Refusal::bad_gateway("the model's address in the settings is not a valid one"),
            )
        })?;
    *request.headers_mut() = headers;
    request
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(request)
}

/// No answer began. A call that reached the model may have been charged there, so it is charged here.
pub(super) struct Unanswered {
    pub(super) reached: bool,
    pub(super) failure: Failure,
}

pub(super) async fn send(
    context: &Context,
    request: Request<Full<Bytes>>,
) -> Result<Response<Incoming>, Unanswered> {
    let begun = Instant::now();
    let sent = tokio::time::timeout(
        context.config.limits.upstream_timeout,
        context.upstream.send(request),
    )
    .await;
    metrics::histogram!("gateway_upstream_seconds").record(begun.elapsed().as_secs_f64());
    let unanswered = |reached, message| Unanswered {
        reached,
        failure: (CallErrorKind::Upstream, Refusal::bad_gateway(message)),
    };
    match sent {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the model could not be reached"
            );
            Err(unanswered(error.reached, "the model could not be reached"))
        }
        Err(_) => Err(unanswered(
            true,
            "the model took too long to begin its answer",
        )),
    }
}

/// A response with the fields that mean something to the caller. No cookies, no encodings, no lengths.
pub(super) fn answer(status: StatusCode, from: &HeaderMap) -> Response<Body> {
    let mut response = Response::new(full(Bytes::new()));
    *response.status_mut() = status;
    copy_fields(
        from,
        response.headers_mut(),
        &[CONTENT_TYPE, RETRY_AFTER, REQUEST_ID, SHOULD_RETRY],
    );
    for (name, value) in from
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("anthropic-ratelimit-"))
    {
        response.headers_mut().append(name.clone(), value.clone());
    }
    response
}

/// The body of an error, or nothing if it is too large or breaks off.
pub(super) async fn read_error(response: Response<Incoming>) -> Bytes {
    let body = Limited::new(response.into_body(), MAX_ERROR_BODY)
        .collect()
        .await;
    body.map(http_body_util::Collected::to_bytes)
        .unwrap_or_default()
}

/// Passes an error of the upstream on, and says what it means for the run.
pub(super) async fn pass_error(response: Response<Incoming>) -> (Response<Body>, CallError) {
    let status = response.status();
    let mut out = answer(status, response.headers());
    let body = read_error(response).await;
    let kind = match status.as_u16() {
        401 | 403 => CallErrorKind::KeyRefused,
        429 | 529 => CallErrorKind::Overloaded,
        _ => CallErrorKind::Upstream,
    };
    let told = serde_json::from_slice::<serde_json::Value>(&body).ok();
    let told = told
        .as_ref()
        .and_then(|body| body.pointer("/error/message"))
        .and_then(serde_json::Value::as_str);
    let message = told.map_or_else(
        || format!("the model answered {status}"),
        |told| told.chars().take(500).collect(),
    );
    *out.body_mut() = full(body);
    (
        out,
        CallError {
            kind,
            status: status.as_u16(),
            message,
        },
    )
}
