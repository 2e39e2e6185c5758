//! The model path: who asks, may they, can they pay; then the call with the real key, metered as it streams back.

use std::sync::Arc;
use std::time::Instant;

use berth_domain::ports::gateway::{CallError, CallErrorKind, ModelSettings, StopReason};
use berth_domain::usage::MicroUsd;
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{ACCEPT, USER_AGENT};
use hyper::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER,
};
use hyper::{Method, Request, Response, StatusCode};

use crate::grants::Granted;
use crate::http::{Body, Refusal, copy_fields, full};
use crate::server::Context;
use crate::spending::NotAdmitted;

mod call;
mod json;
mod meter;
mod request;
mod stream;

use call::Call;
use request::{Allowed, Checked};

const ANTHROPIC_VERSION: HeaderName = HeaderName::from_static("anthropic-version");
const ANTHROPIC_BETA: HeaderName = HeaderName::from_static("anthropic-beta");
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const REQUEST_ID: HeaderName = HeaderName::from_static("request-id");
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// Betas that would switch on what the body may not ask for.
const REFUSED_BETAS: &[&str] = &[
    "files-api",
    "mcp-client",
    "code-execution",
    "web-fetch",
    "web-search",
    "skills",
    "fast-mode",
];

/// An error answer of the upstream is held whole; it is small.
const MAX_ERROR_BODY: usize = 64 * 1024;

/// The three things that can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Messages,
    CountTokens,
    Models,
}

impl Endpoint {
    /// From the raw request target: nothing is decoded or normalised, so nothing can hide in it.
    pub(crate) fn parse(method: &Method, target: &str) -> Option<Self> {
        match (method.as_str(), target) {
            ("POST", "/v1/messages" | "/v1/messages?beta=true") => Some(Self::Messages),
            ("POST", "/v1/messages/count_tokens" | "/v1/messages/count_tokens?beta=true") => {
                Some(Self::CountTokens)
            }
            ("GET", "/v1/models") => Some(Self::Models),
            _ => None,
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Messages => "/v1/messages?beta=true",
            Self::CountTokens => "/v1/messages/count_tokens?beta=true",
            Self::Models => "/v1/models",
        }
    }
}

/// Answers a request to `endpoint` in the name of the run its token belongs to.
pub(crate) async fn handle(
    context: &Arc<Context>,
    granted: Arc<Granted>,
    endpoint: Endpoint,
    request: Request<Incoming>,
) -> Result<Response<Body>, Refusal> {
    let (parts, body) = request.into_parts();
    let outcome = async {
        let settings = context.config.model.borrow().clone();
        let headers = upstream_headers(&parts.headers, &settings)?;
        if endpoint == Endpoint::Models {
            return list_models(context, &settings, headers).await;
        }
        let body = read_body(context, &parts.headers, body).await?;
        let allowed = Allowed {
            models: granted.grant.models.as_deref(),
            max_tokens: context.config.limits.max_tokens,
            counts_only: endpoint == Endpoint::CountTokens,
        };
        let checked =
            request::check(&body, allowed).map_err(|refusal| (CallErrorKind::Refused, refusal))?;
        drop(body);
        converse(context, &granted, endpoint, &settings, headers, checked).await
    };
    let cut = (
        CallErrorKind::Refused,
        Refusal::unauthorized("the run has ended"),
    );
    let outcome = tokio::select! {
        outcome = outcome => outcome,
        () = granted.run.cancel.cancelled() => Err(cut),
    };
    outcome.map_err(|(kind, refusal)| {
        let status = refusal.status.as_u16();
        granted.run.fail(CallError {
            kind,
            status,
            message: refusal.message.clone(),
        });
        refusal
    })
}

type Failure = (CallErrorKind, Refusal);

/// The token of a request: `Authorization: Bearer` and nothing beside it.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<&str, Refusal> {
    let refused = || Refusal::unauthorized("a run token is required, and no other key is accepted");
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None, false) = (values.next(), values.next(), headers.contains_key(&API_KEY))
    else {
        return Err(refused());
    };
    value
        .to_str()
        .ok()
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or_else(refused)
}

/// What goes upstream beside the body: the real credential, and of the caller's fields only those that mean something there.
fn upstream_headers(from: &HeaderMap, settings: &ModelSettings) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    copy_fields(from, &mut headers, &[ANTHROPIC_VERSION, USER_AGENT, ACCEPT]);
    let betas: Vec<_> = from
        .get_all(&ANTHROPIC_BETA)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|beta| {
            !beta.is_empty()
                && !REFUSED_BETAS
                    .iter()
                    .any(|refused| beta.starts_with(refused))
        })
        .collect();
    if let (false, Ok(value)) = (betas.is_empty(), HeaderValue::from_str(&betas.join(","))) {
        headers.insert(ANTHROPIC_BETA, value);
    }
    match &settings.key {
        Some(key) => {
            let broken = || {
                no_key("the model key has characters that no key has: set it again in the settings")
            };
            let mut value = HeaderValue::from_str(key.expose()).map_err(|_| broken())?;
            value.set_sensitive(true);
            headers.insert(API_KEY, value);
        }
        None if settings.keyless => {}
        None => {
            return Err(no_key(
                "no model key is set: add one in the settings, or start the demo",
            ));
        }
    }
    Ok(headers)
}

