//! Storing, pausing, resuming and removing a schedule.

use jiff::Timestamp;

use super::{Ports, Refused, rows, schedule_errors};
use crate::ids::{AgentId, UserId};
use crate::ports::schedules::{PauseReason, Planning, PutResult, PutSchedule, Schedule};
use crate::schedule::{self, Plan, ScheduleSpec};

/// How often a change starts over because another one came in between. Only the owner's own clicks and the tick compete.
const ATTEMPTS: u32 = 16;

/// Stores or replaces an agent's schedule. What was due by the one before is planned by it; the new one begins now.
pub async fn put_schedule(
    ports: Ports<'_>,
    user: UserId,
    agent: AgentId,
    spec: ScheduleSpec,
) -> Result<Schedule, Refused> {
    let plan = spec
        .validate()
        .map_err(|_| Refused::Invalid(schedule_errors(&spec, "")))?;
    let mut attempts = 0;
    while attempts < ATTEMPTS {
        let now = ports.clock.now();
        let old = ports.schedules.schedule(user, agent).await?;
        let change = change(old, (&plan, &spec), now);
        let put = match change {
            Change::First(planning) => {
                // Each round plans up to a thousand slots, so that it ends however long nobody looked.
                if !ports.schedules.plan(&planning).await? {
                    attempts += 1;
                }
                continue;
            }
            Change::Put(put) => PutSchedule {
                id: ports.clock.uuid().into(),
                user_id: user,
                agent_id: agent,
                ..*put
            },
        };
        match ports.schedules.put_schedule(&put).await? {
            PutResult::Saved(schedule) => {
                ports.alarm.changed(schedule.id).await;
                return Ok(*schedule);
            }
            PutResult::Conflict => attempts += 1,
            PutResult::UnknownAgent => return Err(Refused::UnknownAgent),
        }
    }
    Err(Refused::Contended)
}

/// What a change of the schedule has to write next.
enum Change {
    /// The old one has more due than one call plans.
    First(Box<Planning>),
    /// The new one; ids are the caller's to fill in.
    Put(Box<PutSchedule>),
}

fn change(old: Option<Schedule>, new: (&Plan, &ScheduleSpec), now: Timestamp) -> Change {
    let paused = new.1.paused.then_some(PauseReason::User);
    let Some(old) = old else {
        let (cursor, next) = schedule::resume(new.0, new.1, None, now);
        return Change::Put(Box::new(PutSchedule {
            id: uuid::Uuid::nil().into(),
            user_id: uuid::Uuid::nil().into(),
            agent_id: uuid::Uuid::nil().into(),
            spec: new.1.clone(),
            expected_revision: None,
            slots: Vec::new(),
            cursor,
            next_due_at: next,
            paused,
            now,
        }));
    };
    let (slots, cursor, next) = if let Ok(plan) = old.spec.validate() {
        let respec = schedule::respec((&plan, &old.spec), new, old.cursor, now);
        let slots = rows(&old, &respec.slots, now);
        if !respec.complete {
            return Change::First(Box::new(Planning {
                schedule_id: old.id,
                revision: old.revision,
                slots,
                cursor: respec.cursor,
                next_due_at: respec.next,
                pause: None,
                decide: false,
                told: None,
            }));
        }
        (slots, respec.cursor, respec.next)
    } else {
        // It cannot be computed any more (a zone that has gone), so that nothing can be said of what was due.
        let (cursor, next) = schedule::resume(new.0, new.1, Some(old.cursor), now);
        (Vec::new(), cursor, next)
    };
    Change::Put(Box::new(PutSchedule {
        id: old.id,
        user_id: old.user_id,
        agent_id: old.agent_id,
        spec: new.1.clone(),
        expected_revision: Some(old.revision),
        slots,
        cursor,
        next_due_at: next,
        paused,
        now,
    }))
}

/// Pauses or resumes a schedule as its owner; one that stands so already is left as it is. A resumed schedule begins now, with
/// no failures counted; what the pause left out is not made up for.
pub async fn set_paused(
    ports: Ports<'_>,
    user: UserId,
    agent: AgentId,
    paused: bool,
) -> Result<Schedule, Refused> {
    let Some(schedule) = ports.schedules.schedule(user, agent).await? else {
        return Err(missing(ports, user, agent).await?);
    };
    if schedule.paused.is_some() == paused {
        return Ok(schedule);
    }
    let spec = ScheduleSpec {
        paused,
        ..schedule.spec
    };
    put_schedule(ports, user, agent, spec).await
}

/// Removes an agent's schedule.
pub async fn delete_schedule(
    ports: Ports<'_>,
    user: UserId,
    agent: AgentId,
) -> Result<(), Refused> {
    let Some(schedule) = ports.schedules.schedule(user, agent).await? else {
        return Err(missing(ports, user, agent).await?);
    };
    let now = ports.clock.now();
    ports.schedules.delete_schedule(user, agent, now).await?;
    ports.alarm.changed(schedule.id).await;
    Ok(())
}

/// Whether it is the agent or only its schedule that is not there.
pub(super) async fn missing(
    ports: Ports<'_>,
    user: UserId,
    agent: AgentId,
) -> Result<Refused, Refused> {
    let found = ports.agents.agent(user, agent).await?;
    Ok(found.map_or(Refused::UnknownAgent, |_| Refused::NoSchedule))
}
