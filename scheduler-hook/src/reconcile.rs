//! Keeps the calls of a service outside in step with the schedules, while it takes more of them.

use std::collections::{BTreeMap, BTreeSet};

use berth_domain::ids::ScheduleId;
use berth_domain::ports::StoreResult;
use berth_domain::ports::schedules::Schedules;
use berth_domain::ports::triggers::{FoundTrigger, SetUp, Trigger, Triggers};
use jiff::Timestamp;

use crate::cron::crontab;

/// Schedules that are looked at; more than any region has calls for.
const LOOKED_AT: u32 = 10_000;

/// What is to be done, in this order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decision {
    /// Names to be removed: of schedules that have gone or are paused, and names that we give no more.
    pub remove: Vec<String>,
    /// Calls to be set up or set right.
    pub set: Vec<Trigger>,
    /// Schedules that get none, because there are too many; the tick fires them.
    pub left_out: usize,
}

/// Compares what is wanted with what is there. What is there and still wanted stays there before anything new comes, so that two looks
/// at the same state decide the same, and the second finds nothing to do.
pub fn decide(wanted: &[Trigger], found: &[FoundTrigger], quota: usize) -> Decision {
    let wanted: BTreeMap<ScheduleId, &Trigger> = wanted
        .iter()
        .map(|trigger| (trigger.schedule_id, trigger))
        .collect();
    let mut decision = Decision::default();
    let mut there = BTreeMap::new();
    for trigger in found {
        let id = trigger.schedule_id.filter(|id| wanted.contains_key(id));
        match id {
            Some(id) if !there.contains_key(&id) && there.len() < quota => {
                there.insert(id, trigger);
            }
            _ => decision.remove.push(trigger.name.clone()),
        }
    }
    let new: Vec<ScheduleId> = wanted
        .keys()
        .filter(|id| !there.contains_key(id))
        .copied()
        .collect();
    let room = quota - there.len();
    decision.left_out = new.len().saturating_sub(room);
    let chosen: BTreeSet<ScheduleId> = new.into_iter().take(room).collect();
    for (id, trigger) in wanted {
        let right = there
            .get(&id)
            .map(|found| found.as_set.as_ref() == Some(trigger));
        if right == Some(false) || chosen.contains(&id) {
            decision.set.push(trigger.clone());
        }
    }
    decision
}

/// What came of a look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Calls that were set up or set right.
    pub set: usize,
    /// Calls that were removed.
    pub removed: usize,
    /// Schedules that the tick alone fires.
    pub left_out: usize,
    /// Calls that the service did not take; the next look tries again.
    pub failed: usize,
}

/// Looks once. `quota` is how many calls may be ours. Two looks at the same time do what one does.
pub async fn reconcile(
    schedules: &dyn Schedules,
    triggers: &dyn Triggers,
    quota: usize,
) -> StoreResult<Reconciled> {
    // All that will ever be due, which are all that are not paused, soonest first.
    let all = schedules.due_schedules(Timestamp::MAX, LOOKED_AT).await?;
    let wanted: Vec<Trigger> = all
        .iter()
        .filter_map(|schedule| {
            Some(Trigger {
                schedule_id: schedule.id,
                crontab: crontab(&schedule.spec)?,
                time_zone: schedule.spec.time_zone.clone(),
            })
        })
        .collect();
    let decision = decide(&wanted, &triggers.list_triggers().await?, quota);
    let mut done = Reconciled {
        left_out: decision.left_out + all.len() - wanted.len(),
        ..Reconciled::default()
    };
    for name in &decision.remove {
        match triggers.remove_trigger(name).await {
            Ok(_) => done.removed += 1,
            Err(error) => {
                done.failed += 1;
                tracing::warn!(%error, cause = %error.source, trigger = name, "a trigger was not removed");
            }
        }
    }
    for (place, trigger) in decision.set.iter().enumerate() {
        match triggers.set_trigger(trigger).await {
            Ok(SetUp::Done) => done.set += 1,
            Ok(SetUp::OverQuota) => {
                done.left_out += decision.set.len() - place;
                tracing::warn!(
                    left_out = done.left_out,
                    "no more triggers are taken, the tick fires these schedules"
                );
                break;
            }
            Err(error) => {
                done.failed += 1;
                tracing::warn!(%error, cause = %error.source, schedule.id = %trigger.schedule_id, "a trigger was not set up");
            }
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of thousands")]
    metrics::gauge!("schedule_triggers_left_out").set(done.left_out as f64);
    metrics::counter!("schedule_trigger_failures_total").increment(done.failed as u64);
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trigger(number: u128, crontab: &str) -> Trigger {
        Trigger {
            schedule_id: uuid::Uuid::from_u128(number).into(),
            crontab: crontab.to_owned(),
            time_zone: "UTC".to_owned(),
        }
    }

    fn found(trigger: &Trigger) -> FoundTrigger {
        FoundTrigger {
            name: format!("job-{}", trigger.schedule_id),
            schedule_id: Some(trigger.schedule_id),
            as_set: Some(trigger.clone()),
        }
    }

    /// What is there after everything was done that was decided.
    fn after(decision: &Decision, mut there: Vec<FoundTrigger>) -> Vec<FoundTrigger> {
        there.retain(|trigger| !decision.remove.contains(&trigger.name));
        for trigger in &decision.set {
            there.retain(|found| found.schedule_id != Some(trigger.schedule_id));
            there.push(found(trigger));
        }
        there
    }

    #[test]
    fn drift_deletion_and_renaming_are_set_right_and_then_nothing_is_to_do() {
        let wanted = [
            trigger(1, "0 8 * * *"),
            trigger(2, "0 9 * * *"),
            trigger(3, "0 7 * * *"),
        ];
        let there = vec![
            FoundTrigger {
                as_set: None,
                ..found(&wanted[0])
            },
            found(&trigger(2, "0 23 * * *")),
            found(&trigger(9, "0 8 * * *")),
            FoundTrigger {
                name: "job-of-old".to_owned(),
                schedule_id: None,
                as_set: None,
            },
            FoundTrigger {
                name: "job-twice".to_owned(),
                ..found(&wanted[1])
            },
        ];
        let decision = decide(&wanted, &there, 10);
        assert_eq!(decision.set, wanted);
        assert_eq!(decision.remove.len(), 3);
        assert_eq!(decision.left_out, 0);
        assert_eq!(
            decide(&wanted, &after(&decision, there), 10),
            Decision::default()
        );
    }

    #[test]
    fn over_quota_those_that_are_there_stay() {
        let wanted: Vec<_> = (0..6).map(|number| trigger(number, "0 8 * * *")).collect();
        let there = vec![found(&wanted[4]), found(&wanted[5])];
        let decision = decide(&wanted, &there, 3);
        assert_eq!(decision.set, [wanted[0].clone()]);
        assert_eq!((decision.remove.len(), decision.left_out), (0, 3));
        let there = after(&decision, there);
        let again = decide(&wanted, &there, 3);
        assert_eq!(
            (again.set.len(), again.remove.len(), again.left_out),
            (0, 0, 3)
        );
        let less = decide(&wanted, &there, 2);
        assert_eq!(
            (less.set.len(), less.remove.len(), less.left_out),
            (0, 1, 4)
        );
        assert_eq!(decide(&wanted, &there, 0).remove.len(), 3);
    }
}
