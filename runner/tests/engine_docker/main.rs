//! Workspaces in real containers.
//!
//! Needs a Docker engine at its usual socket, with the image `berth-workspace:latest` (`make setup`), and root or
//! membership in its group. Without, these tests fail and say so.

mod bench;
mod ending;
mod house;
mod isolation;
mod moving;
mod sharing;
#[path = "../support/mod.rs"]
mod support;

use std::sync::Arc;

use berth_domain::clock::Clock as _;
use berth_domain::ports::workspaces::{WorkspaceErrorKind, WorkspaceState, Workspaces as _};
use berth_runner::engine::{
    ContainerState, DockerConfig, DockerEngine, Engine as _, EngineErrorKind,
};
use berth_runner::workspace::{Workspaces, WorkspacesConfig};
use berth_supervisor_protocol::{ProcessId, ProcessSpec};
use futures::future;
use jiff::SignedDuration;

use bench::{Bench, needed};
use support::{MovedClock, OpenGateways};

#[tokio::test]
async fn a_container_is_made_once_and_keeps_its_files_over_stops() {
    let bench = Bench::new();
    let engine = bench.engine();
    let state = needed(engine.state(bench.user).await);
    assert_eq!(state, ContainerState::Absent);
    let starts = future::try_join_all((0..3).map(|_| engine.start(bench.user)));
    let started = needed(starts.await);
    assert!(started.iter().any(|started| started.created));
    assert_eq!(
        needed(engine.state(bench.user).await),
        ContainerState::Running
    );
    assert_eq!(needed(engine.running().await), [bench.user]);
    let first = bench.inspect().await.id;

    needed(engine.stop(bench.user).await);
    needed(engine.stop(bench.user).await);
    assert_eq!(
        needed(engine.state(bench.user).await),
        ContainerState::Stopped
    );
    assert_eq!(needed(engine.running().await), []);
    assert!(!needed(engine.start(bench.user).await).created);
    assert_eq!(bench.inspect().await.id, first);
    needed(engine.remove(bench.user).await);
    needed(engine.remove(bench.user).await);
    assert_eq!(
        needed(engine.state(bench.user).await),
        ContainerState::Absent
    );
}

#[tokio::test]
async fn other_limits_take_hold_when_it_next_starts() {
    let bench = Bench::new();
    needed(bench.engine().start(bench.user).await);
    let first = bench.inspect().await.id;
    let changed = DockerEngine::connect(DockerConfig {
        pids: 300,
        ..bench.config()
    });
    needed(changed.start(bench.user).await);
    assert_eq!(
        bench.inspect().await.id,
        first,
        "used as it is while it runs"
    );
    needed(changed.stop(bench.user).await);
    needed(changed.start(bench.user).await);
    let second = bench.inspect().await;
    assert_ne!(second.id, first);
    let host = second.host_config.expect("its host part");
    assert_eq!(host.pids_limit, Some(300));
}

#[tokio::test]
async fn the_container_is_shut_in() {
    let bench = Bench::new();
    needed(bench.engine().start(bench.user).await);
    let found = bench.inspect().await;
    let host = found.host_config.expect("its host part");
    assert_eq!(host.network_mode.as_deref(), Some("none"));
    assert_eq!(host.readonly_rootfs, Some(true));
    assert_eq!(host.privileged, Some(false));
    assert_eq!(host.cap_drop.as_deref(), Some(&["ALL".to_owned()][..]));
    let mut added = host.cap_add.expect("capabilities");
    added.sort();
    // Newer engines add the prefix.
    let added: Vec<_> = added
        .iter()
        .map(|cap| cap.trim_start_matches("CAP_"))
        .collect();
    assert_eq!(added, ["KILL", "SETGID", "SETUID"]);
    let options = host.security_opt.expect("security options");
    assert!(options.iter().any(|option| option == "no-new-privileges"));
    assert!(options.iter().any(|option| option.starts_with("seccomp={")));
    assert_eq!(
        (host.memory, host.memory_swap),
        (Some(1 << 30), Some(1 << 30))
    );
    assert_eq!(
        (host.pids_limit, host.nano_cpus),
        (Some(512), Some(1_000_000_000))
    );
    assert_eq!(host.ipc_mode.as_deref(), Some("private"));
    assert_eq!(
        host.log_config
            .and_then(|log| log.config)
            .expect("log limits")["max-size"],
        "1m"
    );
    assert_eq!(host.binds, None);
    let mounts = found.mounts.expect("mounts").into_iter();
    let mut targets: Vec<_> = mounts.filter_map(|mount| mount.destination).collect();
    targets.sort();
    assert_eq!(
        targets,
        [
            "/home/agents",
            "/home/claude",
            "/run/berth/sockets",
            "/workspace"
        ]
    );
}

