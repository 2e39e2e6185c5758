//! What follows from an ended run.

use berth_domain::agent::NotifyRules;
use berth_domain::notification::{self, MAX_DETAIL, Notification, NotificationKind};
use berth_domain::ports::StoreResult;
use berth_domain::ports::notifications::{ScheduleVerdict, Settlement};
use berth_domain::ports::schedules::PauseReason;
use berth_domain::run::{Run, cut};
use berth_domain::schedule::after_run;
use futures::stream::{self, StreamExt as _};
use jiff::Timestamp;

use crate::{Config, Deps, Looked};

/// Runs that are read at once.
const BATCH: u32 = 100;
/// Runs that are settled at the same time.
const AT_ONCE: usize = 16;

/// Settles every ended run of an agent that is not settled. A run that cannot be settled now stays for the next call and holds up
/// no other.
pub async fn settle(deps: &Deps, config: &Config) -> Looked {
    let ended = match deps.notifications.unsettled_runs(BATCH).await {
        Ok(ended) => ended,
        Err(error) => {
            tracing::error!(%error, cause = %error.source, "the store does not say which runs have ended");
            return Looked::InVain;
        }
    };
    let mut settled = Vec::with_capacity(ended.len());
    // What a run means for its schedule follows from what those before it meant: one after the other.
    let (of_schedules, others): (Vec<_>, Vec<_>) =
        ended.into_iter().partition(|run| run.slot.is_some());
    for run in of_schedules {
        settled.push(settle_or_tell(deps, config, &run).await);
    }
    // The others at the same time, so that they share commits.
    let others: Vec<_> = stream::iter(others)
        .map(async |run| settle_or_tell(deps, config, &run).await)
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    settled.extend(others);
    Looked::at(&settled, BATCH)
}

async fn settle_or_tell(deps: &Deps, config: &Config, run: &Run) -> bool {
    let settled = settle_one(deps, config, run).await;
    if let Err(error) = &settled {
        tracing::error!(%error, cause = %error.source, run.id = %run.id, "an ended run could not be settled");
    }
    settled.is_ok()
}

async fn settle_one(deps: &Deps, config: &Config, run: &Run) -> StoreResult<()> {
    let now = deps.clock.now();
    let verdict = verdict(deps, config, run).await?;
    let rules = rules(deps, run).await?;
    let mut told = Vec::new();
    if let Some(rules) = rules {
        told.extend(NotificationKind::of_run(run).map(|kind| about(run, kind, detail(run), now)));
        if let Some(pause) = verdict.and_then(|verdict| verdict.pause) {
            let detail = pause.as_str().to_owned();
            told.push(about(run, NotificationKind::SchedulePaused, detail, now));
        }
        told.retain(|notification| notification.kind.wanted(rules));
    }
    let settings = deps
        .notifications
        .notification_settings(run.user_id)
        .await?;
    let deliveries = told
        .iter()
        .flat_map(|notification| notification::deliveries(notification, &settings))
        .collect();
    let settlement = Settlement {
        run_id: run.id,
        notifications: told,
        deliveries,
        schedule: verdict,
        now,
    };
    deps.notifications.settle_run(&settlement).await?;
    Ok(())
}

/// On what the owner wants to be told: what the agent says now, or said when the run began if it is gone. `None` for a test run of
/// something that was not saved: its owner is watching.
async fn rules(deps: &Deps, run: &Run) -> StoreResult<Option<NotifyRules>> {
    if run.agent_version.is_none() {
        return Ok(None);
    }
    if let Some(id) = run.agent_id
        && let Some(agent) = deps.agents.agent(run.user_id, id).await?
    {
        return Ok(Some(agent.spec.notify));
    }
    let snapshot = deps.runs.run_agent(run.user_id, run.id).await?;
    Ok(snapshot.map(|agent| agent.spec.notify))
}

/// What the run means for the schedule that made it; `None` where that is nothing new, as after most runs.
async fn verdict(deps: &Deps, config: &Config, run: &Run) -> StoreResult<Option<ScheduleVerdict>> {
    let (Some((schedule_id, _)), Some(reason)) = (run.slot, run.reason) else {
        return Ok(None);
    };
    let Some(schedule) = deps.schedules.schedule_by_id(schedule_id).await? else {
        return Ok(None);
    };
    let after = after_run(
        schedule.failures,
        config.failure_threshold,
        run.state,
        reason,
    );
    let pause = (after.pause && schedule.paused.is_none()).then_some(PauseReason::Failures);
    let news = after.failures != schedule.failures || pause.is_some();
    Ok(news.then_some(ScheduleVerdict {
        schedule_id,
        failures: after.failures,
        pause,
    }))
}

fn about(run: &Run, kind: NotificationKind, detail: String, now: Timestamp) -> Notification {
    let cause = run.finished_at.unwrap_or(run.queued_at);
    Notification {
        id: notification::id_of(kind, run.id.0, cause),
        user_id: run.user_id,
        kind,
        agent_id: run.agent_id,
        agent_name: run.agent_name.clone(),
        run_id: Some(run.id),
        reason: run.reason,
        detail,
        at: now,
        read_at: None,
    }
}

/// The first of the result.
fn detail(run: &Run) -> String {
    cut(run.result.clone().unwrap_or_default(), MAX_DETAIL)
}
