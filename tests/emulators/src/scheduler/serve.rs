//! The service's REST interface, as far as its client uses it.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Query, State as With};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Json, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::jobs::Refused;
use super::{Received, State};

#[derive(Debug, Deserialize)]
struct Parameters {
    #[serde(rename = "updateMask")]
    mask: Option<String>,
}

pub(super) fn router(state: Arc<State>) -> Router {
    Router::new().fallback(answer).with_state(state)
}

async fn answer(
    With(state): With<Arc<State>>,
    method: Method,
    uri: Uri,
    Query(parameters): Query<Parameters>,
    body: Bytes,
) -> Response {
    let body: Value = if body.is_empty() {
        Value::Null
    } else {
        serde_json::from_slice(&body).unwrap_or(json!("no JSON"))
    };
    let path = uri.path().trim_start_matches("/v1/").to_owned();
    state.jobs().received.push(Received {
        what: format!("{method} {path}"),
        mask: parameters.mask.clone(),
        body: body.clone(),
    });
    let result = if let Some(name) = path.strip_suffix(":run") {
        run(&state, name).await
    } else {
        act(&state, &method, &path, parameters.mask.as_deref(), body)
    };
    match result {
        Ok(value) => Json(value).into_response(),
        Err(Refused(code, word)) => {
            let error = json!({ "error": { "code": code, "message": word, "status": word } });
            let status = StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_REQUEST);
            (status, Json(error)).into_response()
        }
    }
}

fn act(
    state: &State,
    method: &Method,
    path: &str,
    mask: Option<&str>,
    body: Value,
) -> Result<Value, Refused> {
    let mut jobs = state.jobs();
    if let Some(parent) = path.strip_suffix("/jobs") {
        return match *method {
            Method::POST => jobs.create(parent, body),
            _ => Ok(json!({ "jobs": jobs.below(parent) })),
        };
    }
    match (method, path.rsplit_once(':')) {
        (&Method::POST, Some((name, "pause"))) => jobs.set_state(name, "PAUSED"),
        (&Method::POST, Some((name, "resume"))) => jobs.set_state(name, "ENABLED"),
        (&Method::PATCH, _) => jobs.update(path, mask, body),
        (&Method::DELETE, _) => jobs.delete(path),
        _ => jobs.get(path),
    }
}

async fn run(state: &State, name: &str) -> Result<Value, Refused> {
    let (job, now) = {
        let jobs = state.jobs();
        (jobs.get(name)?, jobs.now())
    };
    state.call(&job, now).await;
    Ok(job)
}
