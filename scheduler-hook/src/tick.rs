//! One look at everything that is due.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use berth_domain::ids::ScheduleId;
use berth_domain::ports::StoreResult;
use berth_domain::ports::schedules::Schedule;
use berth_domain::schedule::Overlap;
use futures::{StreamExt as _, stream};
use jiff::Timestamp;
use serde::Serialize;

use crate::{Deps, fire, plan};

/// Rows that are read at once: as many as are due at a full hour where there are very many, and still no more than some megabytes.
const READ: u32 = 10_000;
/// Rows that are written in one transaction. The more, the less is written, for each changes a few dozen pages that others change
/// too; but every other write waits for it, some tens of milliseconds with this many.
const BATCH: usize = 500;
/// Schedules that are planned in one transaction: a third of the work of as many runs.
const PLANNED: usize = 1_000;
/// Batches that are planned at the same time: while one is written, the next is computed.
const BATCHES_AT_ONCE: usize = 2;

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
    /// Of these, slots that still wait: those that failed, and those of the same schedules behind them.
    pub left: u64,
}

/// Plans and fires everything that is due at `now`. An error means that the store could not be asked what is due; an error with
/// one schedule or slot is logged, counted, and left to the next tick, so that it never stops the others.
pub async fn tick(deps: &Deps, now: Timestamp) -> StoreResult<Report> {
    let planned = plan_due(deps, now).await?;
    fire_waiting(deps, now, planned).await
}

/// What has been planned and is to be fired.
#[derive(Debug, Default)]
pub struct Planned {
    report: Report,
    /// Of the schedules that were planned.
    overlaps: HashMap<ScheduleId, Overlap>,
}

/// The first half of a [`tick`]: every slot up to `now` has its row, and of nearly all those that run it is decided that they do.
pub async fn plan_due(deps: &Deps, now: Timestamp) -> StoreResult<Planned> {
    let mut planned = Planned::default();
    plan_all(deps, now, &mut planned).await?;
    Ok(planned)
}

/// The second half: what waits becomes runs.
pub async fn fire_waiting(deps: &Deps, now: Timestamp, planned: Planned) -> StoreResult<Report> {
    let Planned {
        mut report,
        mut overlaps,
    } = planned;
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
        let behind = Behind::read(deps, now).await?;
        for missed in plan::all(deps, vec![schedule], &behind, now).await {
            report.planned += 1;
            report.missed += missed?;
        }
    }
    // What does not fit here the next tick finds.
    let mut waiting = deps.schedules.waiting_slots(now, READ).await?;
    waiting.retain(|slot| slot.schedule_id == id);
    let fired = fire::all(deps, &waiting, &overlaps, now).await;
    Ok(Report {
        planned: report.planned,
        missed: report.missed,
        ..fired
    })
}

async fn plan_all(deps: &Deps, now: Timestamp, planned: &mut Planned) -> StoreResult<()> {
    let Planned { report, overlaps } = planned;
    let mut behind = None;
    let mut tried = HashSet::new();
    let mut failed = 0;
    loop {
        let mut due = deps.schedules.due_schedules(now, limit(failed)).await?;
        // What failed is still due: once a tick is enough.
        due.retain(|schedule| tried.insert(schedule.id));
        if due.is_empty() {
            return Ok(());
        }
        let behind = match &mut behind {
            Some(behind) => behind,
            none => none.insert(Behind::read(deps, now).await?),
        };
        for schedule in &due {
            overlaps.insert(schedule.id, schedule.spec.overlap);
        }
        let mut parts = stream::iter(batches(due))
            .map(|batch| plan::all(deps, batch, behind, now))
            .buffered(BATCHES_AT_ONCE);
        while let Some(part) = parts.next().await {
            for result in part {
                match result {
                    Ok(missed) => {
                        report.planned += 1;
                        report.missed += missed;
                    }
                    Err(error) => {
                        failed += 1;
                        tracing::error!(%error, cause = %error.source, "a schedule could not be planned");
                    }
                }
            }
        }
        report.failed = failed;
    }
}

/// Schedules of which slots still wait from before.
#[derive(Debug)]
pub(crate) struct Behind {
    schedules: HashSet<ScheduleId>,
    /// Whether these are all.
    complete: bool,
}

impl Behind {
    async fn read(deps: &Deps, now: Timestamp) -> StoreResult<Self> {
        let waiting = deps.schedules.waiting_slots(now, READ).await?;
        Ok(Self {
            complete: waiting.len() < READ as usize,
            schedules: waiting.into_iter().map(|slot| slot.schedule_id).collect(),
        })
    }

    /// Whether a slot of this schedule may wait that is older than those to be planned.
    pub(crate) fn may_have(&self, schedule: ScheduleId) -> bool {
        !self.complete || self.schedules.contains(&schedule)
    }
}

fn batches(mut due: Vec<Schedule>) -> Vec<Vec<Schedule>> {
    let mut batches = Vec::with_capacity(due.len().div_ceil(PLANNED));
    while !due.is_empty() {
        let rest = due.split_off(due.len().min(PLANNED));
        batches.push(std::mem::replace(&mut due, rest));
    }
    batches
}

async fn fire_all(
    deps: &Deps,
    now: Timestamp,
    report: &mut Report,
    overlaps: &mut HashMap<ScheduleId, Overlap>,
) -> StoreResult<()> {
    let mut tried = HashSet::new();
    loop {
        let limit = limit(report.left);
        let mut waiting = deps.schedules.waiting_slots(now, limit).await?;
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
        for batch in waiting.chunks(BATCH) {
            let part = fire::all(deps, batch, overlaps, now).await;
            report.ran += part.ran;
            report.skipped += part.skipped;
            report.failed += part.failed;
            report.left += part.left;
        }
    }
}

/// How many rows to ask for when so many are known to stay: they come first, and must not hide those behind them.
fn limit(staying: u64) -> u32 {
    u32::try_from(staying)
        .unwrap_or(u32::MAX)
        .saturating_add(READ)
}
