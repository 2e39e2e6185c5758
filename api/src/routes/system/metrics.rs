//! `GET /metrics`, on a listener of its own.

use axum::Router;
use axum::routing::get;
use http::header;
use metrics_exporter_prometheus::PrometheusHandle;

/// Serves the figures in Prometheus' text format. Not part of the public router: figures are for operators.
pub fn metrics_router(handle: PrometheusHandle) -> Router {
    Router::new().route(
        "/metrics",
        get(async move || {
            let media_type = "text/plain; version=0.0.4; charset=utf-8";
            ([(header::CONTENT_TYPE, media_type)], handle.render())
        }),
    )
}
