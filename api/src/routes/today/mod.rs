//! What the user should see first: what needs them, what failed, what was finished, what comes next.

mod bands;
mod get;
mod next;
mod seen;

use berth_domain::ids::UserId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::Shared;

pub(super) use bands::headline;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(get::get_today))
        .routes(routes!(seen::mark_today_seen))
}

/// Name of the setting that keeps when a user looked last.
fn seen_setting(user: UserId) -> String {
    format!("today-seen:{user}")
}
