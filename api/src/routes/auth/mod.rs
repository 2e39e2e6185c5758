//! Sessions: signing in with Google, and out. The local mode's link is in [`crate::session`].

mod google;
mod logout;
mod methods;
mod validate;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::Shared;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(
            google::begin::begin_google,
            google::finish::finish_google
        ))
        .routes(routes!(logout::logout))
        .routes(routes!(methods::get_methods))
        .routes(routes!(validate::validate_session))
}
