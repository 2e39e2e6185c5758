//! `POST /api/agents/{id}/backfill`

use axum::extract::State;
use berth_domain::ids::AgentId;
use berth_domain::scheduling::{self, Backfill, MAX_BACKFILL};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::app::Shared;
use crate::extract::{Json, Path};
use crate::problem::{Code, Result};
use crate::routes::agents::{owned, refused};
use crate::routes::schedules::run_cost;
use crate::schema::SlotView;
use crate::session::Session;

/// Which past times are to run after all.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct BackfillRequest {
    /// Start, included.
    from: Timestamp,
    /// End, included; not in the future.
    to: Timestamp,
    /// The most times the period may have, 1 to 100; 100 when left out.
    max: Option<usize>,
    /// Only says what would run and what that would cost.
    #[serde(default)]
    dry_run: bool,
}

/// What runs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Backfill)]
pub(super) struct BackfillView {
    /// The times, oldest first. Those that have an outcome already are not among them: a slot ends once.
    slots: Vec<SlotView>,
    /// What that is expected to cost; null before the agent's first run.
    expected_cost: Option<BackfillCost>,
}

/// What a backfill is expected to cost, in US dollars.
#[derive(Debug, Serialize, ToSchema)]
struct BackfillCost {
    /// The median run, times the runs.
    p50_usd: f64,
    /// As if every run were as dear as the dearest in twenty.
    p95_usd: f64,
}

/// Runs the times of a past period that were never planned, because the schedule was paused or not there yet.
#[utoipa::path(
    post,
    path = "/api/agents/{id}/backfill",
    operation_id = "backfillSchedule",
    tag = "agents",
    params(("id" = Uuid, Path, description = "The agent")),
    responses(
        (status = 200, body = BackfillView, description = "What runs, or would"),
        (status = 409, description = "It changed several times at once: `schedule.busy`")
    )
)]
#[tracing::instrument(name = "api.agents.backfill", skip_all, fields(user.id, agent.id = %id))]
pub(super) async fn backfill_schedule(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
    Json(request): Json<BackfillRequest>,
) -> Result<axum::Json<BackfillView>> {
    let agent = owned(&app, &session, id).await?;
    let asked = Backfill {
        from: request.from,
        to: request.to,
        max: request.max.unwrap_or(MAX_BACKFILL),
        dry_run: request.dry_run,
    };
    let ports = app.scheduling();
    let done = scheduling::backfill(ports, session.user_id, AgentId(id), asked)
        .await
        .map_err(|error| refused(error, Code::ScheduleInvalid))?;
    let runs = u32::try_from(done.slots.len()).unwrap_or(u32::MAX);
    let cost = run_cost(&app, &session, agent.id).await?;
    Ok(axum::Json(BackfillView {
        slots: done.slots.into_iter().map(SlotView::from).collect(),
        expected_cost: cost.map(|(p50, p95)| BackfillCost {
            p50_usd: p50 * f64::from(runs),
            p95_usd: p95 * f64::from(runs),
        }),
    }))
}
