//! Google's errors in the words and the shape of the Messages API.

use berth_domain::ports::gateway::{CallError, CallErrorKind, VertexSettings};
use hyper::body::Incoming;
use hyper::header::{HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};
use serde_json::Value;

use super::super::exchange::read_error;
use crate::http::{Body, Refusal, SHOULD_RETRY, copy_fields};

/// Of a message that is passed on, this many characters.
const MAX_MESSAGE: usize = 2_000;

/// What an error of Vertex AI means for the caller and for the run. Only what it says about a request that was wrong is passed on:
/// its other texts name the project and the account, and stay in the log.
pub(crate) async fn pass_error(
    response: Response<Incoming>,
    vertex: &VertexSettings,
    model: &str,
) -> (Response<Body>, CallError) {
    let status = response.status();
    let headers = response.headers().clone();
    let body = read_error(response).await;
    let told = message(&body);
    // What was wrong with a request may quote it, and the caller is told.
    let logged = told
        .as_deref()
        .filter(|_| status != StatusCode::BAD_REQUEST);
    tracing::warn!(%status, model, told = logged, "Vertex AI did not carry out a call");
    let (kind, refusal) = meaning(status, told.as_deref(), vertex, model);
    let error = CallError {
        kind,
        status: refusal.status.as_u16(),
        message: refusal.message.chars().take(500).collect(),
    };
    let mut out = refusal.into_response();
    copy_fields(&headers, out.headers_mut(), &[RETRY_AFTER]);
    if matches!(status.as_u16(), 401 | 403) {
        // Rights do not come back within the seconds that a caller tries again.
        out.headers_mut()
            .insert(SHOULD_RETRY, HeaderValue::from_static("false"));
    }
    (out, error)
}

/// The text of an error: Google's own or the model's, alone or as the one element of a list.
fn message(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let error = body.get(0).unwrap_or(&body).get("error")?;
    Some(error.get("message")?.as_str()?.to_owned())
}

fn meaning(
    status: StatusCode,
    told: Option<&str>,
    vertex: &VertexSettings,
    model: &str,
) -> (CallErrorKind, Refusal) {
    let upstream = |refusal| (CallErrorKind::Upstream, refusal);
    match status.as_u16() {
        400 => upstream(Refusal::bad_request(wrong(told, vertex))),
        401 | 403 => upstream(Refusal::bad_gateway(format!(
            "this installation may not use the model {model}: whoever runs it can change that in Google Cloud"
        ))),
        404 => upstream(Refusal::new(
            status,
            "not_found_error",
            format!("model: {model} is not available to this installation"),
        )),
        413 => upstream(Refusal::too_large()),
        429 => {
            let message = "this installation has used up its quota of the model for the moment";
            let refusal = Refusal::new(status, "rate_limit_error", message);
            (CallErrorKind::Overloaded, refusal)
        }
        503 | 529 => {
            let refusal = Refusal::new(status, "overloaded_error", "the model is overloaded");
            (CallErrorKind::Overloaded, refusal)
        }
        code => {
            let told = format!("the model answered {code}");
            let status = if status.is_server_error() {
                status
            } else {
                StatusCode::BAD_GATEWAY
            };
            upstream(Refusal::new(status, "api_error", told))
        }
    }
}

/// The CLI reads these (it shortens a conversation that is too long), so they pass unless they speak of the project.
fn wrong(told: Option<&str>, vertex: &VertexSettings) -> String {
    told.filter(|told| !told.contains(vertex.project()) && !told.contains("projects/"))
        .map_or_else(
            || "the model did not accept the request".to_owned(),
            |told| told.chars().take(MAX_MESSAGE).collect(),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_found_in_every_shape() {
        for body in [
            r#"{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}"#,
            r#"[{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}]"#,
            r#"{"type":"error","error":{"type":"invalid_request_error","message":"m"}}"#,
        ] {
            assert_eq!(message(body.as_bytes()).as_deref(), Some("m"), "{body}");
        }
        for body in [
            "",
            "<html>",
            "[]",
            "{}",
            r#"{"error":"m"}"#,
            r#"{"error":{"message":1}}"#,
        ] {
            assert_eq!(message(body.as_bytes()), None, "{body}");
        }
    }

    #[test]
    fn each_status_has_its_meaning() {
        let vertex = VertexSettings::new("berth-1", "global", Vec::new()).unwrap();
        for (status, expected, kind, run) in [
            (400, 400, "invalid_request_error", CallErrorKind::Upstream),
            (401, 502, "api_error", CallErrorKind::Upstream),
            (403, 502, "api_error", CallErrorKind::Upstream),
            (404, 404, "not_found_error", CallErrorKind::Upstream),
            (413, 413, "request_too_large", CallErrorKind::Upstream),
            (429, 429, "rate_limit_error", CallErrorKind::Overloaded),
            (500, 500, "api_error", CallErrorKind::Upstream),
            (503, 503, "overloaded_error", CallErrorKind::Overloaded),
            (504, 504, "api_error", CallErrorKind::Upstream),
            (529, 529, "overloaded_error", CallErrorKind::Overloaded),
            (302, 502, "api_error", CallErrorKind::Upstream),
            (418, 502, "api_error", CallErrorKind::Upstream),
        ] {
            let from = StatusCode::from_u16(status).unwrap();
            let told = Some("account a@berth-1.iam in projects/123");
            let (class, refusal) = meaning(from, told, &vertex, "claude-x@20250101");
            assert_eq!(
                (refusal.status.as_u16(), refusal.kind, class),
                (expected, kind, run),
                "{status}"
            );
            assert!(!refusal.message.contains("berth-1"), "{}", refusal.message);
            assert!(
                !refusal.message.contains("projects/"),
                "{}",
                refusal.message
            );
        }
    }
}
