//! The control routes, for tests that see the model only over HTTP because they run against the whole product.
//!
//! | | |
//! |---|---|
//! | `GET /_control/requests` | the kept requests, see [`crate::Received`] |
//! | `DELETE /_control/requests` | forgets them |
//! | `POST /_control/faults` `{"fault":"429","times":2}` | spoils the next requests, see [`Fault`] |
//! | `GET /_control/held/{name}` | answers once an answer is held at that gate |
//! | `POST /_control/release/{name}` | opens a gate |
//! | `POST /_control/pace` `{"ms":5}` | pause between two deltas |

use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;

use crate::error::ApiError;
use crate::faults::Fault;
use crate::record::Received;
use crate::state::Model;

pub(crate) fn router() -> Router<Model> {
    Router::new()
        .route("/_control/requests", get(requests).delete(clear))
        .route("/_control/faults", post(faults))
        .route("/_control/held/{name}", get(held))
        .route("/_control/release/{name}", post(release))
        .route("/_control/pace", post(pace))
}

async fn requests(State(model): State<Model>) -> Json<Vec<Received>> {
    Json(model.received())
}

async fn clear(State(model): State<Model>) -> StatusCode {
    model.clear_received();
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Faults {
    fault: String,
    #[serde(default = "once")]
    times: u16,
}

fn once() -> u16 {
    1
}

async fn faults(
    State(model): State<Model>,
    Json(faults): Json<Faults>,
) -> Result<StatusCode, ApiError> {
    let fault: Fault = faults
        .fault
        .parse()
        .map_err(|error| ApiError::invalid(format!("{error}")))?;
    model.inject(&fault, faults.times.into());
    Ok(StatusCode::NO_CONTENT)
}

async fn held(State(model): State<Model>, Path(name): Path<String>) -> StatusCode {
    model.held(&name).await;
    StatusCode::NO_CONTENT
}

async fn release(State(model): State<Model>, Path(name): Path<String>) -> StatusCode {
    model.release(&name);
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
struct Pace {
    ms: u64,
}

async fn pace(State(model): State<Model>, Json(pace): Json<Pace>) -> StatusCode {
    model.set_pace(Duration::from_millis(pace.ms));
    StatusCode::NO_CONTENT
}
