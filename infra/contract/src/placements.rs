//! Cases of the port `placements`.

use berth_domain::clock::Clock as _;
use berth_domain::ids::UserId;
use berth_domain::lease::{RunnerId, TTL};
use berth_domain::placement::{Placement, Registration, Snapshot, Stage, Standing};
use berth_domain::ports::placements::{Placed, Progress};
use berth_domain::ports::runs::Fenced;

use crate::World;
use crate::world::together;

/// A start of a runner whose name no other case has.
fn start(w: &World) -> RunnerId {
    RunnerId {
        name: w.id::<UserId>().to_string(),
        incarnation: w.clock.uuid(),
    }
}

/// A later start of the same runner.
fn restart(w: &World, runner: &RunnerId) -> RunnerId {
    w.pass(1);
    RunnerId {
        incarnation: w.clock.uuid(),
        ..runner.clone()
    }
}

async fn register(w: &World, runner: &RunnerId) -> Option<Registration> {
    let address = format!("{}:7000", runner.name);
    let registered = w.placements().register(runner, &address, w.now()).await;
    registered.unwrap()
}

async fn registered(w: &World) -> RunnerId {
    let runner = start(w);
    assert!(register(w, &runner).await.is_some());
    runner
}

async fn renew(w: &World, runner: &RunnerId, draining: bool) -> Option<Registration> {
    let placements = w.placements();
    let renewed = placements.renew_registration(runner, draining, w.now());
    renewed.await.unwrap()
}

async fn place(w: &World, user: UserId, runner: &RunnerId) -> Placed {
    w.placements().place(user, runner, w.now()).await.unwrap()
}

/// A workspace that the runner must get.
async fn taken(w: &World, user: UserId, runner: &RunnerId) -> Placement {
    match place(w, user, runner).await {
        Placed::Yours(placement) => placement,
        other => panic!("{other:?}"),
    }
}

async fn record(w: &World, user: UserId, epoch: u64, progress: Progress) -> Fenced<()> {
    let placements = w.placements();
    let recorded = placements.record_placement(user, epoch, &progress);
    recorded.await.unwrap()
}

async fn stands(w: &World, user: UserId) -> Placement {
    w.placements().placement(user).await.unwrap().unwrap()
}

fn snapshot(w: &World, number: u64) -> Snapshot {
    Snapshot {
        id: w.clock.uuid(),
        number,
        taken_at: w.now(),
        bytes: number * 1_000,
    }
}

fn pass_ttl(w: &World) {
    w.pass(TTL.as_secs());
}

async fn is_listed(w: &World, runner: &RunnerId) -> bool {
    let runners = w.placements().runners(w.now()).await.unwrap();
    runners.iter().any(|found| found.runner == *runner)
}

pub(crate) async fn a_runner_is_registered_until_it_leaves(w: World) {
    let runner = start(&w);
    assert_eq!(renew(&w, &runner, false).await, None);
    let expected = Registration {
        runner: runner.clone(),
        address: format!("{}:7000", runner.name),
        standing: Standing::Serving,
        expires_at: w.now() + TTL,
    };
    assert_eq!(register(&w, &runner).await, Some(expected.clone()));
    w.pass(5);
    let expires_at = w.now() + TTL;
    let renewed = renew(&w, &runner, false).await;
    assert_eq!(
        renewed,
        Some(Registration {
            expires_at,
            ..expected
        })
    );
    assert!(is_listed(&w, &runner).await);
    w.placements().unregister(&runner).await.unwrap();
    assert!(!is_listed(&w, &runner).await);
    assert_eq!(renew(&w, &runner, false).await, None);
    let late = registered(&w).await;
    pass_ttl(&w);
    assert!(!is_listed(&w, &late).await);
}

pub(crate) async fn a_later_start_replaces_an_earlier_one(w: World) {
    let first = registered(&w).await;
    let second = restart(&w, &first);
    assert!(register(&w, &second).await.is_some());
    assert_eq!(renew(&w, &first, false).await, None);
    assert_eq!(register(&w, &first).await, None);
    assert!(renew(&w, &second, false).await.is_some());
    // What the first one says at its end is not about the second.
    w.placements().unregister(&first).await.unwrap();
    assert!(is_listed(&w, &second).await);
}

