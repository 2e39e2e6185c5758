//! Whether a process may be sent work, which is another question than whether it lives (`/healthz`).

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use berth_domain::ports::settings::{DEMO, Settings};
use tokio_util::sync::CancellationToken;

/// How long the store may take to answer; a platform's probe waits longer.
const PATIENCE: Duration = Duration::from_secs(3);

#[derive(Debug, Clone)]
struct Ready {
    settings: Arc<dyn Settings>,
    stop: CancellationToken,
}

/// `GET /healthz`: 204, for a process that answers lives. `GET /readyz`: 204 while the store answers and the process is not about to
/// end; 503 otherwise.
pub(crate) fn router(settings: Arc<dyn Settings>, stop: CancellationToken) -> Router {
    Router::new()
        .route("/healthz", get(async || StatusCode::NO_CONTENT))
        .route("/readyz", get(ready))
        .with_state(Ready { settings, stop })
}

async fn ready(State(ready): State<Ready>) -> StatusCode {
    if ready.stop.is_cancelled() {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    // Any read will do: this one is of a document that is never large.
    let read = ready.settings.setting(DEMO);
    match tokio::time::timeout(PATIENCE, read).await {
        Ok(Ok(_)) => StatusCode::NO_CONTENT,
        Ok(Err(error)) => {
            tracing::warn!(%error, cause = %error.source, "not ready: the store does not answer");
            StatusCode::SERVICE_UNAVAILABLE
        }
        Err(_) => {
            tracing::warn!(
                "not ready: the store has not answered for {} s",
                PATIENCE.as_secs()
            );
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
