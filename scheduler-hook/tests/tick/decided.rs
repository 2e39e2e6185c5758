//! What is decided with its row runs, whatever comes in between; and what is not to be decided then is not.

use berth_domain::agent::{Agent, AgentStatus, VersionNote};
use berth_domain::clock::Clock as _;
use berth_domain::ports::agents::{AgentChange, Agents as _};
use berth_domain::ports::schedules::Schedules as _;
use berth_domain::schedule::{Overlap, ScheduleSpec, SlotOutcome, SlotReason, slot_run_id};
use berth_scheduler_hook::plan_due;

use crate::rig::{RAN, Rig, hourly, skipped};

/// An agent whose slot of 08:00 was planned, and then the process died.
async fn planned() -> (Rig, Agent) {
    let rig = Rig::new().await;
    let agent = rig.agent().await;
    rig.schedule(&agent, hourly()).await;
    rig.pass(55);
    plan(&rig).await;
    (rig, agent)
}

async fn plan(rig: &Rig) {
    plan_due(&rig.deps, rig.clock.now()).await.unwrap();
}

async fn switch_off(rig: &Rig, agent: &Agent) {
    let now = rig.clock.now();
    let set = rig
        .store
        .set_agent_status(rig.user, agent.id, AgentStatus::Inactive, now)
        .await;
    assert!(set.unwrap().is_some());
}

#[tokio::test]
async fn it_reads_as_waiting_until_its_run_is_there() {
    let (rig, agent) = planned().await;
    let row = rig.rows(&agent).await.remove(0);
    assert_eq!((row.outcome, row.run_id), (SlotOutcome::Pending, None));
    assert!(rig.runs(&agent).await.is_empty());
    assert_eq!(rig.tick().await.ran, 1);
    let row = rig.rows(&agent).await.remove(0);
    let run = slot_run_id(row.schedule_id, row.scheduled_at);
    assert_eq!((row.outcome, row.run_id), (SlotOutcome::Ran, Some(run)));
    assert_eq!(rig.tick().await.ran, 0);
    assert_eq!(rig.runs(&agent).await.len(), 1);
}

#[tokio::test]
async fn it_runs_the_version_of_its_moment_though_agent_and_schedule_are_switched_off() {
    let (rig, agent) = planned().await;
    let mut spec = agent.spec.clone();
    "Write another brief.".clone_into(&mut spec.prompt);
    let change = AgentChange {
        spec,
        expected_version: None,
        note: VersionNote::Edited,
        now: rig.clock.now(),
    };
    let changed = rig.store.change_agent(rig.user, agent.id, &change).await;
    changed.unwrap();
    switch_off(&rig, &agent).await;
    let paused = ScheduleSpec {
        paused: true,
        ..hourly()
    };
    let now = rig.clock.now();
    rig.put(&agent, paused, now, None).await;
    assert_eq!(
        rig.ledger(&agent).await["08:00"],
        (SlotOutcome::Pending, None)
    );
    assert_eq!(rig.tick().await.ran, 1);
    assert_eq!(rig.ledger(&agent).await["08:00"], RAN);
    assert_eq!(rig.runs(&agent).await[0].agent_version, Some(1));
}

#[tokio::test]
async fn it_runs_though_its_schedule_is_deleted() {
    let (rig, agent) = planned().await;
    let now = rig.clock.now();
    let deleted = rig.store.delete_schedule(rig.user, agent.id, now).await;
    assert!(deleted.unwrap());
    assert_eq!(rig.tick().await.ran, 1);
    assert_eq!(rig.ledger(&agent).await["08:00"], RAN);
}

#[tokio::test]
async fn an_agent_that_is_deleted_leaves_the_run_that_was_decided() {
    let (rig, agent) = planned().await;
    let now = rig.clock.now();
    let deleted = rig.store.delete_agent(rig.user, agent.id, now).await;
    assert!(deleted.unwrap());
    assert_eq!(rig.ledger(&agent).await["08:00"], RAN);
    let runs = rig.runs(&agent).await;
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].agent_name.as_ref(), Some(&agent.spec.name));
    assert_eq!(rig.tick().await.ran, 0);
}

#[tokio::test]
async fn with_a_run_under_way_it_is_decided_when_it_is_fired() {
    for overlap in [Overlap::Skip, Overlap::QueueOne] {
        let rig = Rig::new().await;
        let agent = rig.agent().await;
        let spec = ScheduleSpec {
            overlap,
            ..hourly()
        };
        rig.schedule(&agent, spec).await;
        rig.pass(55);
        rig.tick().await;
        rig.pass(60);
        plan(&rig).await;
        // The first is queued: neither rule lets another one wait with it.
        rig.tick().await;
        let expected = skipped(SlotReason::Overlap);
        assert_eq!(rig.ledger(&agent).await["09:00"], expected, "{overlap:?}");
    }
}

#[tokio::test]
async fn of_an_agent_that_is_switched_off_nothing_is_decided() {
    let rig = Rig::new().await;
    let agent = rig.agent().await;
    rig.schedule(&agent, hourly()).await;
    switch_off(&rig, &agent).await;
    rig.pass(55);
    plan(&rig).await;
    rig.tick().await;
    let expected = skipped(SlotReason::AgentInactive);
    assert_eq!(rig.ledger(&agent).await["08:00"], expected);
}

#[tokio::test]
async fn behind_a_slot_that_waits_nothing_is_decided() {
    let rig = Rig::new().await;
    let agent = rig.agent().await;
    let spec = ScheduleSpec {
        overlap: Overlap::Skip,
        ..hourly()
    };
    rig.schedule(&agent, spec).await;
    rig.pass(55);
    plan(&rig).await;
    rig.pass(60);
    plan(&rig).await;
    // The older one runs, and so the newer one overlaps it.
    rig.tick().await;
    assert_eq!(rig.ledger(&agent).await["08:00"], RAN);
    let expected = skipped(SlotReason::Overlap);
    assert_eq!(rig.ledger(&agent).await["09:00"], expected);
}
