//! What follows from an ended run.

use berth_domain::ids::{RunId, UserId};
use berth_domain::page::PageRequest;
use berth_domain::ports::notifications::{ScheduleVerdict, Settlement};
use berth_domain::ports::runs::{CancelOutcome, Submission};
use berth_domain::ports::schedules::{PauseReason, PutSchedule};
use berth_domain::run::{Outcome, Reason, RunState, Trigger};
use berth_domain::schedule::{SlotOutcome, SlotReason};
use jiff::SignedDuration;

use super::{deliveries, notification};
use crate::World;
use crate::world::together;

/// Which of this user's runs nobody has settled, in the order found.
async fn unsettled(w: &World, user: UserId) -> Vec<RunId> {
    let runs = w.notifications().unsettled_runs(100_000).await.unwrap();
    let ours = runs.iter().filter(|run| run.user_id == user);
    ours.map(|run| run.id).collect()
}

fn nothing(w: &World, run: RunId) -> Settlement {
    Settlement {
        run_id: run,
        notifications: Vec::new(),
        deliveries: Vec::new(),
        schedule: None,
        now: w.now(),
    }
}

async fn settle(w: &World, settlement: &Settlement) -> bool {
    w.notifications().settle_run(settlement).await.unwrap()
}

pub(crate) async fn ended_runs_of_agents_wait_for_their_settlement(w: World) {
    let user = w.user().await;
    let agent = w.agent(user).await;
    let (chat, _) = w.submit(user).await;
    w.complete(chat).await;
    let (first, _) = w.accept(&w.run_of(&agent)).await;
    let (second, _) = w.accept(&w.run_of(&agent)).await;
    let (cancelled, _) = w.accept(&w.run_of(&agent)).await;
    let (working, _) = w.accept(&w.run_of(&agent)).await;
    let epoch = w.claim(working, &w.runner()).await.lease.epoch;
    assert!(unsettled(&w, user).await.is_empty());
    w.complete(second).await;
    w.pass(1);
    let cancel = async |run| {
        let cancelled = w.runs().request_cancel(user, run, w.now()).await;
        cancelled.unwrap()
    };
    assert_eq!(cancel(cancelled).await, CancelOutcome::Ended);
    assert_eq!(cancel(working).await, CancelOutcome::Requested);
    w.pass(1);
    w.complete(first).await;
    assert_eq!(unsettled(&w, user).await, [second, cancelled, first]);
    w.pass(1);
    let stopped = Outcome::new(RunState::Cancelled, Reason::StoppedByUser, None);
    w.end_with(working, epoch, &stopped).await;
    let all = [second, cancelled, first, working];
    assert_eq!(unsettled(&w, user).await, all);
    let one = w.notifications().unsettled_runs(1).await.unwrap();
    assert_eq!(one.len(), 1);

    assert!(settle(&w, &nothing(&w, cancelled)).await);
    assert!(!settle(&w, &nothing(&w, cancelled)).await);
    for never in [chat, w.id()] {
        assert!(!settle(&w, &nothing(&w, never)).await);
    }
    assert_eq!(unsettled(&w, user).await, [second, first, working]);
    let run = w.runs().run(user, second).await.unwrap().unwrap();
    let waiting = w.notifications().unsettled_runs(100_000).await.unwrap();
    assert!(waiting.contains(&run), "it comes as it is stored");
}

pub(crate) async fn a_run_is_settled_once(w: World) {
    let user = w.user().await;
    let agent = w.agent(user).await;
    let schedule = w.schedule(&agent).await;
    let run = w.fired(&schedule).await;
    w.complete(run).await;
    let told = notification(&w, user);
    let settlement = Settlement {
        notifications: vec![told.clone()],
        deliveries: deliveries(&told).to_vec(),
        schedule: Some(ScheduleVerdict {
            schedule_id: schedule.id,
            failures: 1,
            pause: None,
        }),
        ..nothing(&w, run)
    };
    let settled = together((0..5).map(|failures| {
        let notifications = w.notifications();
        let mut settlement = settlement.clone();
        settlement.schedule.as_mut().unwrap().failures += failures;
        async move { notifications.settle_run(&settlement).await.unwrap() }
    }))
    .await;
    assert_eq!(settled.iter().filter(|first| **first).count(), 1);
    let page = PageRequest::default();
    let listed = w
        .notifications()
        .list_notifications(user, false, &page)
        .await;
    assert_eq!(listed.unwrap().items, std::slice::from_ref(&told));
    let sent = w.notifications().list_deliveries(user, &page).await;
    assert_eq!(sent.unwrap().items.len(), 2);
    let failures = w.current(&schedule).await.failures;
    assert!(!settle(&w, &settlement).await);
    let after = w.current(&schedule).await;
    assert_eq!(after.failures, failures);
    assert_eq!(
        (after.paused, after.next_due_at),
        (None, schedule.next_due_at)
    );

    // Another run's settlement that tells the same leaves it as it is.
    let (other, _) = w.accept(&w.run_of(&agent)).await;
    w.complete(other).await;
    let again = Settlement {
        run_id: other,
        ..settlement
    };
    assert!(settle(&w, &again).await);
    let count = w.notifications().unread_notifications(user).await;
    assert_eq!(count.unwrap(), 1);
}

