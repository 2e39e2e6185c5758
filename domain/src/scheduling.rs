//! Agents and their schedules as their owner changes them: the one way in for the routes, for what Claude proposed and was
//! confirmed, and for imports.
//!
//! Each function checks everything first, writes then, and rings the alarm last. Repeating one with the same ids finds what
//! the first call stored.

mod backfill;
mod put;

use crate::agent::{Agent, AgentSpec, AgentStatus, FieldError};
use crate::clock::Clock;
use crate::ids::{AgentId, UserId};
use crate::ports::StoreError;
use crate::ports::agents::{Agents, CreatedAgent, NewAgent};
use crate::ports::alarm::Alarm;
use crate::ports::schedules::{Schedule, Schedules, SlotRow};
use crate::schedule::{self, PlannedSlot, ScheduleSpec, Slot};
use jiff::Timestamp;

pub use backfill::{Backfill, Backfilled, MAX_BACKFILL, backfill};
pub use put::{delete_schedule, put_schedule, set_paused};

/// What these functions work with.
#[derive(Debug, Clone, Copy)]
pub struct Ports<'a> {
    /// Agents.
    pub agents: &'a dyn Agents,
    /// Their schedules.
    pub schedules: &'a dyn Schedules,
    /// Told when a schedule has changed.
    pub alarm: &'a dyn Alarm,
    /// Time and ids.
    pub clock: &'a dyn Clock,
}

/// Not done. What [`save_agent`] had stored before stays; the same call again goes on behind it.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Fields that cannot be saved as they are. Those of a schedule inside another document begin with `schedule/`.
    #[error("{} fields are wrong", .0.len())]
    Invalid(Vec<FieldError>),
    /// As many agents as allowed are there.
    #[error("{limit} agents are there already")]
    OverQuota {
        /// How many that is.
        limit: u32,
    },
    /// The id is somebody else's, or was a deleted agent's.
    #[error("the agent's id is taken")]
    IdTaken,
    /// No such agent of this user.
    #[error("no such agent")]
    UnknownAgent,
    /// The agent has no schedule.
    #[error("no schedule")]
    NoSchedule,
    /// Too many times lie in the period of a backfill.
    #[error("more than {max} times")]
    TooMany {
        /// How many may.
        max: usize,
    },
    /// Others changed the schedule again and again in between.
    #[error("the schedule keeps changing")]
    Contended,
    /// The store did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An agent to be saved, with or without a schedule.
#[derive(Debug, Clone)]
pub struct NewWork {
    /// The agent's id; saving the same id again answers what is there.
    pub id: AgentId,
    /// Whose it is.
    pub user_id: UserId,
    /// The agent.
    pub spec: AgentSpec,
    /// Whether its schedule fires.
    pub status: AgentStatus,
    /// When it runs by itself.
    pub schedule: Option<ScheduleSpec>,
    /// How many agents its owner may have.
    pub limit: u32,
}

/// Saves an agent and its schedule; nothing is stored unless both are right.
pub async fn save_agent(
    ports: Ports<'_>,
    new: NewWork,
) -> Result<(Agent, Option<Schedule>), Refused> {
    let mut errors = new.spec.errors();
    if let Some(schedule) = &new.schedule {
        errors.extend(schedule_errors(schedule, "schedule/"));
    }
    if !errors.is_empty() {
        return Err(Refused::Invalid(errors));
    }
    let user = new.user_id;
    let created = ports
        .agents
        .create_agent(&NewAgent {
            id: new.id,
            user_id: user,
            spec: new.spec,
            status: new.status,
            limit: new.limit,
            now: ports.clock.now(),
        })
        .await?;
    let agent = match created {
        CreatedAgent::Saved(agent) => *agent,
        CreatedAgent::OverQuota { limit } => return Err(Refused::OverQuota { limit }),
        CreatedAgent::IdTaken => return Err(Refused::IdTaken),
    };
    // A repeated call finds the schedule of the first, which its owner may have changed since.
    let existing = ports.schedules.schedule(user, agent.id).await?;
    let schedule = match (existing, new.schedule) {
        (Some(existing), _) => Some(existing),
        (None, Some(spec)) => Some(put_schedule(ports, user, agent.id, spec).await?),
        (None, None) => None,
    };
    Ok((agent, schedule))
}

/// What is wrong with a schedule, its fields written behind `prefix`.
pub fn schedule_errors(spec: &ScheduleSpec, prefix: &str) -> Vec<FieldError> {
    let errors = spec.validate().err().unwrap_or_default();
    errors
        .into_iter()
        .map(|error| FieldError::new(format!("{prefix}{}", error.field), error.code, error.reason))
        .collect()
}

/// When the next run begins, jitter included. Never in the past: a slot that is due and about to be fired has had its turn, and
/// the one after it is named. `None` while the schedule is paused, and where there is no further time.
pub fn next_run_at(schedule: &Schedule, now: Timestamp) -> Option<Timestamp> {
    if schedule.paused.is_some() {
        return None;
    }
    let jitter = schedule::jitter(schedule.id, schedule.spec.jitter_seconds);
    let stored = schedule.next_due_at?.checked_add(jitter).ok()?;
    if stored > now {
        return Some(stored);
    }
    let plan = schedule.spec.validate().ok()?;
    plan.after(now)?.at.checked_add(jitter).ok()
}

/// The rows of planned slots; those that run wait for their time and the schedule's jitter.
pub fn rows(schedule: &Schedule, slots: &[PlannedSlot], now: Timestamp) -> Vec<SlotRow> {
    let jitter = schedule::jitter(schedule.id, schedule.spec.jitter_seconds);
    slots
        .iter()
        .map(|planned| {
            let at = planned.scheduled_at;
            let slot = Slot::planned(schedule.id, at, planned.decision);
            SlotRow {
                schedule_id: schedule.id,
                scheduled_at: at,
                agent_id: schedule.agent_id,
                user_id: schedule.user_id,
                dispatch_at: at.checked_add(jitter).unwrap_or(at),
                outcome: slot.outcome,
                reason: slot.reason,
                run_id: None,
                late: slot.late,
                decided_at: now,
            }
        })
        .collect()
}
