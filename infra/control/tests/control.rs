//! A gateway in a process of its own, as the runner sees it: both ends here, with a real socket between them.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod world;

use std::time::Duration;

use berth_control::{LINGER, RemoteGateway};
use berth_domain::ports::gateway::{Gateway as _, GatewayError, Registries};
use berth_domain::ports::usage::UsageLedger as _;
use tokio::time::timeout;

use world::{AT_ONCE, World, token};

/// Longest wait for anything.
const DEADLINE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_run_is_granted_metered_and_revoked_through_the_socket() {
    let world = World::start().await;
    let _gateway = world.gateway(LINGER);
    let runner = world.runner();
    world.open(&runner).await;
    let run = world.grant(&runner, "p1").await;
    let mut figures = runner.watch(run).unwrap();
    assert_eq!(figures.borrow_and_update().usage.calls, 0);
    assert_eq!(world.call("p1").await, 200);
    let spent = figures.wait_for(|spend| spend.usage.calls == 1);
    let spent = timeout(DEADLINE, spent).await.unwrap().unwrap().clone();
    assert_eq!(runner.status(run), spent);
    assert!(spent.model.is_some());

    let last = runner.revoke(token("p1")).await;
    assert_eq!(last.usage, spent.usage);
    assert!(figures.changed().await.is_err(), "its figures end");
    assert!(runner.watch(run).is_none());
    world.until_known().await;
    assert_eq!(world.call("p1").await, 401);
    runner.close(world.user).await;
    assert!(!world.is_open());
}

/// The order is as bad as it can be: the workspace calls before the runner has come back.
#[tokio::test]
async fn a_gateway_started_anew_refuses_nobody_and_counts_each_call_once() {
    let world = World::start().await;
    let first = world.gateway(LINGER);
    let runner = world.runner();
    world.open(&runner).await;
    let run = world.grant(&runner, "p1").await;
    assert_eq!(world.call("p1").await, 200);
    first.kill().await;

    let second = world.gateway_alone();
    second.open_by_hand(&world).await;
    assert_eq!(world.call("p1").await, 503);
    let mut figures = runner.watch(run).unwrap();
    let second = second.serve(LINGER);
    world.until_known().await;
    assert_eq!(world.call("p1").await, 200);
    let both = figures.wait_for(|spend| spend.usage.calls == 2);
    timeout(DEADLINE, both).await.unwrap().unwrap();
    assert_eq!(world.call("wrong").await, 401, "everything is said again");
    let last = runner.revoke(token("p1")).await;
    assert_eq!(last.usage.calls, 2);
    second.kill().await;
    assert_eq!(world.store.run_total(run).await.unwrap(), last.usage);
}

#[tokio::test]
async fn a_run_that_ends_while_the_gateway_is_away_has_the_ledgers_figures() {
    let world = World::start().await;
    let first = world.gateway(LINGER);
    let runner = world.runner();
    world.open(&runner).await;
    world.grant(&runner, "p1").await;
    let other = world.grant(&runner, "p2").await;
    assert_eq!(world.call("p1").await, 200);
    first.kill().await;
    let (ended, second) = tokio::join!(runner.revoke(token("p1")), async {
        tokio::task::yield_now().await;
        world.gateway(LINGER)
    });
    assert_eq!(ended.usage.calls, 1);
    world.until_known().await;
    assert_eq!(world.call("p1").await, 401);
    assert_eq!(world.call("p2").await, 200);
    assert!(second.server.watch(other).is_some());
}

#[tokio::test]
async fn what_a_runner_granted_ends_with_it_unless_the_next_one_takes_it_over() {
    let world = World::start().await;
    let gateway = world.gateway(Duration::from_millis(300));
    let first = world.runner();
    world.open(&first).await;
    let lost = world.grant(&first, "lost").await;
    let kept = world.grant(&first, "kept").await;
    let mut lost = gateway.server.watch(lost).unwrap();
    drop(first);

    let second = world.runner();
    world.open(&second).await;
    world.grant_again(&second, "kept", kept).await;
    assert_eq!(world.call("lost").await, 200, "it may come back yet");
    let ended = async { while lost.changed().await.is_ok() {} };
    timeout(DEADLINE, ended).await.unwrap();
    world.until_known().await;
    assert_eq!(world.call("lost").await, 401);
    assert_eq!(world.call("kept").await, 200);
    drop(second);
}

/// A runner that was started anew does not know yet what goes on from before.
#[tokio::test]
async fn a_runner_that_has_just_started_makes_no_token_wrong() {
    let world = World::start().await;
    let _gateway = world.gateway(LINGER);
    let runner = RemoteGateway::finding(world.control(), DEADLINE * 10);
    world.open(&runner).await;
    assert_eq!(world.call("not found yet").await, 503);
    world.grant(&runner, "not found yet").await;
    assert_eq!(world.call("not found yet").await, 200);
}

#[tokio::test]
async fn refusals_are_told_with_their_reason() {
    let world = World::start().await;
    let _gateway = world.gateway(LINGER);
    let runner = world.runner();
    let nowhere = world.folder.path().join("nowhere");
    let refused = runner
        .open(world.user, &nowhere, &Registries::default())
        .await;
    assert!(matches!(refused, Err(GatewayError::Socket { user, .. }) if user == world.user));
    let registries = Registries {
        pypi: Some("ftp://packages.example".to_owned()),
        npm: None,
    };
    let sockets = world.sockets();
    let refused = runner.open(world.user, &sockets, &registries).await;
    assert!(
        matches!(refused, Err(GatewayError::Registry(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn many_orders_at_once_are_all_answered() {
    let world = World::start().await;
    let gateway = world.gateway(LINGER);
    let runner = world.runner();
    let names: Vec<_> = (0..AT_ONCE).map(|n| format!("p{n}")).collect();
    let granted = names.iter().map(|name| world.grant(&runner, name));
    let runs = timeout(DEADLINE, futures::future::join_all(granted))
        .await
        .unwrap();
    for run in &runs {
        assert!(gateway.server.watch(*run).is_some());
    }
    let revoked = names.iter().map(|name| runner.revoke(token(name)));
    timeout(DEADLINE, futures::future::join_all(revoked))
        .await
        .unwrap();
    for run in &runs {
        assert!(gateway.server.watch(*run).is_none());
    }
}
