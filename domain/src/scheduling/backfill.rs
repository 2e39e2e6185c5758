//! Running what a pause, or a time before the schedule, left out: only ever because a person asks for it.

use std::collections::HashSet;

use jiff::Timestamp;

use super::put::missing;
use super::{Ports, Refused, rows, schedule_errors};
use crate::agent::FieldError;
use crate::ids::{AgentId, UserId};
use crate::page::{MAX_LIMIT, PageRequest};
use crate::ports::schedules::{Planning, Schedule, SlotRow};
use crate::schedule::{PlannedSlot, SlotDecision};

/// The most slots of one backfill. Each is a whole run with its cost.
pub const MAX_BACKFILL: usize = 100;
/// How often it starts over because the schedule moved on in between.
const ATTEMPTS: u32 = 16;

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Backfill {
    /// Start, included.
    pub from: Timestamp,
    /// End, included; not after now.
    pub to: Timestamp,
    /// The most slots it may have.
    pub max: usize,
    /// Whether only to say what would run.
    pub dry_run: bool,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Backfilled {
    /// Whose slots they are.
    pub schedule: Schedule,
    /// The slots that run (or would), oldest first. Times that have a row in the ledger already are not among them: a slot ends once.
    pub slots: Vec<SlotRow>,
}

/// Plans the times of a past period that have no slot, to be run one after the other.
pub async fn backfill(
    ports: Ports<'_>,
    user: UserId,
    agent: AgentId,
    asked: Backfill,
) -> Result<Backfilled, Refused> {
    let now = ports.clock.now();
    check(asked, now)?;
    for _ in 0..ATTEMPTS {
        let Some(schedule) = ports.schedules.schedule(user, agent).await? else {
            return Err(missing(ports, user, agent).await?);
        };
        let plan = schedule
            .spec
            .validate()
            .map_err(|_| Refused::Invalid(schedule_errors(&schedule.spec, "")))?;
        // Later times are the schedule's own to plan, unless it is paused.
        let to = if schedule.paused.is_some() {
            asked.to
        } else {
            asked.to.min(schedule.cursor)
        };
        let fires = if asked.from <= to {
            plan.backfill(asked.from, to, asked.max)
                .map_err(|many| Refused::TooMany { max: many.max })?
        } else {
            Vec::new()
        };
        let known = known(ports, &schedule, asked.from).await?;
        let planned: Vec<_> = fires
            .iter()
            .filter(|fire| !known.contains(&fire.at))
            .map(|fire| PlannedSlot {
                scheduled_at: fire.at,
                decision: SlotDecision::Run { late: true },
            })
            .collect();
        let mut slots = rows(&schedule, &planned, now);
        for slot in &mut slots {
            slot.dispatch_at = now;
        }
        if asked.dry_run || slots.is_empty() {
            return Ok(Backfilled { schedule, slots });
        }
        let planning = Planning {
            schedule_id: schedule.id,
            revision: schedule.revision,
            slots: slots.clone(),
            cursor: schedule.cursor,
            next_due_at: schedule.next_due_at,
            pause: None,
            decide: false,
            told: None,
        };
        if ports.schedules.plan(&planning).await? {
            ports.alarm.changed(schedule.id).await;
            return Ok(Backfilled { schedule, slots });
        }
    }
    Err(Refused::Contended)
}

fn check(asked: Backfill, now: Timestamp) -> Result<(), Refused> {
    let mut errors = Vec::new();
    if asked.from > asked.to {
        errors.push(FieldError::new(
            "from",
            "out_of_range",
            "must not be after to",
        ));
    }
    if asked.to > now {
        errors.push(FieldError::new(
            "to",
            "out_of_range",
            "must not be in the future",
        ));
    }
    if !(1..=MAX_BACKFILL).contains(&asked.max) {
        errors.push(FieldError::new(
            "max",
            "out_of_range",
            format!("must be between 1 and {MAX_BACKFILL}"),
        ));
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(Refused::Invalid(errors))
    }
}

/// The times at or after `from` that have a row.
async fn known(
    ports: Ports<'_>,
    schedule: &Schedule,
    from: Timestamp,
) -> Result<HashSet<Timestamp>, Refused> {
    let mut known = HashSet::new();
    let mut cursor = None;
    loop {
        let page = PageRequest {
            cursor,
            limit: Some(MAX_LIMIT),
        };
        let page = ports
            .schedules
            .list_slots(schedule.user_id, schedule.agent_id, &page)
            .await?;
        let reached = page
            .items
            .last()
            .is_none_or(|slot| slot.scheduled_at < from);
        known.extend(page.items.into_iter().map(|slot| slot.scheduled_at));
        cursor = page.next;
        if reached || cursor.is_none() {
            return Ok(known);
        }
    }
}
