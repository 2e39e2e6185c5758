//! A slot is due while the agent is still at work.

use berth_domain::ports::runs::Runs as _;
use berth_domain::run::RunState;
use berth_domain::schedule::{Overlap, ScheduleSpec, SlotReason};

use crate::rig::{RAN, Rig, hourly, skipped};

/// A run of 08:00 is under way, and it is a minute past nine.
async fn working_past_nine(overlap: Overlap) -> (Rig, berth_domain::agent::Agent) {
    let rig = Rig::new().await;
    let agent = rig.agent().await;
    let spec = ScheduleSpec {
        overlap,
        ..hourly()
    };
    rig.schedule(&agent, spec).await;
    rig.pass(56);
    rig.tick().await;
    let first = rig.runs(&agent).await[0].id;
    rig.begin(first).await;
    rig.pass(60);
    rig.tick().await;
    (rig, agent)
}

#[tokio::test]
async fn skip_leaves_the_slot_out() {
    let (rig, agent) = working_past_nine(Overlap::Skip).await;
    assert_eq!(
        rig.ledger(&agent).await["09:00"],
        skipped(SlotReason::Overlap)
    );
    assert_eq!(rig.runs(&agent).await.len(), 1);
}

#[tokio::test]
async fn queue_one_lets_one_wait() {
    let (rig, agent) = working_past_nine(Overlap::QueueOne).await;
    assert_eq!(rig.ledger(&agent).await["09:00"], RAN);
    rig.pass(60);
    rig.tick().await;
    assert_eq!(
        rig.ledger(&agent).await["10:00"],
        skipped(SlotReason::Overlap)
    );
    let states: Vec<_> = rig.runs(&agent).await.iter().map(|run| run.state).collect();
    assert_eq!(states, [RunState::Queued, RunState::Running]);
}

#[tokio::test]
async fn cancel_previous_stops_the_run_and_begins_another() {
    let (rig, agent) = working_past_nine(Overlap::CancelPrevious).await;
    assert_eq!(rig.ledger(&agent).await["09:00"], RAN);
    let runs = rig.runs(&agent).await;
    assert_eq!(runs.len(), 2);
    assert!(runs[1].cancel_requested_at.is_some());
    assert!(runs[0].cancel_requested_at.is_none());
    // The one that waits goes, too, when the next is due.
    rig.pass(60);
    rig.tick().await;
    let waited = rig.store.run(rig.user, runs[0].id).await.unwrap().unwrap();
    assert_eq!(waited.state, RunState::Cancelled);
}
