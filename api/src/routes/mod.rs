//! The REST interface: `<noun>/<verb>.rs`, one endpoint a file.

mod auth;
mod conversations;
mod files;
mod runs;
mod settings;
mod system;
mod usage;
mod user;
mod workspace;

pub use system::metrics_router;
use utoipa_axum::router::OpenApiRouter;

use crate::app::Shared;

/// Every documented route.
pub(crate) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .merge(system::router())
        .merge(auth::router())
        .merge(user::router())
        .merge(workspace::router())
        .merge(conversations::router())
        .merge(runs::router())
        .merge(files::router())
        .merge(usage::router())
        .merge(settings::router())
}
