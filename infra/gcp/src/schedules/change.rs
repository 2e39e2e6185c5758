//! Changing schedules. Every change raises the revision, so that what was computed from an older state is refused.

use berth_domain::ids::{AgentId, ScheduleId, UserId};
use berth_domain::ports::notifications::ScheduleVerdict;
use berth_domain::ports::schedules::{Planning, PutResult, PutSchedule};
use berth_domain::schedule::SlotReason;
use jiff::Timestamp;

use super::row::{ScheduleRecord, schedule_path};
use super::slots;
use crate::agents;
use crate::db::Done;
use crate::db::work::Work;
use crate::notifications;

pub(super) async fn put(work: &Work, put: &PutSchedule) -> Done<PutResult> {
    let Some(mut agent) = agents::find(work, put.user_id, put.agent_id).await? else {
        return Ok(PutResult::UnknownAgent);
    };
    let replaced = match agent.schedule_id {
        Some(id) => work.get(&schedule_path(id)).await?,
        None => None,
    };
    if replaced.as_ref().map(|schedule| schedule.revision) != put.expected_revision {
        return Ok(PutResult::Conflict);
    }
    let record = ScheduleRecord {
        id: replaced.as_ref().map_or(put.id, |schedule| schedule.id),
        agent_id: put.agent_id,
        user_id: put.user_id,
        spec: put.spec.clone(),
        cursor: put.cursor,
        next_due_at: put.next_due_at,
        paused: put.paused,
        failures: 0,
        revision: replaced
            .as_ref()
            .map_or(1, |schedule| schedule.revision + 1),
        created_at: replaced
            .as_ref()
            .map_or(put.now, |schedule| schedule.created_at),
        updated_at: put.now,
    };
    // The agent is written with its first schedule: of two first ones, and of a first one and the agent's end, one comes second.
    if agent.schedule_id != Some(record.id) {
        agent.schedule_id = Some(record.id);
        work.put(&agents::path(put.agent_id), &agent)?;
    }
    work.put(&schedule_path(record.id), &record)?;
    slots::add(work, &put.slots).await?;
    if put.paused.is_some() {
        // Those that were just added among them.
        slots::skip_waiting(work, record.id, SlotReason::Paused, put.now).await?;
        slots::skip_added(work, &put.slots, SlotReason::Paused, put.now).await?;
    }
    Ok(PutResult::Saved(Box::new(record.into())))
}

/// Removes an agent's schedule.
pub(super) async fn delete(
    work: &Work,
    user: UserId,
    agent: AgentId,
    now: Timestamp,
) -> Done<bool> {
    let Some(mut record) = agents::find(work, user, agent).await? else {
        return Ok(false);
    };
    let Some(schedule) = record.schedule_id.take() else {
        return Ok(false);
    };
    work.put(&agents::path(agent), &record)?;
    remove(work, schedule, SlotReason::ScheduleChanged, now).await?;
    Ok(true)
}

/// Removes a schedule; what waits of it ends with `reason`.
pub(crate) async fn remove(
    work: &Work,
    id: ScheduleId,
    reason: SlotReason,
    now: Timestamp,
) -> Done<()> {
    let path = schedule_path(id);
    if work.get(&path).await?.is_some() {
        work.delete(&path)?;
        slots::skip_waiting(work, id, reason, now).await?;
    }
    Ok(())
}

pub(super) async fn plan(work: &Work, planning: &Planning) -> Done<bool> {
    let path = schedule_path(planning.schedule_id);
    let found = work.get(&path).await?;
    let Some(mut schedule) = found.filter(|found| found.revision == planning.revision) else {
        return Ok(false);
    };
    schedule.cursor = planning.cursor;
    schedule.next_due_at = planning.next_due_at;
    schedule.paused = planning.pause.or(schedule.paused);
    schedule.revision += 1;
    work.put(&path, &schedule)?;
    slots::add(work, &planning.slots).await?;
    if let Some((notification, deliveries)) = &planning.told {
        notifications::tell(work, notification, deliveries).await?;
    }
    Ok(true)
}

/// Stores what a run's end means for its schedule.
pub(crate) async fn judge(work: &Work, verdict: &ScheduleVerdict, now: Timestamp) -> Done<()> {
    let path = schedule_path(verdict.schedule_id);
    let Some(mut schedule) = work.get(&path).await? else {
        return Ok(());
    };
    schedule.failures = verdict.failures;
    // A schedule that its owner has paused in the meantime stays paused by its owner.
    schedule.paused = schedule.paused.or(verdict.pause);
    if verdict.pause.is_some() {
        schedule.next_due_at = None;
    }
    schedule.revision += 1;
    work.put(&path, &schedule)?;
    if verdict.pause.is_some() {
        slots::skip_waiting(work, verdict.schedule_id, SlotReason::Paused, now).await?;
    }
    Ok(())
}