pub(crate) async fn what_was_declared_gone_never_comes_back(w: World) {
    let user = w.user().await;
    let (paused, other) = (registered(&w).await, registered(&w).await);
    taken(&w, user, &paused).await;
    pass_ttl(&w);
    // Late, but nobody has taken anything: it may go on.
    assert!(renew(&w, &paused, false).await.is_some());
    pass_ttl(&w);
    register(&w, &other).await;
    taken(&w, user, &other).await;
    assert_eq!(renew(&w, &paused, false).await, None);
    assert_eq!(register(&w, &paused).await, None);
    assert_eq!(place(&w, user, &paused).await, Placed::Refused);
    let next = restart(&w, &paused);
    assert!(register(&w, &next).await.is_some());
    assert!(matches!(place(&w, user, &next).await, Placed::Elsewhere(_)));
}

pub(crate) async fn of_many_that_want_a_workspace_one_gets_it(w: World) {
    let user = w.user().await;
    let mut runners = Vec::new();
    for _ in 0..6 {
        runners.push(registered(&w).await);
    }
    let answers = together(runners.iter().cloned().map(|runner| {
        let (placements, now) = (w.placements(), w.now());
        async move { placements.place(user, &runner, now).await.unwrap() }
    }))
    .await;
    let winners = answers.iter().filter(|got| matches!(got, Placed::Yours(_)));
    assert_eq!(winners.count(), 1);
    let stands = stands(&w, user).await;
    assert_eq!(
        (stands.epoch, stands.stage, stands.snapshot),
        (1, Stage::Here, None)
    );
    for answer in answers {
        match answer {
            Placed::Yours(placement) => assert_eq!(placement.runner, stands.runner),
            Placed::Elsewhere(holder) => assert_eq!(holder.runner, stands.runner),
            Placed::Refused => panic!("a registered runner was refused"),
        }
    }
}

pub(crate) async fn a_workspace_stays_where_it_is(w: World) {
    let user = w.user().await;
    assert_eq!(w.placements().placement(user).await.unwrap(), None);
    let (holder, other) = (registered(&w).await, registered(&w).await);
    assert_eq!(place(&w, user, &start(&w)).await, Placed::Refused);
    let first = taken(&w, user, &holder).await;
    w.pass(10);
    for runner in [&holder, &other] {
        renew(&w, runner, false).await;
    }
    w.pass(10);
    assert_eq!(taken(&w, user, &holder).await, first);
    let Placed::Elsewhere(found) = place(&w, user, &other).await else {
        panic!("taken from a runner that lives");
    };
    assert_eq!(found.runner, holder);
    assert_eq!(found.address, format!("{}:7000", holder.name));
    assert_eq!(stands(&w, user).await, first);
}

pub(crate) async fn a_new_start_on_the_same_disk_has_the_files(w: World) {
    let user = w.user().await;
    let first = registered(&w).await;
    let held = taken(&w, user, &first).await;
    let second = restart(&w, &first);
    register(&w, &second).await;
    let now_held = taken(&w, user, &second).await;
    assert_eq!(
        (now_held.epoch, now_held.stage),
        (held.epoch + 1, Stage::Here)
    );
    assert_eq!(
        record(&w, user, held.epoch, Progress::Released).await,
        Fenced::LeaseLost
    );
}

pub(crate) async fn a_workspace_leaves_a_runner_that_does_not_renew(w: World) {
    let user = w.user().await;
    let (dead, heir) = (registered(&w).await, registered(&w).await);
    let held = taken(&w, user, &dead).await;
    let kept = snapshot(&w, 1);
    record(&w, user, held.epoch, Progress::Saved(kept.clone())).await;
    pass_ttl(&w);
    register(&w, &heir).await;
    let moving = taken(&w, user, &heir).await;
    assert_eq!(
        (moving.epoch, moving.stage),
        (held.epoch + 1, Stage::Moving)
    );
    assert_eq!(moving.snapshot, Some(kept));
    assert_eq!(
        record(&w, user, moving.epoch, Progress::Restored).await,
        Fenced::Done(())
    );
    assert_eq!(stands(&w, user).await.stage, Stage::Here);
}

pub(crate) async fn a_released_workspace_is_taken_at_once(w: World) {
    let user = w.user().await;
    let (first, second) = (registered(&w).await, registered(&w).await);
    let held = taken(&w, user, &first).await;
    record(&w, user, held.epoch, Progress::Released).await;
    assert_eq!(stands(&w, user).await.stage, Stage::Released);
    let moved = taken(&w, user, &second).await;
    assert_eq!((moved.epoch, moved.stage), (held.epoch + 1, Stage::Moving));
    // Its runner lives on, and does not get it back while it is in use elsewhere.
    assert!(renew(&w, &first, false).await.is_some());
    assert!(matches!(
        place(&w, user, &first).await,
        Placed::Elsewhere(_)
    ));
    // Released and taken again by the same runner, it is a new epoch, and the files are there.
    record(&w, user, moved.epoch, Progress::Restored).await;
    record(&w, user, moved.epoch, Progress::Released).await;
    let again = taken(&w, user, &second).await;
    assert_eq!(again.epoch, moved.epoch + 1);
}

