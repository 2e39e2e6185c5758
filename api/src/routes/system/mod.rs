//! What monitors and client generators ask for.

mod health;
mod metrics;
mod openapi;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::Shared;

pub use metrics::metrics_router;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(health::get_health))
        .routes(routes!(openapi::get_openapi))
}
