//! Agents and schedules change while something is due.

use berth_domain::agent::AgentStatus;
use berth_domain::clock::Clock as _;
use berth_domain::page::PageRequest;
use berth_domain::ports::agents::Agents as _;
use berth_domain::ports::notifications::Notifications as _;
use berth_domain::ports::schedules::{PauseReason, Schedules as _};
use berth_domain::schedule::{self, Frequency, ScheduleSpec, SlotReason};

use crate::rig::{RAN, Rig, hourly, skipped};

#[tokio::test]
async fn a_deleted_agent_does_not_run() {
    let rig = Rig::new().await;
    let (agent, other) = (rig.agent().await, rig.agent().await);
    let spec = ScheduleSpec {
        jitter_seconds: 3_000,
        ..hourly()
    };
    rig.schedule(&agent, spec).await;
    rig.schedule(&other, hourly()).await;
    rig.pass(55);
    rig.tick().await;
    // Its slot is in the ledger and waits for its jitter.
    assert_eq!(rig.rows(&agent).await.len(), 1);
    assert!(rig.runs(&agent).await.is_empty());
    let now = rig.clock.now();
    assert!(
        rig.store
            .delete_agent(rig.user, agent.id, now)
            .await
            .unwrap()
    );
    rig.complete(&other).await;
    rig.pass(60);
    rig.tick().await;
    assert!(rig.runs(&agent).await.is_empty());
    assert_eq!(rig.runs(&other).await.len(), 2);
}

#[tokio::test]
async fn an_agent_that_is_switched_off_skips_its_slots() {
    let rig = Rig::new().await;
    let agent = rig.agent().await;
    rig.schedule(&agent, hourly()).await;
    let now = rig.clock.now();
    rig.store
        .set_agent_status(rig.user, agent.id, AgentStatus::Inactive, now)
        .await
        .unwrap();
    rig.pass(55);
    rig.tick().await;
    assert_eq!(
        rig.ledger(&agent).await["08:00"],
        skipped(SlotReason::AgentInactive)
    );
    assert!(rig.runs(&agent).await.is_empty());
}

#[tokio::test]
async fn jitter_moves_the_run_and_not_the_slot() {
    let rig = Rig::new().await;
    let agent = rig.agent().await;
    let spec = ScheduleSpec {
        jitter_seconds: 3_000,
        ..hourly()
    };
    let stored = rig.schedule(&agent, spec).await;
    rig.pass(55);
    assert_eq!(rig.tick().await.ran, 0);
    rig.clock.advance(schedule::jitter(stored.id, 3_000));
    assert_eq!(rig.tick().await.ran, 1);
    assert_eq!(rig.ledger(&agent).await["08:00"], RAN);
}

#[tokio::test]
async fn a_zone_that_changes_while_a_slot_is_due_loses_and_doubles_nothing() {
    let rig = Rig::new().await;
    let agent = rig.agent().await;
    let daily = |zone: &str| ScheduleSpec {
        time: Some("08:00".to_owned()),
        ..ScheduleSpec::new(Frequency::Daily, zone)
    };
    let stored = rig.schedule(&agent, daily("UTC")).await;
    // One minute past eight, nobody has ticked, and its owner moves it to Berlin, where it is nine.
    rig.pass(56);
    let now = rig.clock.now();
    let (old, new) = (stored.spec.clone(), daily("Europe/Berlin"));
    let respec = schedule::respec(
        (&old.validate().unwrap(), &old),
        (&new.validate().unwrap(), &new),
        stored.cursor,
        now,
    );
    assert_eq!(respec.slots.len(), 1);
    // What the old one owed is planned by it, then the new one stands.
    rig.tick().await;
    rig.put(&agent, new, respec.cursor, respec.next).await;
    rig.tick().await;
    assert_eq!(rig.ledger(&agent).await.len(), 1);
    assert_eq!(rig.ledger(&agent).await["08:00"], RAN);
    rig.complete(&agent).await;
    rig.pass(23 * 60);
    rig.tick().await;
    assert_eq!(rig.ledger(&agent).await["07:00"], RAN);
    assert_eq!(rig.rows(&agent).await.len(), 2);
}

#[tokio::test]
async fn resuming_makes_up_for_nothing() {
    let rig = Rig::new().await;
    let agent = rig.agent().await;
    let paused = ScheduleSpec {
        paused: true,
        ..hourly()
    };
    rig.schedule(&agent, hourly()).await;
    let now = rig.clock.now();
    rig.put(&agent, paused, now, None).await;
    rig.pass(5 * 60);
    assert_eq!(rig.tick().await.planned, 0);
    let now = rig.clock.now();
    let plan = hourly().validate().unwrap();
    let (cursor, next) = schedule::resume(&plan, &hourly(), None, now);
    rig.put(&agent, hourly(), cursor, next).await;
    assert_eq!(rig.tick().await.ran, 0);
    assert!(rig.rows(&agent).await.is_empty());
    rig.pass(55);
    assert_eq!(rig.tick().await.ran, 1);
}

#[tokio::test]
async fn a_schedule_that_cannot_be_computed_stops_alone() {
    let rig = Rig::new().await;
    let (broken, good) = (rig.agent().await, rig.agent().await);
    let nowhere = ScheduleSpec {
        time_zone: "Mars/Olympus".to_owned(),
        ..hourly()
    };
    let now = rig.clock.now();
    rig.put(&broken, nowhere, now, Some(now)).await;
    rig.schedule(&good, hourly()).await;
    rig.pass(55);
    assert_eq!(rig.tick().await.ran, 1);
    assert_eq!(rig.runs(&good).await.len(), 1);
    let stopped = rig.store.schedule(rig.user, broken.id).await.unwrap();
    assert_eq!(stopped.unwrap().paused, Some(PauseReason::CannotCompute));
    let told = rig
        .store
        .list_notifications(rig.user, true, &PageRequest::default())
        .await
        .unwrap()
        .items;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].agent_id, Some(broken.id));
}
