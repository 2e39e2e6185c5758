//! The REST interface: `<noun>/<verb>.rs`, one endpoint a file.

mod agents;
mod auth;
mod conversations;
mod files;
mod notifications;
mod proposals;
mod runs;
mod schedules;
mod search;
mod settings;
mod system;
mod templates;
mod today;
mod tokens;
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
        .merge(tokens::router())
        .merge(workspace::router())
        .merge(conversations::router())
        .merge(runs::router())
        .merge(agents::router())
        .merge(schedules::router())
        .merge(templates::router())
        .merge(proposals::router())
        .merge(today::router())
        .merge(notifications::router())
        .merge(search::router())
        .merge(files::router())
        .merge(usage::router())
        .merge(settings::router())
}
