//! From a due schedule to the rows of its slots.

use berth_domain::notification::{self, Notification, NotificationKind};
use berth_domain::ports::StoreResult;
use berth_domain::ports::schedules::{PauseReason, Planning, Schedule};
use berth_domain::schedule::{self, Plan, SlotOutcome};
use berth_domain::scheduling;
use futures::{StreamExt as _, stream};
use jiff::Timestamp;

use crate::{AT_ONCE, Deps};

/// What one look at a due schedule comes to.
struct Step {
    planning: Planning,
    /// Slots in it that were missed.
    missed: Vec<Timestamp>,
    /// Whether everything up to now is in it.
    complete: bool,
}

impl Step {
    fn of(schedule: &Schedule, plan: &Plan, now: Timestamp) -> Self {
        let due = schedule::due(plan, &schedule.spec, schedule.cursor, now);
        let slots = scheduling::rows(schedule, &due.slots, now);
        let missed = slots
            .iter()
            .filter(|slot| slot.outcome == SlotOutcome::Missed)
            .map(|slot| slot.scheduled_at)
            .collect();
        Self {
            complete: due.is_complete(now),
            planning: Planning {
                schedule_id: schedule.id,
                revision: schedule.revision,
                slots,
                cursor: due.cursor,
                next_due_at: due.next,
                pause: None,
            },
            missed,
        }
    }
}

/// Plans schedules up to `now`, the first step of all of them in one transaction; answers for each how many slots were missed.
/// A transaction that fails costs its time and nothing else: each schedule is then planned for itself, so that one which cannot
/// be stored does not stop the others.
pub(crate) async fn all(
    deps: &Deps,
    schedules: Vec<Schedule>,
    now: Timestamp,
) -> Vec<StoreResult<u64>> {
    let mut planned = Vec::with_capacity(schedules.len());
    let (mut steps, mut alone) = (Vec::new(), Vec::new());
    for schedule in schedules {
        match schedule.spec.validate() {
            Ok(plan) => steps.push((Step::of(&schedule, &plan, now), schedule)),
            Err(_) => planned.push(cannot_compute(deps, &schedule, now).await.map(|()| 0)),
        }
    }
    let plannings: Vec<_> = steps
        .iter()
        .map(|(step, _)| step.planning.clone())
        .collect();
    match deps.schedules.plan_all(&plannings).await {
        Ok(written) => {
            for ((step, schedule), written) in steps.into_iter().zip(written) {
                if written && !(step.complete && step.missed.is_empty()) {
                    alone.push((schedule, Some(step)));
                } else {
                    planned.push(Ok(0));
                }
            }
        }
        Err(error) => {
            tracing::warn!(%error, cause = %error.source, "schedules could not be planned together, planning each for itself");
            alone.extend(steps.into_iter().map(|(_, schedule)| (schedule, None)));
        }
    }
    let rest = stream::iter(alone)
        .map(|(schedule, first)| rest(deps, schedule, first, now))
        .buffer_unordered(AT_ONCE);
    planned.extend(rest.collect::<Vec<_>>().await);
    planned
}

/// Plans a schedule up to `now`, from behind its first step if that is stored, and tells its owner of what was missed; answers
/// how many slots that is.
async fn rest(
    deps: &Deps,
    mut schedule: Schedule,
    mut first: Option<Step>,
    now: Timestamp,
) -> StoreResult<u64> {
    let Ok(plan) = schedule.spec.validate() else {
        return cannot_compute(deps, &schedule, now).await.map(|()| 0);
    };
    let mut missed = Vec::new();
    loop {
        let step = if let Some(stored) = first.take() {
            stored
        } else {
            let step = Step::of(&schedule, &plan, now);
            if !deps.schedules.plan(&step.planning).await? {
                // Somebody else plans it, or its owner has just changed it: what is left to do is in the store.
                break;
            }
            step
        };
        missed.extend(step.missed);
        schedule.revision += 1;
        schedule.cursor = step.planning.cursor;
        if step.complete {
            break;
        }
    }
    if let (Some(first), count) = (missed.first(), missed.len() as u64) {
        tell(
            deps,
            &schedule,
            NotificationKind::SlotMissed,
            *first,
            count.to_string(),
            now,
        )
        .await?;
        return Ok(count);
    }
    Ok(0)
}

/// A schedule that could be computed when it was stored and cannot be now (a zone that has gone) stops, and its owner is told.
async fn cannot_compute(deps: &Deps, schedule: &Schedule, now: Timestamp) -> StoreResult<()> {
    tracing::error!(schedule.id = %schedule.id, "a schedule cannot be computed any more, it is paused");
    let planning = Planning {
        schedule_id: schedule.id,
        revision: schedule.revision,
        slots: Vec::new(),
        cursor: schedule.cursor,
        next_due_at: None,
        pause: Some(PauseReason::CannotCompute),
    };
    if deps.schedules.plan(&planning).await? {
        let about = PauseReason::CannotCompute.as_str().to_owned();
        tell(
            deps,
            schedule,
            NotificationKind::SchedulePaused,
            now,
            about,
            now,
        )
        .await?;
    }
    Ok(())
}

/// Tells a schedule's owner. The notification's id follows from schedule, kind and `cause`.
async fn tell(
    deps: &Deps,
    schedule: &Schedule,
    kind: NotificationKind,
    cause: Timestamp,
    detail: String,
    now: Timestamp,
) -> StoreResult<()> {
    let user = schedule.user_id;
    let Some(agent) = deps.agents.agent(user, schedule.agent_id).await? else {
        return Ok(());
    };
    let told = Notification {
        id: notification::id_of(kind, schedule.id.0, cause),
        user_id: user,
        kind,
        agent_id: Some(agent.id),
        agent_name: Some(agent.spec.name),
        run_id: None,
        reason: None,
        detail,
        at: now,
        read_at: None,
    };
    let deliveries = if kind.wanted(agent.spec.notify) {
        let settings = deps.notifications.notification_settings(user).await?;
        notification::deliveries(&told, &settings)
    } else {
        Vec::new()
    };
    deps.notifications.notify(&told, &deliveries).await?;
    Ok(())
}
