//! Sessions. Signing in happens by link, see [`crate::session`].

mod logout;
mod validate;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::Shared;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(logout::logout))
        .routes(routes!(validate::validate_session))
}
