//! One look at everything that is due.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use berth_domain::ids::ScheduleId;
use berth_domain::ports::StoreResult;
use berth_domain::schedule::Overlap;
use jiff::Timestamp;
use serde::Serialize;

use crate::{Deps, fire, plan};

/// Rows that are read, and written, at once. Thousands are due at a full hour: the more of them are in one transaction, the less is
/// written, for each changes a few dozen pages that others change too. It takes about a tenth of a second, for which every other
/// write waits.
const BATCH: u32 = 1_000;

/// What a tick has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Schedules that were planned.
    pub planned: u64,
    /// Runs that were made.
    pub ran: u64,
    /// Slots that ended as skipped while firing.
    pub skipped: u64,
    /// Slots that were written down as missed.
    pub missed: u64,
    /// Schedules and slots that the next tick must try again.
    pub failed: u64,
}

/// Plans and fires everything that is due at `now`. An error means that the store could not be asked what is due; an error with
/// one schedule or slot is logged, counted, and left to the next tick, so that it never stops the others.
pub async fn tick(deps: &Deps, now: Timestamp) -> StoreResult<Report> {
    let mut report = Report::default();
    let mut overlaps = HashMap::new();
    plan_all(deps, now, &mut report, &mut overlaps).await?;
    fire_all(deps, now, &mut report, &mut overlaps).await?;
    metrics::counter!("slots_fired_total", "outcome" => "ran").increment(report.ran);
    metrics::counter!("slots_fired_total", "outcome" => "skipped").increment(report.skipped);
    metrics::counter!("slots_fired_total", "outcome" => "missed").increment(report.missed);
    metrics::counter!("schedule_tick_failures_total").increment(report.failed);
    Ok(report)
}

/// Plans and fires one schedule, if it is due. A call for one that has gone, is paused or is not due does nothing: whoever calls may be
/// late, early or wrong.
pub async fn fire_schedule(deps: &Deps, id: ScheduleId, now: Timestamp) -> StoreResult<Report> {
    let mut report = Report::default();
    let Some(schedule) = deps.schedules.schedule_by_id(id).await? else {
        return Ok(report);
    };
    let overlaps = HashMap::from([(id, schedule.spec.overlap)]);
    if schedule.next_due_at.is_some_and(|due| due <= now) {
        for missed in plan::all(deps, vec![schedule], now).await {
            report.planned += 1;
            report.missed += missed?;
        }
    }
    // What does not fit here the next tick finds.
    let mut waiting = deps.schedules.waiting_slots(now, BATCH).await?;
    waiting.retain(|slot| slot.schedule_id == id);
    let fired = fire::all(deps, waiting, &overlaps, now).await;
    Ok(Report {
        planned: report.planned,
        missed: report.missed,
        ..fired
    })
}

async fn plan_all(
    deps: &Deps,
    now: Timestamp,
    report: &mut Report,
    overlaps: &mut HashMap<ScheduleId, Overlap>,
) -> StoreResult<()> {
    let mut tried = HashSet::new();
    loop {
        let mut due = deps.schedules.due_schedules(now, BATCH).await?;
        // What failed is still due: once a tick is enough.
        due.retain(|schedule| tried.insert(schedule.id));
        if due.is_empty() {
            return Ok(());
        }
        for schedule in &due {
            overlaps.insert(schedule.id, schedule.spec.overlap);
        }
        for result in plan::all(deps, due, now).await {
            match result {
                Ok(missed) => {
                    report.planned += 1;
                    report.missed += missed;
                }
                Err(error) => {
                    report.failed += 1;
                    tracing::error!(%error, cause = %error.source, "a schedule could not be planned");
                }
            }
        }
    }
}

async fn fire_all(
    deps: &Deps,
    now: Timestamp,
    report: &mut Report,
    overlaps: &mut HashMap<ScheduleId, Overlap>,
) -> StoreResult<()> {
    let mut tried = HashSet::new();
    loop {
        let mut waiting = deps.schedules.waiting_slots(now, BATCH).await?;
        waiting.retain(|slot| tried.insert((slot.schedule_id, slot.scheduled_at)));
        if waiting.is_empty() {
            return Ok(());
        }
        for slot in &waiting {
            if let Entry::Vacant(unknown) = overlaps.entry(slot.schedule_id) {
                let schedule = deps.schedules.schedule_by_id(slot.schedule_id).await?;
                let overlap = schedule.map(|schedule| schedule.spec.overlap);
                unknown.insert(overlap.unwrap_or(Overlap::QueueOne));
            }
        }
        let part = fire::all(deps, waiting, overlaps, now).await;
        report.ran += part.ran;
        report.skipped += part.skipped;
        report.failed += part.failed;
    }
}
