//! What a user's month may cost, and what it has cost so far.

pub(super) mod get;
pub(super) mod put;

use berth_domain::budget;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::problem::Result;
use crate::routes::user::user_of;
use crate::schema::usd;
use crate::session::Session;

/// A month's budget.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Budget)]
pub(super) struct BudgetView {
    /// What all runs of a month may cost together, in US dollars; null is no limit.
    monthly_usd: Option<f64>,
    /// What this month's runs have cost so far.
    spent_usd: f64,
    /// When this month began where the user lives.
    from: Timestamp,
    /// When it ends: from then on, the budget is there anew.
    to: Timestamp,
}

async fn view(app: &App, session: &Session) -> Result<BudgetView> {
    let stored = app
        .deps
        .settings
        .setting(&budget::month_setting(session.user_id))
        .await?;
    let zone = user_of(app, session).await?.onboarding.time_zone;
    let month = budget::month_of(app.deps.clock.now(), zone.as_deref());
    let ledger = &app.deps.usage;
    let spent = ledger.user_total_since(session.user_id, month.start);
    let own = stored.as_deref().and_then(budget::month_limit);
    // What is shown is what holds.
    let limit = budget::month_limit_within(own, app.config.limits.month);
    Ok(BudgetView {
        monthly_usd: limit.map(usd),
        spent_usd: usd(spent.await?.cost_micro_usd),
        from: month.start,
        to: month.end,
    })
}
