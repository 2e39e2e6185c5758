//! Tokens and cost.

mod budget;
mod csv;
mod get;
mod names;
mod period;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::Shared;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(get::get_usage))
        .routes(routes!(budget::get::get_budget, budget::put::put_budget))
}
