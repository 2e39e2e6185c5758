//! What follows from an ended run.

use berth_domain::agent::NotifyRules;
use berth_domain::notification::NotificationKind;
use berth_domain::ports::schedules::{PauseReason, Schedules as _};
use berth_domain::run::{Outcome, Reason, RunState};

use crate::rig::{ALL, Rig};

fn succeeded(result: &str) -> Outcome {
    Outcome::new(
        RunState::Succeeded,
        Reason::Completed,
        Some(result.to_owned()),
    )
}

#[tokio::test]
async fn each_end_is_told_as_what_it_is() {
    let rig = Rig::new().await;
    let agent = rig.agent(ALL).await;
    rig.hourly(&agent).await;
    let question = Some("Which of the two price lists?".to_owned());
    let ends = [
        (succeeded("All good."), NotificationKind::RunSucceeded),
        (
            succeeded("").judged(Some(false)),
            NotificationKind::RunUnproved,
        ),
        (
            Outcome::new(RunState::Failed, Reason::NeedsYou, question),
            NotificationKind::NeedsYou,
        ),
        (
            Outcome::new(RunState::BudgetStopped, Reason::Budget, None),
            NotificationKind::BudgetStopped,
        ),
        (succeeded("Again."), NotificationKind::RunSucceeded),
        (
            Outcome::new(RunState::TimedOut, Reason::TimeLimit, None),
            NotificationKind::RunFailed,
        ),
    ];
    for (outcome, expected) in ends {
        let run = rig.next_hour(&agent).await.unwrap();
        rig.end(run, outcome).await;
        rig.settle().await;
        let newest = rig.told().await.remove(0);
        assert_eq!(newest.kind, expected);
        assert_eq!(newest.run_id, Some(run));
        assert_eq!(newest.agent_name.as_deref(), Some("주간 브리프"));
    }
    let asked = rig.told().await.remove(3);
    assert_eq!(asked.detail, "Which of the two price lists?");
}

#[tokio::test]
async fn an_end_is_told_once() {
    let rig = Rig::new().await;
    let agent = rig.agent(ALL).await;
    rig.hourly(&agent).await;
    let run = rig.next_hour(&agent).await.unwrap();
    rig.end(run, succeeded("Done.")).await;
    for _ in 0..3 {
        rig.settle().await;
        rig.pass(60);
    }
    assert_eq!(rig.told().await.len(), 1);
}

#[tokio::test]
async fn what_its_owner_does_not_want_is_not_told() {
    let rig = Rig::new().await;
    let quiet = NotifyRules {
        failure: false,
        success: false,
        paused: false,
        budget: false,
    };
    let agent = rig.agent(quiet).await;
    rig.hourly(&agent).await;
    for outcome in [
        succeeded("Done."),
        Outcome::failed(Reason::ClaudeDied),
        Outcome::new(RunState::Failed, Reason::NeedsYou, None),
    ] {
        let run = rig.next_hour(&agent).await.unwrap();
        rig.end(run, outcome).await;
        rig.settle().await;
    }
    // A question is always told: nobody else can answer it.
    let kinds: Vec<_> = rig.told().await.iter().map(|told| told.kind).collect();
    assert_eq!(kinds, [NotificationKind::NeedsYou]);
}

#[tokio::test]
async fn three_failures_in_a_row_pause_the_schedule_and_say_so() {
    let rig = Rig::new().await;
    let agent = rig.agent(ALL).await;
    rig.hourly(&agent).await;
    let failed = || Outcome::failed(Reason::ClaudeDied);
    let limited = || Outcome::failed(Reason::RateLimited);
    // A success in between begins the count again, and a rate limit counts for nothing.
    for outcome in [
        failed(),
        failed(),
        succeeded("."),
        failed(),
        limited(),
        failed(),
    ] {
        let run = rig.next_hour(&agent).await.unwrap();
        rig.end(run, outcome).await;
        rig.settle().await;
    }
    let current = async || {
        rig.store
            .schedule(rig.user, agent.id)
            .await
            .unwrap()
            .unwrap()
    };
    assert_eq!(
        (current().await.failures, current().await.paused),
        (2, None)
    );
    let run = rig.next_hour(&agent).await.unwrap();
    rig.end(run, failed()).await;
    rig.settle().await;
    assert_eq!(current().await.paused, Some(PauseReason::Failures));
    assert_eq!(current().await.next_due_at, None);
    assert_eq!(rig.next_hour(&agent).await, None);
    let kinds: Vec<_> = rig.told().await.iter().map(|told| told.kind).collect();
    let paused = |kind: &&NotificationKind| **kind == NotificationKind::SchedulePaused;
    assert_eq!(kinds.iter().filter(paused).count(), 1);
}
