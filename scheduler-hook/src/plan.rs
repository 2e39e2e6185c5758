//! From a due schedule to the rows of its slots, and what its owner is told of them, in one transaction.

use berth_domain::notification::{self, Delivery, Notification, NotificationKind};
use berth_domain::ports::StoreResult;
use berth_domain::ports::schedules::{PauseReason, Planning, Schedule};
use berth_domain::schedule::{self, Plan, SlotOutcome};
use berth_domain::scheduling;
use futures::{StreamExt as _, stream};
use jiff::Timestamp;

use crate::tick::Behind;
use crate::{AT_ONCE, Deps};

/// What one look at a due schedule comes to.
struct Step {
    planning: Planning,
    /// Slots in it that were missed.
    missed: u64,
    /// The first of them.
    first_missed: Option<Timestamp>,
    /// Whether everything up to now is in it.
    complete: bool,
}

impl Step {
    fn of(schedule: &Schedule, plan: &Plan, now: Timestamp) -> Self {
        let due = schedule::due(plan, &schedule.spec, schedule.cursor, now);
        let slots = scheduling::rows(schedule, &due.slots, now);
        let mut missed = slots
            .iter()
            .filter(|slot| slot.outcome == SlotOutcome::Missed)
            .map(|slot| slot.scheduled_at)
            .peekable();
        let first_missed = missed.peek().copied();
        Self {
            first_missed,
            missed: missed.count() as u64,
            complete: due.is_complete(now),
            planning: Planning {
                schedule_id: schedule.id,
                revision: schedule.revision,
                slots,
                cursor: due.cursor,
                next_due_at: due.next,
                pause: None,
                decide: false,
                told: None,
            },
        }
    }

    /// The first step of a schedule, with what its owner is to be told: that it was paused, or how many slots were missed. The
    /// number is that of all steps, which so is told once. After a crash between two steps the later ones are told of again.
    async fn first(
        deps: &Deps,
        schedule: &Schedule,
        behind: &Behind,
        now: Timestamp,
    ) -> StoreResult<Self> {
        let Ok(plan) = schedule.spec.validate() else {
            return cannot_compute(deps, schedule, now).await;
        };
        let mut step = Self::of(schedule, &plan, now);
        step.planning.decide = step.is_one_run(now) && !behind.may_have(schedule.id);
        let (first, count) = all_missed(schedule, &plan, &step, now);
        if let Some(first) = first {
            let kind = NotificationKind::SlotMissed;
            let told = told(deps, schedule, kind, first, count.to_string(), now);
            step.planning.told = told.await?;
        }
        Ok(step)
    }

    /// Whether exactly one of its slots waits, and not for later.
    fn is_one_run(&self, now: Timestamp) -> bool {
        let slots = self.planning.slots.iter();
        let mut waiting = slots.filter(|slot| slot.outcome == SlotOutcome::Pending);
        let one = waiting.next().is_some_and(|slot| slot.dispatch_at <= now);
        self.complete && one && waiting.next().is_none()
    }
}

/// The first slot that this step and those after it write down as missed, and how many there are.
fn all_missed(
    schedule: &Schedule,
    plan: &Plan,
    first: &Step,
    now: Timestamp,
) -> (Option<Timestamp>, u64) {
    let (mut from, mut count) = (first.first_missed, first.missed);
    let (mut complete, mut cursor) = (first.complete, first.planning.cursor);
    while !complete {
        let behind = Schedule {
            cursor,
            ..schedule.clone()
        };
        let step = Step::of(&behind, plan, now);
        from = from.or(step.first_missed);
        count += step.missed;
        (complete, cursor) = (step.complete, step.planning.cursor);
    }
    (from, count)
}

