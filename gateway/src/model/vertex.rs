//! Anthropic's models as Vertex AI serves them: the same messages and the same stream, at another address, with another
//! credential, and with errors of Google's making.
//!
//! The model stands in the path and not in the body, the version in the body and not in a header. Betas stay in the
//! `anthropic-beta` header (in the body alone, Vertex AI refuses the fields that they switch on).

use std::time::Duration;

use berth_domain::ports::gateway::{AccessTokens, CallErrorKind, VertexSettings};
use hyper::Response;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, USER_AGENT};

use super::headers::{ANTHROPIC_BETA, betas};
use super::{Endpoint, Failure};
use crate::http::{Body, Refusal, copy_fields, full};

mod error;

pub(super) use error::pass_error;

/// Goes into every body, with its name and as JSON.
pub(super) const VERSION: (&str, &str) = ("\"anthropic_version\"", "\"vertex-2023-10-16\"");

/// The metadata server answers in milliseconds.
const TOKEN_TIMEOUT: Duration = Duration::from_secs(10);

/// Betas that Vertex AI knows, without their dates. It answers 400 to every other, and a CLI that takes the gateway for
/// Anthropic's API asks for several that only exist there.
const KNOWN_BETAS: &[&str] = &[
    "claude-code-",
    "compact-",
    "computer-use-",
    "context-management-",
    "effort-",
    "interleaved-thinking-",
    "thinking-",
    "tool-search-tool-",
];

/// What Vertex AI calls a model: dates are set off with `@`. The name goes into a path, so nothing is in it that could end
/// or leave its segment.
pub(super) fn model_id(model: &str) -> Result<String, Refusal> {
    let fits = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'@' | b'-')
    };
    // `count-tokens` is not a model but the place where tokens are counted.
    let good = model.starts_with(|first: char| first.is_ascii_lowercase())
        && model.bytes().all(fits)
        && model.matches('@').count() <= 1
        && model != "count-tokens";
    if !good {
        return Err(Refusal::bad_request("model: not a model of Vertex AI"));
    }
    Ok(match model.rsplit_once('-') {
        Some((name, date))
            if date.len() == 8
                && date.bytes().all(|byte| byte.is_ascii_digit())
                && !name.contains('@') =>
        {
            format!("{name}@{date}")
        }
        _ => model.to_owned(),
    })
}

/// The path of a call to `model`, as [`model_id`] gives it.
pub(super) fn path(
    vertex: &VertexSettings,
    endpoint: Endpoint,
    model: &str,
    stream: bool,
) -> String {
    let call = match endpoint {
        Endpoint::CountTokens => "count-tokens:rawPredict".to_owned(),
        _ if stream => format!("{model}:streamRawPredict"),
        _ => format!("{model}:rawPredict"),
    };
    format!(
        "/v1/projects/{}/locations/{}/publishers/anthropic/models/{call}",
        vertex.project(),
        vertex.region()
    )
}

/// What goes out beside the body: the service account's token, and of the caller's fields those that Vertex AI takes.
pub(super) async fn headers(
    from: &HeaderMap,
    endpoint: Endpoint,
    tokens: Option<&dyn AccessTokens>,
) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    copy_fields(from, &mut headers, &[USER_AGENT, ACCEPT]);
    let known: Vec<_> = betas(from)
        .filter(|beta| KNOWN_BETAS.iter().any(|known| beta.starts_with(known)))
        .collect();
    // Counting takes fewer betas than answering does, and needs none.
    if endpoint == Endpoint::Messages
        && !known.is_empty()
        && let Ok(value) = HeaderValue::from_str(&known.join(","))
    {
        headers.insert(ANTHROPIC_BETA, value);
    }
    headers.insert(AUTHORIZATION, bearer(tokens).await.ok_or_else(no_token)?);
    Ok(headers)
}

async fn bearer(tokens: Option<&dyn AccessTokens>) -> Option<HeaderValue> {
    let Some(tokens) = tokens else {
        tracing::error!("Vertex AI is the model's upstream, but no service account is set up");
        return None;
    };
    let token = match tokio::time::timeout(TOKEN_TIMEOUT, tokens.access_token()).await {
        Ok(Ok(token)) => token,
        Ok(Err(error)) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "no access token for the model"
            );
            return None;
        }
        Err(_) => {
            tracing::warn!("no access token for the model in time");
            return None;
        }
    };
    let mut value = HeaderValue::from_str(&format!("Bearer {}", token.expose())).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Not the user's to mend, and often over in a moment, so the CLI may try again.
fn no_token() -> Failure {
    let message = "this installation has no credential for the model at the moment: whoever runs it finds the reason in its log";
    (CallErrorKind::Upstream, Refusal::unavailable(message))
}

/// The answer to `GET /v1/models`, from the settings. When a model came out is not known here, for which the API has the epoch.
pub(super) fn list_models(vertex: &VertexSettings) -> Response<Body> {
    let models = vertex.models();
    let data: Vec<_> = models
        .iter()
        .map(|id| {
            serde_json::json!({
                "type": "model", "id": id, "display_name": id, "created_at": "1970-01-01T00:00:00Z",
            })
        })
        .collect();
    let list = serde_json::json!({
        "data": data, "first_id": models.first(), "last_id": models.last(), "has_more": false,
    });
    let mut response = Response::new(full(list.to_string()));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests;
