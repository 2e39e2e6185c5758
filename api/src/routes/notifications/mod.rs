//! What the user is told, and on which ways.

mod deliveries;
mod list;
mod read;
mod read_one;
mod settings;
mod test;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::Shared;

pub(super) use settings::put::is_email;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list::list_notifications))
        .routes(routes!(read::mark_notifications_read))
        .routes(routes!(read_one::mark_notification_read))
        .routes(routes!(
            settings::get::get_notification_settings,
            settings::put::put_notification_settings
        ))
        .routes(routes!(test::test_notification))
        .routes(routes!(deliveries::list_deliveries))
}