/// Plans schedules up to `now`, the first step of all of them in one transaction; answers for each how many slots were missed.
/// A transaction that fails costs its time and nothing else: each schedule is then planned for itself, so that one which cannot
/// be stored does not stop the others.
pub(crate) async fn all(
    deps: &Deps,
    schedules: Vec<Schedule>,
    behind: &Behind,
    now: Timestamp,
) -> Vec<StoreResult<u64>> {
    let mut planned = Vec::with_capacity(schedules.len());
    let mut steps = Vec::with_capacity(schedules.len());
    let mut firsts = stream::iter(schedules)
        .map(async |schedule| (Step::first(deps, &schedule, behind, now).await, schedule))
        .buffered(AT_ONCE);
    while let Some((step, schedule)) = firsts.next().await {
        match step {
            Ok(step) => steps.push((step, schedule)),
            Err(error) => planned.push(Err(error)),
        }
    }
    let plannings: Vec<_> = steps
        .iter()
        .map(|(step, _)| step.planning.clone())
        .collect();
    let mut alone = Vec::new();
    match deps.schedules.plan_all(&plannings).await {
        Ok(written) => {
            for ((step, schedule), written) in steps.into_iter().zip(written) {
                match written {
                    // Somebody else plans it, or its owner has just changed it: what is left to do is in the store.
                    false => planned.push(Ok(0)),
                    true if step.complete => planned.push(Ok(step.missed)),
                    true => alone.push((schedule, step, true)),
                }
            }
        }
        Err(error) => {
            tracing::warn!(%error, cause = %error.source, "schedules could not be planned together, planning each for itself");
            let each = steps.into_iter();
            alone.extend(each.map(|(step, schedule)| (schedule, step, false)));
        }
    }
    let rest = stream::iter(alone)
        .map(|(schedule, step, stored)| rest(deps, schedule, step, stored, now))
        .buffer_unordered(AT_ONCE);
    planned.extend(rest.collect::<Vec<_>>().await);
    planned
}

/// Plans a schedule up to `now`, from this step on, which may be `stored` already; answers how many slots were missed.
async fn rest(
    deps: &Deps,
    mut schedule: Schedule,
    mut step: Step,
    mut stored: bool,
    now: Timestamp,
) -> StoreResult<u64> {
    let mut missed = 0;
    while stored || deps.schedules.plan(&step.planning).await? {
        missed += step.missed;
        schedule.revision += 1;
        schedule.cursor = step.planning.cursor;
        let plan = schedule.spec.validate().ok();
        let Some(plan) = plan.filter(|_| !step.complete) else {
            break;
        };
        step = Step::of(&schedule, &plan, now);
        stored = false;
    }
    Ok(missed)
}

/// A schedule that could be computed when it was stored and cannot be now (a zone that has gone) stops, and its owner is told.
async fn cannot_compute(deps: &Deps, schedule: &Schedule, now: Timestamp) -> StoreResult<Step> {
    tracing::error!(schedule.id = %schedule.id, "a schedule cannot be computed any more, it is paused");
    let (kind, reason) = (NotificationKind::SchedulePaused, PauseReason::CannotCompute);
    let about = reason.as_str().to_owned();
    Ok(Step {
        planning: Planning {
            schedule_id: schedule.id,
            revision: schedule.revision,
            slots: Vec::new(),
            cursor: schedule.cursor,
            next_due_at: None,
            pause: Some(reason),
            decide: false,
            told: told(deps, schedule, kind, now, about, now).await?,
        },
        missed: 0,
        first_missed: None,
        complete: true,
    })
}

/// What a schedule's owner is told, unless the agent is gone. The notification's id follows from schedule, kind and `cause`.
async fn told(
    deps: &Deps,
    schedule: &Schedule,
    kind: NotificationKind,
    cause: Timestamp,
    detail: String,
    now: Timestamp,
) -> StoreResult<Option<(Notification, Vec<Delivery>)>> {
    let user = schedule.user_id;
    let Some(agent) = deps.agents.agent(user, schedule.agent_id).await? else {
        return Ok(None);
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
    Ok(Some((told, deliveries)))
}
