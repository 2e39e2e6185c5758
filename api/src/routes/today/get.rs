//! `GET /api/today`

use axum::Json;
use axum::extract::State;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::bands::{self, Since};
use super::next::{NextView, next};
use super::seen_setting;
use crate::app::Shared;
use crate::problem::Result;
use crate::schema::{ProposalView, RunView, SlotView};
use crate::session::Session;

/// How far back the bands go for somebody who has not looked for long, or never.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(7 * 24);
/// What has failed or was finished stays in sight for this long, also when it was seen.
const STAYS: SignedDuration = SignedDuration::from_hours(24);

/// What the user should see first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Today {
    /// What cannot go on without the user: questions, proposals, schedules that paused themselves.
    needs_you: Vec<TodayItem>,
    /// Runs of agents that failed or ended unproved, and times that were missed; newest first.
    failed: Vec<TodayItem>,
    /// Runs of agents that ended well; newest first.
    finished: Vec<TodayItem>,
    /// What runs next, soonest first.
    next: Vec<NextView>,
    /// When the user looked last; null before the first time.
    seen_at: Option<Timestamp>,
}

/// What an item is.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum TodayKind {
    /// A run has ended.
    Run,
    /// Claude has proposed something.
    Proposal,
    /// A schedule has paused itself.
    SchedulePaused,
    /// A scheduled time passed without a run.
    SlotMissed,
    /// The user has not been shown around.
    Onboarding,
}

/// One thing to look at.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TodayItem {
    /// What it is.
    pub(super) kind: TodayKind,
    /// When it came up.
    pub(super) at: Timestamp,
    /// The agent it is about.
    pub(super) agent_id: Option<Uuid>,
    /// That agent's name.
    pub(super) agent_name: Option<String>,
    /// The run, of kind `run`.
    pub(super) run: Option<RunView>,
    /// The proposal, of kind `proposal`.
    pub(super) proposal: Option<ProposalView>,
    /// The slot, of kind `slot_missed`.
    pub(super) slot: Option<SlotView>,
    /// The first line of the result or of the question; of kind `schedule_paused` the word that says why.
    pub(super) headline: Option<String>,
    /// A picture that the run made: its path in the workspace.
    pub(super) image: Option<String>,
}

/// What needs the user, what failed, what was finished since they last looked (at least of the last day), and what is next.
#[utoipa::path(
    get,
    path = "/api/today",
    operation_id = "getToday",
    tag = "today",
    responses((status = 200, body = Today, description = "Today"))
)]
#[tracing::instrument(name = "api.today.get", skip_all, fields(user.id))]
pub(super) async fn get_today(State(app): State<Shared>, session: Session) -> Result<Json<Today>> {
    let now = app.deps.clock.now();
    let stored = app
        .deps
        .settings
        .setting(&seen_setting(session.user_id))
        .await?;
    let seen_at: Option<Timestamp> = stored.and_then(|text| text.parse().ok());
    let earliest = now - LOOK_BACK;
    let since = Since {
        earliest,
        news: seen_at.unwrap_or(earliest).clamp(earliest, now - STAYS),
    };
    let bands = bands::bands(&app, &session, since).await?;
    Ok(Json(Today {
        needs_you: bands.needs_you,
        failed: bands.failed,
        finished: bands.finished,
        next: next(&app, &session, now).await?,
        seen_at,
    }))
}
