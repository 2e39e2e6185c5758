//! Runners that hand workspaces to each other.
//!
//! Needs two binaries beside the tests: `cargo build -p berth-supervisor -p berth-fake-cli`.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod doubt;
mod early;
mod machine;
mod old;
mod post;
mod rig;
#[path = "../support/mod.rs"]
#[expect(
    dead_code,
    reason = "what tests of one engine share is more than these need"
)]
mod support;

use std::fs;
use std::time::Duration;

use berth_domain::clock::Clock as _;
use berth_domain::event::{Event, Status};
use berth_domain::placement::Stage;
use berth_domain::ports::artifacts::{Artifacts as _, IfThere};
use berth_domain::ports::homes::{Homes as _, NotHere};
use berth_domain::ports::placements::{Placements as _, Progress};
use berth_domain::ports::runs::Fenced;
use berth_domain::run::{Reason, RunState};
use berth_runner::Ended;
use berth_snapshot::{Base, Limits, Snapshots, Taking};
use bytes::Bytes;
use machine::until;
use rig::Rig;

/// Until others may take what a runner has that does not renew, in seconds; and a little.
const EXPIRY: i64 = 16;

#[tokio::test]
async fn at_a_signal_to_end_files_and_conversation_move() {
    let rig = Rig::new().await;
    let mut first = rig.runner("one");
    let (_, conversation) = rig.ask(None, "remember me [[file:a/b.txt:kept]]").await;
    assert_eq!(first.terminate().await, Ended::Stopped);
    first.nothing_runs().await;
    assert_eq!(rig.placement().await.stage, Stage::Released);
    let second = rig.runner("two");
    let (run, _) = rig.say(Some(conversation), "[[recall]]").await;
    let ended = rig.ended(run).await;
    assert_eq!(ended.state, RunState::Succeeded, "{ended:?}");
    assert!(rig.answer(run).await.contains("remember me"));
    assert_eq!(
        fs::read_to_string(second.file(rig.user, "a/b.txt")).unwrap(),
        "kept"
    );
    let told = rig.events(run).await.into_iter().any(|stored| {
        stored.event
            == Event::Status {
                label: Status::MovingWorkspace,
            }
    });
    assert!(told, "the user is told why it takes a moment");
    assert_eq!(rig.placement().await.runner.name, "two");
    second.clean().await;
}

#[tokio::test]
async fn what_fits_the_grace_ends_and_the_rest_is_interrupted_with_a_reason() {
    let rig = Rig::new().await;
    let mut first = rig.runner("one");
    let gate = first.file(rig.user, "never");
    let (short, _) = rig.say(None, "[[sleep:700]] done").await;
    let (long, _) = rig.say(None, &format!("[[gate:{}]]", gate.display())).await;
    for run in [short, long] {
        rig.begun(run).await;
    }
    assert_eq!(first.terminate().await, Ended::Stopped);
    assert_eq!(rig.run(short).await.state, RunState::Succeeded);
    let long = rig.run(long).await;
    assert_eq!(
        (long.state, long.reason),
        (RunState::Interrupted, Some(Reason::RunnerLost))
    );
    first.nothing_runs().await;
    assert_eq!(rig.placement().await.stage, Stage::Released);
}

#[tokio::test]
async fn what_waits_at_a_runner_that_ends_is_told_to_the_others() {
    let rig = Rig::new().await;
    let mut first = rig.runner("one");
    let (_, conversation) = rig.ask(None, "hello").await;
    let second = rig.runner("two");
    rig.registered("two").await;
    // A hint for anybody, at the wrong one, reaches the right one.
    let before = rig.placement().await;
    let sleep = first.pause().await;
    let (run, _) = rig.store_message(Some(conversation), "again").await;
    rig.post.send_to("two", run);
    until("the hint to be sent on", async || {
        let named = rig.post.named.lock().unwrap();
        named.contains(&"one".to_owned()).then_some(())
    })
    .await;
    drop(sleep);
    rig.ended(run).await;
    assert_eq!(rig.placement().await.epoch, before.epoch);
    assert_eq!(first.terminate().await, Ended::Stopped);
    let (answer, _) = rig.ask(Some(conversation), "[[recall]]").await;
    assert!(answer.contains("again"), "{answer}");
    second.clean().await;
}

