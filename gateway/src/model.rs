//! The model path: who asks, may they, can they pay; then the call with the real key, metered as it streams back.

use std::sync::Arc;

use berth_domain::ports::gateway::{CallError, CallErrorKind, ModelSettings, StopReason};
use berth_domain::usage::MicroUsd;
use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_ENCODING, HeaderMap};
use hyper::{Method, Request, Response, StatusCode};

use crate::grants::Granted;
use crate::http::{Body, Refusal};
use crate::server::Context;
use crate::spending::NotAdmitted;

mod call;
mod exchange;
mod headers;
mod json;
mod meter;
mod request;
mod stream;
mod vertex;

use call::Call;
use exchange::{Unanswered, answer, build, pass_error, send};
pub(crate) use headers::bearer;
use headers::upstream_headers;
use request::{Allowed, Checked, Form};

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
        // Before the body is read: what is held takes no memory.
        let may = context.may_spend(&granted).await;
        may.map_err(|refusal| (CallErrorKind::Ledger, refusal))?;
        let settings = context.config.model.borrow().clone();
        let headers = match &settings.vertex {
            None => upstream_headers(&parts.headers, &settings)?,
            Some(vertex) if endpoint == Endpoint::Models => return Ok(vertex::list_models(vertex)),
            Some(_) => {
                let tokens = context.config.access_tokens.as_deref();
                vertex::headers(&parts.headers, endpoint, tokens).await?
            }
        };
        if endpoint == Endpoint::Models {
            return list_models(context, &settings, headers).await;
        }
        let body = read_body(context, &parts.headers, body).await?;
        let allowed = Allowed {
            models: granted.grant.models.as_deref(),
            max_tokens: context.config.limits.max_tokens,
            counts_only: endpoint == Endpoint::CountTokens,
        };
        let form = match &settings.vertex {
            None => Form::Anthropic,
            Some(vertex) => Form::Vertex {
                surcharge_percent: vertex.surcharge_percent(),
            },
        };
        let checked = request::check(&body, allowed, form)
            .map_err(|refusal| (CallErrorKind::Refused, refusal))?;
        drop(body);
        converse(context, &granted, endpoint, &settings, headers, checked).await
    };
    let outcome = tokio::select! {
        outcome = outcome => outcome,
        () = granted.run.cancel.cancelled() => Err((CallErrorKind::Refused, context.cut())),
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
        settings,
        Endpoint::Models.path(),
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
    let path = match &settings.vertex {
        None => endpoint.path().to_owned(),
        Some(vertex) => vertex::path(vertex, endpoint, &checked.model, checked.stream),
    };
    let request = build(Method::POST, settings, &path, headers, checked.body.clone());
    let mut call = Call::begin(
        context,
        granted,
        &checked,
        reserved,
        endpoint == Endpoint::Messages,
    );
    let request = request?;
    call.send()
        .await
        .map_err(|not| not_admitted(granted, not))?;
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
        let (response, error) = match &settings.vertex {
            None => pass_error(response).await,
            Some(vertex) => vertex::pass_error(response, vertex, &checked.model).await,
        };
        granted.run.fail(error);
        return Ok(response);
    }
    granted
        .run
        .spend
        .send_if_modified(|spend| spend.last_error.take().is_some());
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
            (CallErrorKind::Ledger, Refusal::unavailable(message))
        }
    }
}

#[cfg(test)]
mod tests;
