//! `GET /api/notifications/deliveries`

use axum::Json;
use axum::extract::State;

use crate::app::Shared;
use crate::extract::Query;
use crate::problem::Result;
use crate::schema::{DeliveryView, Items, PageQuery};
use crate::session::Session;

/// Mails and webhook calls and what became of each, newest first.
#[utoipa::path(
    get,
    path = "/api/notifications/deliveries",
    operation_id = "listDeliveries",
    tag = "notifications",
    params(PageQuery),
    responses((status = 200, body = Items<DeliveryView>, description = "A page"))
)]
#[tracing::instrument(name = "api.notifications.deliveries", skip_all, fields(user.id))]
pub(super) async fn list_deliveries(
    State(app): State<Shared>,
    session: Session,
    Query(page): Query<PageQuery>,
) -> Result<Json<Items<DeliveryView>>> {
    let notifications = &app.deps.notifications;
    let page = notifications
        .list_deliveries(session.user_id, &page.request()?)
        .await?;
    Ok(Json(Items::of(page)))
}
