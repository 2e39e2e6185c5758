//! From a waiting slot to its run.

use std::collections::HashMap;

use berth_domain::ids::ScheduleId;
use berth_domain::ports::queue::Hint;
use berth_domain::ports::schedules::{Fired, Firing, SlotRow};
use berth_domain::schedule::Overlap;
use futures::{StreamExt as _, stream};
use jiff::Timestamp;

use crate::{AT_ONCE, Deps, Report};

/// Fires slots, each schedule's in their order, all of them in one transaction. If that fails, each schedule's are fired for themselves, so that one which cannot
/// be fired does not stop the others.
pub(crate) async fn all(
    deps: &Deps,
    slots: &[SlotRow],
    overlaps: &HashMap<ScheduleId, Overlap>,
    now: Timestamp,
) -> Report {
    let mut firings: Vec<_> = slots
        .iter()
        .map(|slot| Firing {
            schedule_id: slot.schedule_id,
            scheduled_at: slot.scheduled_at,
            overlap: *overlaps
                .get(&slot.schedule_id)
                .unwrap_or(&Overlap::QueueOne),
            now,
        })
        .collect();
    let mut report = Report::default();
    match deps.schedules.fire_all(&firings).await {
        Ok(fired) => {
            for (firing, fired) in firings.iter().zip(fired) {
                tell(deps, firing, fired, &mut report).await;
            }
        }
        Err(error) => {
            tracing::warn!(%error, cause = %error.source, "slots could not be fired together, firing each schedule's for themselves");
            // One schedule's slots stay in their order, for the overlap rule looks at what is under way.
            firings.sort_by_key(|firing| firing.schedule_id);
            let groups: Vec<_> = firings
                .chunk_by(|one, next| one.schedule_id == next.schedule_id)
                .map(<[Firing]>::to_vec)
                .collect();
            let mut parts = stream::iter(groups)
                .map(|group| alone(deps, group))
                .buffer_unordered(AT_ONCE);
            while let Some(part) = parts.next().await {
                report.ran += part.ran;
                report.skipped += part.skipped;
                report.failed += part.failed;
                report.left += part.left;
            }
        }
    }
    report
}

/// Fires the slots of one schedule, one after the other.
async fn alone(deps: &Deps, firings: Vec<Firing>) -> Report {
    let mut report = Report::default();
    for (done, firing) in firings.iter().enumerate() {
        match deps.schedules.fire(firing).await {
            Ok(fired) => tell(deps, firing, fired, &mut report).await,
            Err(error) => {
                report.failed += 1;
                tracing::error!(%error, cause = %error.source, schedule.id = %firing.schedule_id, "a slot could not be fired");
                // Those after it wait for it: their order counts.
                report.left = (firings.len() - done) as u64;
                break;
            }
        }
    }
    report
}

/// Announces what a slot has become.
async fn tell(deps: &Deps, firing: &Firing, fired: Fired, report: &mut Report) {
    let (schedule, at) = (firing.schedule_id, firing.scheduled_at);
    match fired {
        Fired::Ran {
            run_id,
            repeated,
            stopping,
        } => {
            if !repeated {
                report.ran += 1;
                // Where the trace of the run begins.
                tracing::info_span!("run.submit", run.id = %run_id, schedule.id = %schedule);
            }
            for run in stopping {
                deps.queue.announce(Hint::Cancel(run)).await;
            }
            deps.queue.announce(Hint::Claim(run_id)).await;
        }
        Fired::Ended(outcome, reason) => {
            report.skipped += 1;
            tracing::info!(
                schedule.id = %schedule, slot.at = %at, outcome = outcome.as_str(), reason = reason.as_str(),
                "a slot has ended without a run"
            );
        }
        Fired::Unknown => {
            tracing::warn!(schedule.id = %schedule, slot.at = %at, "a waiting slot has gone");
        }
    }
}