#[tokio::test]
async fn a_workspace_wakes_works_and_sleeps() {
    let bench = Bench::new();
    let gateway = Arc::new(OpenGateways::default());
    let clock = Arc::new(MovedClock::default());
    let engine = Arc::new(bench.engine());
    let workspaces = Workspaces::new(
        engine.clone(),
        gateway.clone(),
        clock.clone(),
        WorkspacesConfig::default(),
    );
    let berth = workspaces.acquire(bench.user).await.expect("a berth");
    assert!(gateway.folder(bench.user).is_some());

    let script = "id -u; echo 안녕 > made; cat made";
    let mut spec = ProcessSpec::new(
        ProcessId::new("p").expect("an id"),
        ["/bin/sh", "-c", script],
    );
    (spec.uid, spec.gid) = berth.process_user().unzip();
    spec.cwd.clone_from(&berth.paths().workspace);
    berth.client().start(&spec).await.expect("a process");
    let stdout = berth
        .client()
        .stdout(&spec.id, 0)
        .await
        .expect("its output");
    let stdout = stdout.read_whole(1024).await.expect("all of it");
    assert_eq!(stdout, "1000\n안녕\n");
    let listing = workspaces.list(bench.user, "").await.expect("a listing");
    assert_eq!(listing.entries[0].name, "made");
    drop(berth);
    clock.advance(2);
    let status = workspaces.status(bench.user).await;
    assert_eq!(status.state, WorkspaceState::Ready);
    assert_eq!(status.memory_limit_bytes, Some(1 << 30));

    // Ended by hand: found out by the next look, and woken by whoever needs it.
    needed(engine.stop(bench.user).await);
    clock.advance(2);
    assert_eq!(
        workspaces.status(bench.user).await.state,
        WorkspaceState::Stopped
    );
    let listing = workspaces.list(bench.user, "").await.expect("a listing");
    assert_eq!(listing.entries[0].name, "made");
    clock.advance(3600);
    let stopped = workspaces
        .stop_idle(SignedDuration::from_mins(10), clock.now())
        .await;
    assert_eq!(stopped, [bench.user]);
    assert_eq!(
        needed(engine.state(bench.user).await),
        ContainerState::Stopped
    );
}

#[tokio::test]
async fn an_engine_that_is_down_and_an_image_that_is_missing_are_named() {
    let bench = Bench::new();
    let nowhere = DockerEngine::connect(DockerConfig {
        docker_host: Some("unix:///nowhere/docker.sock".to_owned()),
        ..bench.config()
    });
    let error = nowhere.start(bench.user).await.expect_err("no engine");
    assert_eq!(error.kind, EngineErrorKind::EngineDown);
    // A socket that nobody listens on any more.
    let deaf = bench.sockets.path().join("deaf.sock");
    drop(std::os::unix::net::UnixListener::bind(&deaf).expect("a socket"));
    let deaf = DockerEngine::connect(DockerConfig {
        docker_host: Some(format!("unix://{}", deaf.display())),
        ..bench.config()
    });
    let error = deaf.running().await.expect_err("nobody listens");
    assert_eq!(error.kind, EngineErrorKind::EngineDown);

    let missing = DockerEngine::connect(DockerConfig {
        image: "berth-no-such-image:1".to_owned(),
        ..bench.config()
    });
    let workspaces = Workspaces::new(
        Arc::new(missing),
        Arc::new(OpenGateways::default()),
        Arc::new(MovedClock::default()),
        WorkspacesConfig::default(),
    );
    let error = workspaces.acquire(bench.user).await.expect_err("no image");
    assert_eq!(error.kind, WorkspaceErrorKind::ImageMissing);
    assert!(
        error.detail.contains("berth-no-such-image:1"),
        "{}",
        error.detail
    );
}
