//! The slot ledger: rows are added, end once and stay.

use berth_domain::ids::{AgentId, ScheduleId, UserId};
use berth_domain::page::{Page, PageRequest};
use berth_domain::ports::schedules::SlotRow;
use berth_domain::schedule::{SlotEnd, SlotOutcome, SlotReason};
use jiff::Timestamp;

use super::row::{SlotRecord, slot_id, slot_path};
use crate::convert::{cursor, micros, page, parse_cursor};
use crate::db::query::{Query, int, text};
use crate::db::work::Work;
use crate::db::{Db, Done, Path};

/// Adds rows; one that is there stays as it is.
pub(super) async fn add(work: &Work, slots: &[SlotRow]) -> Done<()> {
    let paths: Vec<_> = slots
        .iter()
        .map(|slot| slot_path(slot.schedule_id, slot.scheduled_at))
        .collect();
    work.load(paths.iter().map(|path| path.relative())).await?;
    for (slot, path) in slots.iter().zip(&paths) {
        if work.get(path).await?.is_none() {
            work.put(path, &SlotRecord::from(slot))?;
        }
    }
    Ok(())
}

/// Ends every waiting row of a schedule as skipped. Whoever calls it writes the schedule, as whoever adds rows does: so none is added
/// in between.
pub(super) async fn skip_waiting(
    work: &Work,
    schedule: ScheduleId,
    reason: SlotReason,
    now: Timestamp,
) -> Done<()> {
    let waiting = Query::of::<SlotRecord>()
        .equal("schedule_id", text(schedule.to_string()))
        .equal("outcome", text(SlotOutcome::Pending.as_str()))
        .ids(work.db())
        .await?;
    let paths: Vec<_> = waiting
        .iter()
        .map(|id| Path::<SlotRecord>::new(id))
        .collect();
    work.load(paths.iter().map(|path| path.relative())).await?;
    for path in &paths {
        skip(work, path, reason, now).await?;
    }
    Ok(())
}

/// Ends those of these rows that wait: rows that a step has added are not found by its queries.
pub(super) async fn skip_added(
    work: &Work,
    slots: &[SlotRow],
    reason: SlotReason,
    now: Timestamp,
) -> Done<()> {
    for slot in slots {
        let path = slot_path(slot.schedule_id, slot.scheduled_at);
        skip(work, &path, reason, now).await?;
    }
    Ok(())
}

async fn skip(
    work: &Work,
    path: &Path<SlotRecord>,
    reason: SlotReason,
    now: Timestamp,
) -> Done<()> {
    if let Some(mut slot) = work.get(path).await?
        && slot.outcome == SlotOutcome::Pending
    {
        slot.end(SlotEnd::Skipped(reason), now);
        work.put(path, &slot)?;
    }
    Ok(())
}

pub(super) async fn waiting(db: &Db, now: Timestamp, limit: u32) -> Done<Vec<SlotRow>> {
    let found: Vec<SlotRecord> = Query::of::<SlotRecord>()
        .at_most("due_at", micros(now))
        .up("due_at")
        .up("scheduled_at")
        .limit(limit)
        .records(db)
        .await?;
    Ok(found.into_iter().map(SlotRow::from).collect())
}

/// When the first of those is due that wait beyond `now`.
pub(super) async fn next(db: &Db, now: Timestamp) -> Done<Option<Timestamp>> {
    let found: Vec<SlotRecord> = Query::of::<SlotRecord>()
        .above("due_at", micros(now))
        .up("due_at")
        .up("scheduled_at")
        .limit(1)
        .records(db)
        .await?;
    Ok(found.first().and_then(|slot| slot.due_at))
}

pub(super) async fn list(
    db: &Db,
    user: UserId,
    agent: AgentId,
    request: &PageRequest,
) -> Done<Page<SlotRow>> {
    // An agent whose schedule was removed and made again has slots of both, perhaps at the same time: the document's id tells them
    // apart.
    let mut query = Query::of::<SlotRecord>()
        .equal("user_id", text(user.to_string()))
        .equal("agent_id", text(agent.to_string()))
        .down("scheduled_at")
        .limit(request.limit() + 1);
    if let Some((at, id)) = parse_cursor(request.cursor.as_deref()) {
        query = query.after(vec![int(at)], &id);
    }
    let found: Vec<SlotRecord> = query.records(db).await?;
    let rows = found.into_iter().map(SlotRow::from).collect();
    Ok(page(rows, request.limit(), |last: &SlotRow| {
        let id = slot_id(last.schedule_id, last.scheduled_at);
        cursor(micros(last.scheduled_at), id)
    }))
}

pub(super) async fn missed(
    db: &Db,
    user: UserId,
    since: Timestamp,
    limit: u32,
) -> Done<Vec<SlotRow>> {
    let found: Vec<SlotRecord> = Query::of::<SlotRecord>()
        .equal("user_id", text(user.to_string()))
        .equal("outcome", text(SlotOutcome::Missed.as_str()))
        .at_least("decided_at", micros(since))
        .down("decided_at")
        .down("scheduled_at")
        .limit(limit)
        .records(db)
        .await?;
    Ok(found.into_iter().map(SlotRow::from).collect())
}