pub(crate) async fn a_draining_runner_keeps_and_takes_nothing(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let runner = registered(&w).await;
    let held = taken(&w, user, &runner).await;
    let draining = renew(&w, &runner, true).await.unwrap();
    assert_eq!(draining.standing, Standing::Draining);
    // It does not begin to serve again by forgetting to say so.
    let renewed = renew(&w, &runner, false).await.unwrap();
    assert_eq!(renewed.standing, Standing::Draining);
    assert_eq!(taken(&w, user, &runner).await, held);
    assert_eq!(place(&w, other, &runner).await, Placed::Refused);
    record(&w, user, held.epoch, Progress::Released).await;
    assert_eq!(place(&w, user, &runner).await, Placed::Refused);
}

pub(crate) async fn a_restore_that_broke_off_is_begun_anew(w: World) {
    let user = w.user().await;
    let (dead, heir) = (registered(&w).await, registered(&w).await);
    taken(&w, user, &dead).await;
    w.placements().unregister(&dead).await.unwrap();
    assert_eq!(taken(&w, user, &heir).await.stage, Stage::Moving);
    // Asked again by the same start, which has not said that it is through.
    assert_eq!(taken(&w, user, &heir).await.stage, Stage::Moving);
    let next = restart(&w, &heir);
    register(&w, &next).await;
    let moving = taken(&w, user, &next).await;
    assert_eq!(moving.stage, Stage::Moving);
    record(&w, user, moving.epoch, Progress::Restored).await;
    let last = restart(&w, &next);
    register(&w, &last).await;
    assert_eq!(taken(&w, user, &last).await.stage, Stage::Here);
}

pub(crate) async fn an_old_epoch_records_nothing(w: World) {
    let user = w.user().await;
    let (paused, heir) = (registered(&w).await, registered(&w).await);
    let old = taken(&w, user, &paused).await.epoch;
    w.placements().unregister(&paused).await.unwrap();
    let now = taken(&w, user, &heir).await;
    let saved = Progress::Saved(snapshot(&w, 9));
    for progress in [Progress::Restored, saved.clone(), Progress::Released] {
        assert_eq!(record(&w, user, old, progress).await, Fenced::LeaseLost);
    }
    assert_eq!(stands(&w, user).await, now);
    // Nor does one that was let go of.
    record(&w, user, now.epoch, Progress::Released).await;
    assert_eq!(record(&w, user, now.epoch, saved).await, Fenced::LeaseLost);
    assert_eq!(
        record(&w, w.user().await, 1, Progress::Restored).await,
        Fenced::LeaseLost
    );
}

pub(crate) async fn a_snapshot_that_was_overtaken_is_not_the_newest(w: World) {
    let user = w.user().await;
    let held = taken(&w, user, &registered(&w).await).await;
    let (first, second) = (snapshot(&w, 1), snapshot(&w, 2));
    for saved in [&second, &first, &second] {
        let recorded = record(&w, user, held.epoch, Progress::Saved(saved.clone()));
        assert_eq!(recorded.await, Fenced::Done(()));
        assert_eq!(stands(&w, user).await.snapshot.as_ref(), Some(&second));
    }
}

pub(crate) async fn workspaces_are_found_by_their_runner(w: World) {
    let (a, b, c) = (w.user().await, w.user().await, w.user().await);
    let (runner, other) = (registered(&w).await, registered(&w).await);
    taken(&w, a, &runner).await;
    let let_go = taken(&w, b, &runner).await;
    taken(&w, c, &other).await;
    record(&w, b, let_go.epoch, Progress::Released).await;
    let on = async |limit| w.placements().placed_on(&runner.name, limit).await.unwrap();
    assert_eq!(on(10).await, [a]);
    taken(&w, b, &runner).await;
    let mut both = on(10).await;
    both.sort_unstable();
    let mut expected = [a, b];
    expected.sort_unstable();
    assert_eq!(both, expected);
    assert_eq!(on(1).await.len(), 1);
}
