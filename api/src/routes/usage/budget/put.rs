//! `PUT /api/usage/budget`

use axum::extract::State;
use berth_domain::budget;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{BudgetView, view};
use crate::app::Shared;
use crate::extract::Json;
use crate::problem::{Code, Result};
use crate::schema::micro_usd;
use crate::session::Session;

/// What a month may cost.
#[derive(Debug, Deserialize, ToSchema)]
pub(in crate::routes::usage) struct BudgetRequest {
    /// US dollars, more than 0 and at most 10,000; null is no limit.
    monthly_usd: Option<f64>,
}

/// Sets what all runs of a month may cost together, agents' and chats'. It holds from the next run on: a run is stopped before the
/// model call that could pass it.
#[utoipa::path(
    put,
    path = "/api/usage/budget",
    operation_id = "putBudget",
    tag = "usage",
    responses((status = 200, body = BudgetView, description = "Stored"))
)]
#[tracing::instrument(name = "api.usage.budget.put", skip_all, fields(user.id))]
pub(in crate::routes::usage) async fn put_budget(
    State(app): State<Shared>,
    session: Session,
    Json(request): Json<BudgetRequest>,
) -> Result<axum::Json<BudgetView>> {
    let limit = match request.monthly_usd {
        None => None,
        Some(dollars) => Some(micro_usd(dollars).ok_or(Code::UsageBudget)?),
    };
    let value = limit.map_or_else(String::new, |limit| limit.0.to_string());
    let name = budget::month_setting(session.user_id);
    app.deps.settings.put_setting(&name, &value).await?;
    Ok(axum::Json(view(&app, &session).await?))
}
