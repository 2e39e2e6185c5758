//! Runners that were away for longer than their leases, and hints that come late.

use std::fs;

use berth_domain::clock::Clock as _;
use berth_domain::run::RunState;

use crate::EXPIRY;
use crate::machine::until;
use crate::rig::Rig;

#[tokio::test]
async fn who_slept_past_its_lease_and_was_not_missed_goes_on() {
    let rig = Rig::new().await;
    let first = rig.runner("one");
    let (_, conversation) = rig.ask(None, "before [[file:a.txt:1]]").await;
    let before = rig.saved(0).await;
    let gate = first.file(rig.user, "open");
    let asleep = format!("[[gate:{}]] [[file:b.txt:1]]", gate.display());
    let (run, _) = rig.say(Some(conversation), &asleep).await;
    rig.begun(run).await;
    let began = rig.run(run).await;
    let sleep = first.pause().await;
    fs::write(gate, "").unwrap();
    first.clock.put_ahead(EXPIRY * 100);
    drop(sleep);
    let ended = rig.ended(run).await;
    assert_eq!(ended.state, RunState::Succeeded, "{ended:?}");
    assert_eq!((ended.attempt, ended.epoch), (began.attempt, began.epoch));
    assert!(first.file(rig.user, "b.txt").exists());
    let events = rig.events(run).await;
    let numbers: Vec<u64> = events.iter().map(|stored| stored.seq).collect();
    let first_number = numbers[0];
    assert!((first_number..).zip(&numbers).all(|(a, b)| a == *b));
    let number = before.snapshot.as_ref().map_or(0, |it| it.number);
    let after = rig.saved(number).await;
    assert_eq!(after.epoch, before.epoch);
    let (answer, _) = rig.ask(Some(conversation), "[[recall]]").await;
    assert!(answer.contains("before"), "{answer}");
    first.clean().await;
}

/// Ten minutes are longer than any lease.
#[tokio::test]
async fn hints_that_come_ten_minutes_late_run_nothing_again() {
    let rig = Rig::new().await;
    let first = rig.runner("one");
    let (ended, conversation) = rig.say(None, "the first").await;
    rig.ended(ended).await;
    let gate = first.file(rig.user, "open");
    let text = format!("[[gate:{}]] done", gate.display());
    let (working, _) = rig.say(Some(conversation), &text).await;
    rig.begun(working).await;
    let before = [rig.run(ended).await, rig.run(working).await];
    let events = rig.events(ended).await;
    first.clock.put_ahead(10 * 60);
    for _ in 0..20 {
        for run in [ended, working] {
            rig.post.send_to("one", run);
        }
    }
    // A hint that comes after those has been dealt with.
    let (other, _) = rig.say(None, "another").await;
    rig.ended(other).await;
    fs::write(gate, "").unwrap();
    let done = rig.ended(working).await;
    assert_eq!(done.state, RunState::Succeeded, "{done:?}");
    let after = [rig.run(ended).await, done];
    for (before, after) in before.iter().zip(&after) {
        assert_eq!((before.attempt, before.epoch), (after.attempt, after.epoch));
    }
    assert_eq!(rig.events(ended).await, events);
    first.clean().await;
}

/// A run is not lost to the sweep of its own runner while its lease is in doubt.
#[tokio::test]
async fn a_runner_does_not_take_its_runs_from_itself() {
    let rig = Rig::new().await;
    let first = rig.runner("one");
    let gate = first.file(rig.user, "open");
    let (run, _) = rig
        .say(None, &format!("[[gate:{}]] done", gate.display()))
        .await;
    rig.begun(run).await;
    let began = rig.run(run).await;
    // Both the lease and what is known of it are over at once, and hints and sweeps are faster than the keeper.
    first.clock.put_ahead(EXPIRY);
    for _ in 0..50 {
        rig.post.send_to("one", run);
    }
    until("the lease to be renewed", async || {
        let lease = rig.run(run).await.lease?;
        (lease.expires_at > first.clock.now() && lease.epoch == began.epoch).then_some(())
    })
    .await;
    fs::write(gate, "").unwrap();
    let ended = rig.ended(run).await;
    assert_eq!(ended.state, RunState::Succeeded, "{ended:?}");
    assert_eq!((ended.attempt, ended.epoch), (began.attempt, began.epoch));
    first.clean().await;
}