#[tokio::test]
async fn a_runner_that_died_is_followed_after_its_registration_has_expired() {
    let rig = Rig::new().await;
    let mut first = rig.runner("one");
    let (_, conversation) = rig.ask(None, "before [[file:kept.txt:1]]").await;
    rig.saved(0).await;
    let gate = first.file(rig.user, "never");
    let (run, _) = rig
        .say(Some(conversation), &format!("[[gate:{}]]", gate.display()))
        .await;
    rig.begun(run).await;
    first.kill();
    let second = rig.machine("two");
    second.clock.put_ahead(EXPIRY);
    let mut second = second;
    rig.start(&mut second);
    // Nobody tells the other: its sweep finds the run. It ends once, and not by itself.
    let ended = rig.ended(run).await;
    assert_eq!(
        (ended.state, ended.reason),
        (RunState::Interrupted, Some(Reason::RunnerLost))
    );
    let ends = rig
        .events(run)
        .await
        .into_iter()
        .filter(|stored| matches!(stored.event, Event::Finished { .. }));
    assert_eq!(ends.count(), 1);
    let (answer, _) = rig.ask(Some(conversation), "[[recall]]").await;
    assert!(answer.contains("before"), "{answer}");
    assert!(second.file(rig.user, "kept.txt").exists());
    // The machine comes back: its start is a new one, and what still runs there is stopped.
    first.clock.put_ahead(EXPIRY);
    rig.start(&mut first);
    first.nothing_runs().await;
    assert_eq!(rig.placement().await.runner.name, "two");
    first.clean().await;
    second.clean().await;
}

#[tokio::test]
async fn the_next_start_on_the_same_disk_goes_on_where_the_work_is() {
    let rig = Rig::new().await;
    let mut first = rig.runner("one");
    let (_, conversation) = rig.ask(None, "hello").await;
    let gate = first.file(rig.user, "open");
    let (run, _) = rig
        .say(
            Some(conversation),
            &format!("[[gate:{}]] done", gate.display()),
        )
        .await;
    rig.begun(run).await;
    first.kill();
    rig.start(&mut first);
    until("the work to be taken up", async || {
        let events = rig.events(run).await;
        let taken_up = Event::Status {
            label: Status::Reattached,
        };
        events
            .iter()
            .any(|stored| stored.event == taken_up)
            .then_some(())
    })
    .await;
    fs::write(gate, "").unwrap();
    assert_eq!(rig.ended(run).await.state, RunState::Succeeded);
    first.clean().await;
}

#[tokio::test]
async fn a_runner_that_was_passed_over_writes_nothing_and_stops_everything() {
    let rig = Rig::new().await;
    let mut first = rig.runner("one");
    let (_, conversation) = rig.ask(None, "before [[file:a.txt:1]]").await;
    let before = rig.saved(0).await;
    let gate = first.file(rig.user, "open");
    let asleep = format!("[[gate:{}]] too late [[file:late.txt:1]]", gate.display());
    let (run, _) = rig.say(Some(conversation), &asleep).await;
    rig.begun(run).await;
    // It sleeps past its lease, and what it started does not.
    let sleep = first.pause().await;
    fs::write(gate, "").unwrap();
    let mut second = rig.machine("two");
    second.clock.put_ahead(EXPIRY);
    rig.start(&mut second);
    let ended = rig.ended(run).await;
    assert_eq!(ended.reason, Some(Reason::RunnerLost));
    let events = rig.events(run).await;
    let own = before.snapshot.map_or(0, |it| it.number);
    let newest = rig.saved(own).await;
    // It wakes.
    first.clock.put_ahead(EXPIRY);
    drop(sleep);
    assert_eq!(first.ended().await, Ended::Gone);
    first.nothing_runs().await;
    assert_eq!(rig.events(run).await, events);
    assert_eq!(rig.run(run).await, ended);
    let placement = rig.placement().await;
    assert_eq!(placement.runner.name, "two");
    let numbers = [newest, placement].map(|it| it.snapshot.unwrap().number);
    assert_eq!(numbers[0], numbers[1], "nor has it kept a copy");
    let late = rig
        .store
        .record_placement(rig.user, before.epoch, &Progress::Released)
        .await
        .unwrap();
    assert_eq!(late, Fenced::LeaseLost);
    let settled = first.placing().settle(rig.user).await;
    assert!(matches!(settled, Err(NotHere::Elsewhere)), "{settled:?}");
    first.placing().left(rig.user).await;
    let (answer, _) = rig.ask(Some(conversation), "[[recall]]").await;
    assert!(answer.contains("before"), "{answer}");
    assert!(!second.file(rig.user, "late.txt").exists());
    second.clean().await;
}

#[tokio::test]
async fn a_copy_that_is_damaged_is_passed_over_for_the_one_before() {
    let rig = Rig::new().await;
    let mut first = rig.runner("one");
    let (_, conversation) = rig.ask(None, "[[file:a.txt:first]]").await;
    let one = rig.saved(0).await.snapshot.unwrap().number;
    let packs = rig.objects("files/packs").await;
    let (_, _) = rig.ask(Some(conversation), "[[file:b.txt:second]]").await;
    rig.saved(one).await;
    assert_eq!(first.terminate().await, Ended::Stopped);
    let fresh = rig.objects("files/packs").await;
    let fresh = fresh
        .into_iter()
        .find(|pack| !packs.contains(pack))
        .unwrap();
    let body = Bytes::from_static(b"not what was stored").into();
    rig.objects
        .put(&fresh, body, IfThere::Replace)
        .await
        .unwrap();
    let mut second = rig.runner("two");
    let (answer, _) = rig.ask(Some(conversation), "[[recall]]").await;
    assert!(
        answer.contains("b.txt"),
        "the conversation is whole: {answer}"
    );
    assert!(second.file(rig.user, "a.txt").exists());
    assert!(!second.file(rig.user, "b.txt").exists());
    // What is copied from now on does not rest on what was damaged.
    assert_eq!(second.terminate().await, Ended::Stopped);
    let third = rig.runner("three");
    rig.ask(Some(conversation), "hello").await;
    assert!(third.file(rig.user, "a.txt").exists());
    third.clean().await;
}

