//! The layer that writes problem documents, so that no other error body ever leaves.

use axum::Json;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{self, HeaderValue};
use http::{HeaderMap, StatusCode};

use super::{Code, Problem, ProblemDocument};
use crate::language::Language;

/// Seconds after which a call that met a passing failure is worth repeating.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("2");
const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

/// Gives every error response a problem document in the client's language, also those that axum makes by itself.
pub(crate) async fn render(request: Request, next: Next) -> Response {
    let language = Language::of(request.uri(), request.headers());
    let mut response = next.run(request).await;
    let problem = response.extensions_mut().remove::<Problem>();
    let status = response.status();
    if problem.is_none() && !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let problem = problem.unwrap_or_else(|| of_status(status));
    document(&problem, language, response.headers())
}

fn document(problem: &Problem, language: Language, earlier: &HeaderMap) -> Response {
    let status = problem.code().status();
    let mut response = (status, Json(ProblemDocument::new(problem, language))).into_response();
    let headers = response.headers_mut();
    for name in [
        header::ALLOW,
        header::CONTENT_RANGE,
        header::ETAG,
        header::UPGRADE,
    ] {
        if let Some(value) = earlier.get(&name) {
            headers.insert(name, value.clone());
        }
    }
    headers.insert(header::CONTENT_TYPE, PROBLEM_JSON);
    headers.insert(
        header::CONTENT_LANGUAGE,
        HeaderValue::from_static(language.tag()),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    match status {
        StatusCode::UNAUTHORIZED => {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"berth\""),
            );
        }
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => {
            headers.insert(header::RETRY_AFTER, RETRY_AFTER);
        }
        _ => {}
    }
    response
}

/// What a bare status of the framework means.
fn of_status(status: StatusCode) -> Problem {
    let code = match status {
        StatusCode::UNAUTHORIZED => Code::AuthRequired,
        StatusCode::NOT_FOUND => Code::RouteNotFound,
        StatusCode::METHOD_NOT_ALLOWED => Code::RouteMethod,
        StatusCode::PAYLOAD_TOO_LARGE => Code::TooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::MediaType,
        StatusCode::UPGRADE_REQUIRED => Code::Upgrade,
        other if other.is_client_error() => Code::Malformed,
        other => {
            tracing::error!(
                status = other.as_u16(),
                "a response failed without a reason"
            );
            Code::Internal
        }
    };
    code.into()
}
