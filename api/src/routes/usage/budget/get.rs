//! `GET /api/usage/budget`

use axum::Json;
use axum::extract::State;

use super::{BudgetView, view};
use crate::app::Shared;
use crate::problem::Result;
use crate::session::Session;

/// The user's budget of this month, and what is spent of it.
#[utoipa::path(
    get,
    path = "/api/usage/budget",
    operation_id = "getBudget",
    tag = "usage",
    responses((status = 200, body = BudgetView, description = "The budget"))
)]
#[tracing::instrument(name = "api.usage.budget.get", skip_all, fields(user.id))]
pub(in crate::routes::usage) async fn get_budget(
    State(app): State<Shared>,
    session: Session,
) -> Result<Json<BudgetView>> {
    Ok(Json(view(&app, &session).await?))
}