#[tokio::test]
async fn a_copy_that_the_store_does_not_know_is_not_restored() {
    let rig = Rig::new().await;
    let mut first = rig.runner("one");
    let (_, conversation) = rig.ask(None, "[[file:a.txt:first]]").await;
    let placement = rig.saved(0).await;
    first.kill();
    // What it writes after it has lost the workspace reaches the bucket, and nobody there can know better.
    fs::write(first.file(rig.user, "late.txt"), "late").unwrap();
    let prefix = format!("workspaces/{}/files", rig.user).parse().unwrap();
    let taking = Taking {
        epoch: placement.epoch,
        now: rig.clock.now(),
        base: Base::Newest,
        limits: Limits::default(),
    };
    let late = Snapshots::new(rig.objects.clone(), prefix)
        .take(&first.file(rig.user, ""), &taking)
        .await
        .unwrap();
    assert!(late.changed);
    let mut second = rig.machine("two");
    second.clock.put_ahead(EXPIRY);
    rig.start(&mut second);
    rig.ask(Some(conversation), "hello").await;
    assert!(second.file(rig.user, "a.txt").exists());
    assert!(!second.file(rig.user, "late.txt").exists());
    first.clean().await;
    second.clean().await;
}

#[tokio::test]
async fn files_that_cannot_be_brought_are_not_replaced_by_none() {
    let rig = Rig::new().await;
    let mut first = rig.runner("one");
    let (_, conversation) = rig.ask(None, "[[file:a.txt:first]]").await;
    assert_eq!(first.terminate().await, Ended::Stopped);
    for pack in rig.objects("files/packs").await {
        assert!(rig.objects.delete(&pack).await.unwrap());
    }
    let second = rig.runner("two");
    let (run, _) = rig.say(Some(conversation), "hello").await;
    let ended = rig.ended(run).await;
    assert_eq!(
        (ended.state, ended.reason),
        (RunState::Failed, Some(Reason::WorkspaceFailed))
    );
    assert_eq!(rig.placement().await.stage, Stage::Moving);
    let settled = second.placing().settle(rig.user).await;
    assert!(matches!(settled, Err(NotHere::Failed(_))), "{settled:?}");
    second.nothing_runs().await;
    second.clean().await;
}

#[tokio::test]
async fn a_forged_hint_runs_nobodys_run_here() {
    let rig = Rig::new().await;
    let first = rig.runner("one");
    rig.ask(None, "hello").await;
    let second = rig.runner("two");
    let gate = first.file(rig.user, "open");
    let (run, _) = rig
        .say(None, &format!("[[gate:{}]] done", gate.display()))
        .await;
    rig.begun(run).await;
    let before = rig.run(run).await;
    for _ in 0..50 {
        rig.post.send_to("two", run);
        rig.post.send_to("two", rig.nobodys_run());
    }
    let (waiting, _) = rig.store_message(None, "a run of the same user").await;
    rig.post.send_to("two", waiting);
    rig.ended(waiting).await;
    fs::write(gate, "").unwrap();
    let after = rig.ended(run).await;
    assert_eq!((after.attempt, after.epoch), (before.attempt, before.epoch));
    assert!(
        !second.file(rig.user, ".").exists(),
        "no workspace was made there"
    );
    first.clean().await;
    second.clean().await;
}

#[tokio::test]
async fn a_workspace_is_whole_before_it_is_served_to_the_api() {
    let rig = Rig::new().await;
    let mut first = rig.runner("one");
    rig.ask(None, "[[file:a.txt:first]]").await;
    // What a person uploads is kept like what a run makes.
    let newest = rig.saved(0).await.snapshot.unwrap().number;
    fs::write(first.file(rig.user, "upload.txt"), "x").unwrap();
    first.placing().changed(rig.user);
    rig.saved(newest).await;
    let left = first.placing().left(rig.user);
    assert_eq!(first.terminate().await, Ended::Stopped);
    tokio::time::timeout(Duration::from_secs(1), left)
        .await
        .unwrap();
    let second = rig.runner("two");
    rig.registered("two").await;
    until("the files to be here", async || {
        second.placing().settle(rig.user).await.ok()
    })
    .await;
    rig.stage(Stage::Here).await;
    assert!(second.file(rig.user, "a.txt").exists());
    assert!(second.file(rig.user, "upload.txt").exists());
    second.clean().await;
}
