//! From a waiting slot to its run.

use std::collections::{BTreeMap, HashMap};

use berth_domain::ids::ScheduleId;
use berth_domain::ports::queue::Hint;
use berth_domain::ports::schedules::{Fired, Firing, SlotRow};
use berth_domain::schedule::Overlap;
use jiff::Timestamp;

use crate::{Deps, Report};

/// Slots that wait, by their schedule, each oldest first.
pub(crate) fn by_schedule(mut slots: Vec<SlotRow>) -> Vec<Vec<SlotRow>> {
    slots.sort_by_key(|slot| slot.scheduled_at);
    let mut groups: BTreeMap<ScheduleId, Vec<SlotRow>> = BTreeMap::new();
    for slot in slots {
        groups.entry(slot.schedule_id).or_default().push(slot);
    }
    groups.into_values().collect()
}

/// Fires the slots of one schedule, one after the other.
pub(crate) async fn slots(
    deps: &Deps,
    slots: Vec<SlotRow>,
    overlaps: &HashMap<ScheduleId, Overlap>,
    now: Timestamp,
) -> Report {
    let mut report = Report::default();
    for slot in slots {
        let overlap = overlaps.get(&slot.schedule_id).copied();
        let firing = Firing {
            schedule_id: slot.schedule_id,
            scheduled_at: slot.scheduled_at,
            overlap: overlap.unwrap_or(Overlap::QueueOne),
            now,
        };
        match deps.schedules.fire(&firing).await {
            Ok(Fired::Ran {
                run_id,
                repeated,
                stopping,
            }) => {
                report.ran += u64::from(!repeated);
                for run in stopping {
                    deps.queue.announce(Hint::Cancel(run)).await;
                }
                deps.queue.announce(Hint::Claim(run_id)).await;
            }
            Ok(Fired::Ended(outcome, reason)) => {
                report.skipped += 1;
                tracing::info!(
                    schedule.id = %slot.schedule_id, slot.at = %slot.scheduled_at, outcome = outcome.as_str(),
                    reason = reason.as_str(), "a slot has ended without a run"
                );
            }
            Ok(Fired::Unknown) => {
                tracing::warn!(schedule.id = %slot.schedule_id, slot.at = %slot.scheduled_at, "a waiting slot has gone");
            }
            Err(error) => {
                report.failed += 1;
                tracing::error!(%error, cause = %error.source, schedule.id = %slot.schedule_id, "a slot could not be fired");
                // Those after it wait for it: their order counts.
                break;
            }
        }
    }
    report
}
