//! Agents as lists and pages show them.

use berth_domain::agent::{Agent, AgentVersion, VersionNote};
use berth_domain::ports::runs::{AgentActivity, RunMark};
use berth_domain::ports::schedules::Schedule;
use berth_domain::scheduling;
use berth_domain::usage::UsageTotals;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::agent::{AgentSpecView, StatusWord};
use super::run::{ReasonWord, RunStateWord, RunView};
use super::schedule::ScheduleView;
use super::usage::{UsageView, usd};

/// An agent with what it has done and will do.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Agent)]
pub(crate) struct AgentView {
    /// Its id.
    pub(crate) id: Uuid,
    /// What it does.
    #[serde(flatten)]
    spec: AgentSpecView,
    /// Whether its schedule fires.
    status: StatusWord,
    /// The current version, from 1.
    version: u32,
    /// When it was saved first.
    created_at: Timestamp,
    /// When it was changed last.
    updated_at: Timestamp,
    /// When it runs by itself; null when it has no schedule.
    schedule: Option<ScheduleView>,
    /// When the next run begins, jitter included; never in the past. Null without a schedule, while that is paused and while the
    /// agent is inactive.
    next_run_at: Option<Timestamp>,
    /// Its newest run.
    last_run: Option<RunView>,
    /// Its runs of the last seven days, newest first.
    recent: Vec<RecentRunView>,
    /// What it has cost.
    usage: AgentUsage,
    /// Its folder in the workspace.
    folder: String,
}

/// What [`AgentView`] is made of.
#[derive(Debug)]
pub(crate) struct AgentParts {
    pub(crate) agent: Agent,
    pub(crate) schedule: Option<Schedule>,
    pub(crate) activity: Option<AgentActivity>,
    pub(crate) month: UsageTotals,
    pub(crate) total: UsageTotals,
}

impl AgentView {
    /// The view as of `now`.
    pub(crate) fn new(parts: AgentParts, now: Timestamp) -> Self {
        let AgentParts {
            agent,
            schedule,
            activity,
            month,
            total,
        } = parts;
        let (last, marks) = activity.map_or((None, Vec::new()), |it| (it.last, it.marks));
        let status = StatusWord::from(agent.status);
        let fires = schedule.as_ref().filter(|_| status == StatusWord::Active);
        Self {
            next_run_at: fires.and_then(|schedule| scheduling::next_run_at(schedule, now)),
            schedule: schedule.map(|schedule| ScheduleView::new(schedule, now)),
            id: agent.id.0,
            folder: Agent::folder(agent.id),
            spec: agent.spec.into(),
            status,
            version: agent.version,
            created_at: agent.created_at,
            updated_at: agent.updated_at,
            last_run: last.map(RunView::from),
            recent: marks.into_iter().map(RecentRunView::from).collect(),
            usage: AgentUsage {
                month: month.into(),
                total: total.into(),
            },
        }
    }
}

/// A run as a dot in a row of dots.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecentRun)]
pub(crate) struct RecentRunView {
    /// Its id.
    id: Uuid,
    /// When it was accepted.
    queued_at: Timestamp,
    /// Where it stands.
    state: RunStateWord,
    /// Why it ended; null before.
    reason: Option<ReasonWord>,
    /// Whether its definition of done was met; null where there is none.
    proved: Option<bool>,
    /// US dollars.
    cost_usd: f64,
}

impl From<RunMark> for RecentRunView {
    fn from(mark: RunMark) -> Self {
        Self {
            id: mark.id.0,
            queued_at: mark.queued_at,
            state: RunStateWord(mark.state),
            reason: mark.reason.map(ReasonWord),
            proved: mark.proved,
            cost_usd: usd(mark.cost),
        }
    }
}

/// What an agent has cost.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgentUsage {
    /// Since the first of this month in its owner's time zone.
    month: UsageView,
    /// Ever.
    total: UsageView,
}

/// One state of an agent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AgentVersion)]
pub(crate) struct AgentVersionView {
    /// From 1.
    version: u32,
    /// Its content.
    spec: AgentSpecView,
    /// How it came about.
    note: VersionNoteView,
    /// When.
    created_at: Timestamp,
}

impl From<AgentVersion> for AgentVersionView {
    fn from(version: AgentVersion) -> Self {
        Self {
            version: version.version,
            spec: version.spec.into(),
            note: version.note.into(),
            created_at: version.created_at,
        }
    }
}

/// How a version came about.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = VersionNote)]
#[serde(tag = "change", rename_all = "snake_case")]
pub(crate) enum VersionNoteView {
    /// The first.
    Created,
    /// Its owner edited it.
    Edited,
    /// Its owner went back to an earlier one.
    RolledBack {
        /// Whose content this version repeats.
        to: u32,
    },
}

impl From<VersionNote> for VersionNoteView {
    fn from(note: VersionNote) -> Self {
        match note {
            VersionNote::Created => Self::Created,
            VersionNote::Edited => Self::Edited,
            VersionNote::RolledBack { to } => Self::RolledBack { to },
        }
    }
}