pub(crate) async fn a_schedule_pauses_itself_after_failures(w: World) {
    let user = w.user().await;
    let agent = w.agent(user).await;
    let schedule = w.schedule(&agent).await;
    let run = w.fired(&schedule).await;
    w.complete(run).await;
    w.pass(1);
    let waiting = w.waiting_slot(&schedule).await;
    w.pass(1);
    let before = w.current(&schedule).await;
    let verdict = ScheduleVerdict {
        schedule_id: schedule.id,
        failures: 3,
        pause: Some(PauseReason::Failures),
    };
    let settlement = Settlement {
        schedule: Some(verdict),
        ..nothing(&w, run)
    };
    assert!(settle(&w, &settlement).await);
    let after = w.current(&schedule).await;
    assert_eq!((after.failures, after.next_due_at), (3, None));
    assert_eq!(after.paused, Some(PauseReason::Failures));
    assert!(after.spec.paused);
    assert!(after.revision > before.revision);
    let row = w.slot_row(&waiting).await;
    let skipped = (SlotOutcome::Skipped, Some(SlotReason::Paused));
    assert_eq!((row.outcome, row.reason), skipped);
    assert_eq!(row.decided_at, w.now());

    // Its owner switches it on again, and it begins anew.
    let resume = PutSchedule {
        expected_revision: Some(after.revision),
        next_due_at: Some(w.now() + SignedDuration::from_hours(1)),
        ..w.new_schedule(&agent)
    };
    let resumed = w.put(&resume).await;
    assert_eq!((resumed.failures, resumed.paused), (0, None));
}

pub(crate) async fn a_verdict_about_what_has_gone_or_is_paused_changes_little(w: World) {
    let user = w.user().await;
    let agent = w.agent(user).await;
    let schedule = w.schedule(&agent).await;
    let first = w.fired(&schedule).await;
    w.complete(first).await;
    let second = w.fired(&schedule).await;
    w.complete(second).await;
    let pause = PutSchedule {
        expected_revision: Some(w.current(&schedule).await.revision),
        next_due_at: None,
        paused: Some(PauseReason::User),
        ..w.new_schedule(&agent)
    };
    w.put(&pause).await;
    let settlement = |run| Settlement {
        schedule: Some(ScheduleVerdict {
            schedule_id: schedule.id,
            failures: 3,
            pause: Some(PauseReason::Failures),
        }),
        ..nothing(&w, run)
    };
    assert!(settle(&w, &settlement(first)).await);
    let paused = w.current(&schedule).await.paused;
    assert_eq!(paused, Some(PauseReason::User), "its owner was first");
    let gone = w.schedules().delete_schedule(user, agent.id, w.now()).await;
    assert!(gone.unwrap());
    assert!(settle(&w, &settlement(second)).await);
    assert!(unsettled(&w, user).await.is_empty());
}

pub(crate) async fn a_retry_of_an_agents_run_is_settled_too(w: World) {
    let user = w.user().await;
    let agent = w.agent(user).await;
    let (first, _) = w.accept(&w.run_of(&agent)).await;
    w.complete(first).await;
    let retry = Submission {
        trigger: Trigger::Retry,
        retry_of: Some(first),
        agent: w.runs().run_agent(user, first).await.unwrap(),
        ..w.run_of(&agent)
    };
    let (second, _) = w.accept(&retry).await;
    w.pass(1);
    w.complete(second).await;
    assert_eq!(unsettled(&w, user).await, [first, second]);
    let given = w.runs().run_agent(user, second).await.unwrap();
    assert_eq!(given, Some(agent.snapshot()));
}
