//! When an agent runs by itself.

mod backfill;
mod delete;
mod get;
mod pause;
mod put;
mod resume;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::Shared;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(
            get::get_schedule,
            put::put_schedule,
            delete::delete_schedule
        ))
        .routes(routes!(pause::pause_schedule))
        .routes(routes!(resume::resume_schedule))
        .routes(routes!(backfill::backfill_schedule))
}