fn no_key(message: &str) -> Failure {
    (CallErrorKind::NoKey, Refusal::unauthorized(message))
}

async fn read_body(
    context: &Context,
    headers: &HeaderMap,
    body: Incoming,
) -> Result<Bytes, Failure> {
    let refused = |refusal| (CallErrorKind::Refused, refusal);
    if headers.contains_key(CONTENT_ENCODING) {
        let kind = "invalid_request_error";
        let refusal = Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            kind,
            "compressed requests are not accepted",
        );
        return Err(refused(refusal));
    }
    let limits = &context.config.limits;
    let read = Limited::new(body, limits.body_bytes).collect();
    match tokio::time::timeout(limits.body_timeout, read).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(refused(Refusal::too_large())),
        Ok(Err(_)) => Err(refused(Refusal::bad_request(
            "the request body ended early",
        ))),
        Err(_) => {
            let status = StatusCode::REQUEST_TIMEOUT;
            Err(refused(Refusal::new(
                status,
                "timeout_error",
                "the request body took too long",
            )))
        }
    }
}

async fn list_models(
    context: &Arc<Context>,
    settings: &ModelSettings,
    headers: HeaderMap,
) -> Result<Response<Body>, Failure> {
    let request = build(
        Method::GET,
        Endpoint::Models,
        settings,
        headers,
        Bytes::new(),
    )?;
    let response = send(context, request)
        .await
        .map_err(|unanswered| unanswered.failure)?;
    if !response.status().is_success() {
        return Ok(pass_error(response).await.0);
    }
    let mut out = answer(response.status(), response.headers());
    *out.body_mut() = response.into_body().map_err(Into::into).boxed_unsync();
    Ok(out)
}

/// Reserve, send, meter, settle. Counting tokens is free of charge and reserves nothing.
async fn converse(
    context: &Arc<Context>,
    granted: &Arc<Granted>,
    endpoint: Endpoint,
    settings: &ModelSettings,
    headers: HeaderMap,
    checked: Checked,
) -> Result<Response<Body>, Failure> {
    let reserved = if endpoint == Endpoint::Messages {
        checked.worst_case()
    } else {
        MicroUsd::ZERO
    };
    context
        .spending
        .admit(&granted.accounts, reserved)
        .await
        .map_err(|not| not_admitted(granted, not))?;
    let request = build(
        Method::POST,
        endpoint,
        settings,
        headers,
        checked.body.clone(),
    );
    let mut call = Call::begin(
        context,
        granted,
        &checked,
        reserved,
        endpoint == Endpoint::Messages,
    );
    let request = request?;
    call.sent();
    let response = match send(context, request).await {
        Ok(response) => response,
        Err(Unanswered { reached, failure }) => {
            if !reached {
                call.release();
            }
            return Err(failure);
        }
    };
    if !response.status().is_success() {
        call.release();
        let (response, error) = pass_error(response).await;
        granted.run.fail(error);
        return Ok(response);
    }
    let mut out = answer(response.status(), response.headers());
    *out.body_mut() = stream::metered(response, call)?;
    Ok(out)
}

fn not_admitted(granted: &Granted, not: NotAdmitted) -> Failure {
    match not {
        NotAdmitted::Budget(scope) => {
            granted
                .run
                .spend
                .send_modify(|spend| spend.stopped = Some(StopReason::Budget { scope }));
            let message = format!(
                "budget of {} is used up: the call could cost more than what is left",
                scope.describe()
            );
            (CallErrorKind::Budget, Refusal::bad_request(message))
        }
        NotAdmitted::Ledger => {
            let message = "spending cannot be recorded at the moment";
            let refusal =
                Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded_error", message);
            (CallErrorKind::Ledger, refusal)
        }
    }
}

fn build(
    method: Method,
    endpoint: Endpoint,
    settings: &ModelSettings,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Request<Full<Bytes>>, Failure> {
    let address = format!(
        "{}{}",
        settings.base_url.trim_end_matches('/'),
        endpoint.path()
    );
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
struct Unanswered {
    reached: bool,
    failure: Failure,
}

async fn send(
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
fn answer(status: StatusCode, from: &HeaderMap) -> Response<Body> {
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

/// Passes an error of the upstream on, and says what it means for the run.
async fn pass_error(response: Response<Incoming>) -> (Response<Body>, CallError) {
    let status = response.status();
    let mut out = answer(status, response.headers());
    let body = Limited::new(response.into_body(), MAX_ERROR_BODY)
        .collect()
        .await;
    let body = body
        .map(http_body_util::Collected::to_bytes)
        .unwrap_or_default();
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

#[cfg(test)]
mod tests;
