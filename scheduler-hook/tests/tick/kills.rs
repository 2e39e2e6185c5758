//! A process that dies anywhere, and triggers that come more than once.

use berth_domain::clock::Clock as _;
use berth_domain::lease::RunnerId;
use berth_domain::ports::runs::Runs as _;
use berth_domain::ports::schedules::{Planning, Schedules as _, SlotRow};
use berth_domain::quota::Quota;
use berth_domain::schedule::{self, SlotOutcome, slot_run_id};
use berth_scheduler_hook::tick;

use crate::rig::{RAN, Rig, hourly};

#[tokio::test]
async fn killed_between_the_row_and_the_run() {
    let rig = Rig::new().await;
    let agent = rig.agent().await;
    let schedule = rig.schedule(&agent, hourly()).await;
    rig.pass(55);
    let now = rig.clock.now();
    let plan = schedule.spec.validate().unwrap();
    let due = schedule::due(&plan, &schedule.spec, schedule.cursor, now);
    let row = SlotRow {
        schedule_id: schedule.id,
        scheduled_at: due.slots[0].scheduled_at,
        agent_id: agent.id,
        user_id: rig.user,
        dispatch_at: due.slots[0].scheduled_at,
        outcome: SlotOutcome::Pending,
        reason: None,
        run_id: None,
        late: false,
        decided_at: now,
    };
    let planning = Planning {
        schedule_id: schedule.id,
        revision: schedule.revision,
        slots: vec![row],
        cursor: due.cursor,
        next_due_at: due.next,
        pause: None,
        decide: false,
        told: None,
    };
    // This much was done when the process died.
    assert!(rig.store.plan(&planning).await.unwrap());
    assert!(rig.runs(&agent).await.is_empty());
    assert_eq!(rig.tick().await.ran, 1);
    assert_eq!(rig.tick().await.ran, 0);
    assert_eq!(rig.runs(&agent).await.len(), 1);
    assert_eq!(rig.ledger(&agent).await["08:00"], RAN);
}

#[tokio::test]
async fn killed_between_the_run_and_its_hint() {
    let rig = Rig::new().await;
    let agent = rig.agent().await;
    let schedule = rig.schedule(&agent, hourly()).await;
    rig.pass(55);
    rig.tick().await;
    let slot = rig.rows(&agent).await.remove(0);
    // The hint died with the process; the sweep of a runner finds the run.
    let runner = RunnerId {
        name: "other".to_owned(),
        incarnation: rig.clock.uuid(),
    };
    let found = rig
        .store
        .claimable(&runner, Quota::default(), rig.clock.now(), 10)
        .await
        .unwrap();
    assert_eq!(found, [slot_run_id(schedule.id, slot.scheduled_at)]);
    assert_eq!(rig.tick().await.ran, 0);
    assert_eq!(rig.runs(&agent).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_triggers_at_once_make_one_run() {
    let rig = Rig::new().await;
    let agent = rig.agent().await;
    rig.schedule(&agent, hourly()).await;
    rig.pass(55);
    let now = rig.clock.now();
    let triggers: Vec<_> = (0..10)
        .map(|_| {
            let deps = rig.deps.clone();
            tokio::spawn(async move { tick(&deps, now).await.unwrap() })
        })
        .collect();
    let mut ran = 0;
    for trigger in triggers {
        ran += trigger.await.unwrap().ran;
    }
    assert_eq!(ran, 1);
    assert_eq!(rig.runs(&agent).await.len(), 1);
    assert_eq!(rig.rows(&agent).await.len(), 1);
}

#[tokio::test]
async fn a_clock_that_is_set_back_an_hour_runs_nothing_twice() {
    let rig = Rig::new().await;
    let agent = rig.agent().await;
    rig.schedule(&agent, hourly()).await;
    rig.pass(55);
    assert_eq!(rig.tick().await.ran, 1);
    rig.pass(-60);
    assert_eq!(rig.tick().await.ran, 0);
    // The same hour comes again.
    rig.pass(60);
    assert_eq!(rig.tick().await.ran, 0);
    rig.complete(&agent).await;
    rig.pass(60);
    assert_eq!(rig.tick().await.ran, 1);
    assert_eq!(rig.rows(&agent).await.len(), 2);
}
