//! The API role: REST, WebSocket and the dashboard's files, as an axum router.
//!
//! A handler extracts, authorises, makes one call of the domain and maps the answer. What it needs it is given as
//! [`Deps`] and [`Config`]; it knows no adapter. There is deliberately no state here that another instance would need:
//! everything a client can come back for is in the store.

mod app;
mod dashboard;
mod document;
mod download;
mod draft;
mod extract;
mod google;
mod idempotency;
mod language;
mod layers;
mod ports;
mod problem;
mod routes;
mod schema;
mod session;
mod templates;
mod ws;
mod zip;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use tokio_util::sync::CancellationToken;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

pub use app::{Config, Deps, Limits};
pub use google::GoogleSignIn;
pub use ports::{Asset, Assets, ModelControl, ModelStatus, Random, Upstream};
pub use routes::metrics_router;

use app::App;
use problem::{Code, Problem};

/// The whole public interface. Once `shutdown` is cancelled, sockets and streams end; requests under way are the
/// listener's to drain.
pub fn router(deps: Deps, config: Config, shutdown: CancellationToken) -> Router {
    let app = Arc::new(App::new(deps, config, shutdown));
    let (routes, _) = OpenApiRouter::with_openapi(document::skeleton())
        .merge(routes::router())
        .split_for_parts();
    routes
        .route("/workspace/{user_id}", get(ws::open_workspace_socket))
        .fallback(dashboard::fallback)
        .method_not_allowed_fallback(async || Problem::from(Code::RouteMethod))
        .layer(DefaultBodyLimit::max(app::BODY_LIMIT))
        .layer(from_fn_with_state(app.clone(), session::check_host))
        .layer(from_fn(problem::render))
        .layer(from_fn(layers::secure))
        .layer(from_fn(layers::observe))
        .with_state(app)
}

/// The OpenAPI document of [`router`].
pub fn openapi() -> OpenApi {
    let (_, document) = OpenApiRouter::with_openapi(document::skeleton())
        .merge(routes::router())
        .split_for_parts();
    document::complete(document)
}

/// [`openapi`] as text: what `/api/openapi.json` answers and `docs/api/openapi.json` keeps.
pub fn openapi_json() -> String {
    // Serialising it cannot fail: all keys are strings, and there is nothing in it but plain data.
    let mut text = serde_json::to_string_pretty(&openapi()).unwrap_or_default();
    text.push('\n');
    text
}
