//! `POST /api/schedules/preview`

use axum::extract::State;
use berth_domain::schedule::fires_in_a_month;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::cost::month_cost;
use crate::app::Shared;
use crate::extract::Json;
use crate::problem::{Code, Field, Problem, Result};
use crate::routes::agents::owned;
use crate::schema::{FireView, ScheduleFields, usd};
use crate::session::Session;

/// Fires answered when nothing is asked.
const DEFAULT_COUNT: usize = 5;
/// Fires answered at most.
const MAX_COUNT: usize = 50;

/// A schedule that nobody has saved.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PreviewRequest)]
pub(super) struct PreviewRequest {
    /// The schedule.
    #[serde(flatten)]
    schedule: ScheduleFields,
    /// How many fires, 1 to 50; 5 when left out.
    count: Option<usize>,
    /// Fires after this instant; now when left out.
    from: Option<Timestamp>,
    /// The agent it is for: the cost is estimated from its runs.
    agent_id: Option<Uuid>,
}

/// What a schedule would do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Preview)]
pub(super) struct PreviewView {
    /// The next fires.
    fires: Vec<FireView>,
    /// What a month of it is expected to cost; null when no agent is named, or before its first run.
    expected_cost: Option<ExpectedCostView>,
}

/// What the next thirty days are expected to cost, in US dollars.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExpectedCost)]
struct ExpectedCostView {
    /// How often it fires in them.
    fires_per_month: u32,
    /// The median run, times the fires.
    p50_usd: f64,
    /// As if every run were as dear as the dearest in twenty.
    p95_usd: f64,
    /// The median run.
    run_p50_usd: f64,
    /// The dearest run in twenty.
    run_p95_usd: f64,
}

/// Says when a schedule would fire and what it is expected to cost. Saves nothing.
#[utoipa::path(
    post,
    path = "/api/schedules/preview",
    operation_id = "previewSchedule",
    tag = "schedules",
    responses(
        (status = 200, body = PreviewView, description = "The next fires"),
        (status = 404, description = "No such agent: `agent.not_found`")
    )
)]
#[tracing::instrument(name = "api.schedules.preview", skip_all, fields(user.id))]
pub(super) async fn preview_schedule(
    State(app): State<Shared>,
    session: Session,
    Json(request): Json<PreviewRequest>,
) -> Result<axum::Json<PreviewView>> {
    let count = request.count.unwrap_or(DEFAULT_COUNT);
    let mut errors = Vec::new();
    if !(1..=MAX_COUNT).contains(&count) {
        errors.push(Field::new("count", "out_of_range"));
    }
    let spec = request.schedule.into_spec().map_err(|found| {
        let all = found.into_iter().chain(errors.clone()).collect();
        Problem::of_fields(Code::ScheduleInvalid, all)
    })?;
    let plan = match spec.validate() {
        Ok(plan) if errors.is_empty() => plan,
        _ => return Err(Problem::of_fields(Code::ScheduleInvalid, errors)),
    };
    let from = request.from.unwrap_or_else(|| app.deps.clock.now());
    let expected_cost = match request.agent_id {
        Some(agent) => {
            let agent = owned(&app, &session, agent).await?;
            let fires = fires_in_a_month(&plan, from);
            month_cost(&app, &session, agent.id, fires).await?
        }
        None => None,
    };
    Ok(axum::Json(PreviewView {
        fires: plan
            .preview(count, from)
            .into_iter()
            .map(FireView::from)
            .collect(),
        expected_cost: expected_cost.map(|cost| ExpectedCostView {
            fires_per_month: cost.fires_per_month,
            p50_usd: usd(cost.month_p50),
            p95_usd: usd(cost.month_p95),
            run_p50_usd: usd(cost.run_p50),
            run_p95_usd: usd(cost.run_p95),
        }),
    }))
}
