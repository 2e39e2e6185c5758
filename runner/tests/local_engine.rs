//! Workspaces over the local engine: the real supervisor, without containers.
//!
//! Needs the supervisor's binary beside the tests: `cargo build -p berth-supervisor`.

mod support;

use std::collections::HashSet;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use berth_domain::ids::{AgentId, UserId};
use berth_domain::ports::workspaces::{
    ByteStream, WorkspaceError, WorkspaceErrorKind, WorkspaceState, Workspaces as _,
};
use berth_runner::engine::{ContainerState, Engine as _, LocalConfig, LocalEngine};
use berth_runner::workspace::{AgentSeat, Workspaces, WorkspacesConfig};
use berth_supervisor_protocol::{ProcessId, ProcessSpec};
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, future, stream};
use jiff::SignedDuration;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use support::{MovedClock, OpenGateways, new_user};
use tempfile::TempDir;
use uuid::Uuid;

/// The supervisor's binary, in the target folder this test was built into: Cargo builds binaries of other packages
/// only when asked to.
fn supervisor() -> PathBuf {
    let test = std::env::current_exe().expect("the test's own path");
    let profile = test
        .ancestors()
        .nth(2)
        .expect("target/<profile>/deps/<test>");
    let binary = profile.join("berth-supervisor");
    assert!(
        binary.exists(),
        "{} is missing: run `cargo build -p berth-supervisor` first",
        binary.display()
    );
    binary
}

/// One runner with its engine; supervisors end with the test.
struct Bench {
    root: Arc<Root>,
    engine: Arc<LocalEngine>,
    gateway: Arc<OpenGateways>,
    clock: Arc<MovedClock>,
    workspaces: Workspaces,
}

struct Root(TempDir);

impl Bench {
    fn new() -> Self {
        let root = tempfile::tempdir().expect("a folder");
        Self::over(Arc::new(Root(root)), supervisor())
    }

    /// Another runner over what an earlier one left.
    fn again(&self) -> Self {
        Self::over(Arc::clone(&self.root), supervisor())
    }

    fn over(root: Arc<Root>, supervisor: PathBuf) -> Self {
        let engine = Arc::new(LocalEngine::new(LocalConfig {
            supervisor,
            root: root.0.path().to_owned(),
        }));
        let gateway = Arc::new(OpenGateways::default());
        let clock = Arc::new(MovedClock::default());
        let workspaces = Workspaces::new(
            engine.clone(),
            gateway.clone(),
            clock.clone(),
            WorkspacesConfig::default(),
        );
        Self {
            root,
            engine,
            gateway,
            clock,
            workspaces,
        }
    }

    async fn stop_idle(&self) -> Vec<UserId> {
        let now = berth_domain::clock::Clock::now(&*self.clock);
        let idle_for = SignedDuration::from_mins(10);
        self.workspaces.stop_idle(idle_for, now).await
    }
}

impl Root {
    /// Supervisors of this folder, however they came to be.
    fn supervisors(&self) -> Vec<Pid> {
        let ours = self.0.path().join("sockets");
        let is_ours = |pid: &i32| {
            let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let mut arguments = line.split(|byte| *byte == 0);
            arguments.any(|argument| argument.starts_with(ours.as_os_str().as_bytes()))
        };
        let entries = std::fs::read_dir("/proc").expect("a list of processes");
        entries
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter(is_ours)
            .map(Pid::from_raw)
            .collect()
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        for pid in self.supervisors() {
            let _ = kill(pid, Signal::SIGTERM);
        }
    }
}

fn body(parts: &[&'static str]) -> ByteStream {
    let parts: Vec<_> = parts.iter().map(|part| Ok(Bytes::from(*part))).collect();
    stream::iter(parts).boxed()
}

async fn text(bytes: ByteStream) -> String {
    let whole: Vec<Bytes> = bytes.try_collect().await.expect("all bytes");
    String::from_utf8(whole.concat()).expect("text")
}

#[tokio::test]
async fn many_who_come_at_once_share_one_start() {
    let bench = Bench::new();
    let user = new_user();
    assert_eq!(
        bench.workspaces.status(user).await.state,
        WorkspaceState::Absent
    );
    assert!(!bench.workspaces.is_warm(user));
    let mut changes = bench.workspaces.status_changes(user);

    let berths = future::try_join_all((0..8).map(|_| bench.workspaces.acquire(user))).await;
    let berths = berths.expect("eight berths");
    let boots: HashSet<_> = berths
        .iter()
        .map(|berth| berth.boot_id().to_owned())
        .collect();
    assert_eq!(boots.len(), 1);
    changes.next().await.expect("a change");
    assert!(bench.workspaces.is_warm(user));
    assert_eq!(
        bench.workspaces.status(user).await.state,
        WorkspaceState::Ready
    );
    assert_eq!(bench.engine.running().await.expect("a list"), [user]);
    let sockets = bench.gateway.folder(user).expect("an open gateway");
    assert!(sockets.join("supervisor.sock").exists());
    assert_eq!(berths[0].process_user(), None);
}

#[tokio::test]
async fn an_agent_has_its_places_also_where_nobody_has_a_user() {
    let bench = Bench::new();
    let berth = bench.workspaces.acquire(new_user()).await.expect("a berth");
    let id = AgentId(Uuid::from_u128(7));
    let agent = berth.account(Some(AgentSeat { id, number: 3 }));
    let chat = berth.account(None);
    assert_eq!((agent.user, chat.user), (None, None));
    assert_eq!(chat.paths, *berth.paths());
    assert_ne!(agent.paths.home, chat.paths.home);

    let line = "pwd; cd \"$TMPDIR\" && stat -c %a . \"$H\"; touch \"$H/made\"";
    let id = ProcessId::new("p").expect("an id");
    let mut spec = ProcessSpec::new(id, ["/bin/sh", "-c", line]);
    spec.env.insert("PATH".into(), "/usr/bin:/bin".into());
    spec.env.insert("H".into(), agent.paths.home.clone());
    agent.put_into(&mut spec);
    let client = berth.client();
    client.start(&spec).await.expect("a process");
    let stdout = client.stdout(&spec.id, 0).await.expect("its output");
    let stdout = stdout.read_whole(4096).await.expect("all of it");
    assert_eq!(stdout, format!("{}\n700\n700\n", agent.cwd));
    assert!(agent.cwd.ends_with(&agent.folder));

    agent.end(client).await.expect("nothing to do");
    agent.clear(client).await.expect("cleared");
    let left = std::fs::read_dir(&agent.paths.home).expect("a home");
    assert_eq!(left.count(), 0);
}

#[tokio::test]
async fn files_are_written_read_and_refused() {
    let bench = Bench::new();
    let (workspaces, user) = (&bench.workspaces, new_user());
    let etag = workspaces.write(user, "data/a.txt", None, body(&["hello ", "world"]));
    let etag = etag.await.expect("written");

    let whole = workspaces
        .read(user, "data/a.txt", None)
        .await
        .expect("a file");
    assert_eq!((whole.size, whole.start, whole.length), (11, 0, 11));
    assert_eq!(whole.etag, etag);
    assert_eq!(text(whole.bytes).await, "hello world");
    let part = workspaces
        .read(user, "data/a.txt", Some((6, Some(8))))
        .await
        .expect("a part");
    assert_eq!((part.size, part.start, part.length), (11, 6, 3));
    assert_eq!(text(part.bytes).await, "wor");
    let beyond = workspaces
        .read(user, "data/a.txt", Some((99, None)))
        .await
        .expect("the whole");
    assert_eq!((beyond.start, beyond.length), (0, 11));

    let newer = workspaces
        .write(user, "data/a.txt", Some(&etag), body(&["new"]))
        .await;
    newer.expect("written over the version we know");
    let listing = workspaces.list(user, "data").await.expect("a listing");
    assert_eq!(listing.entries.len(), 1);
    assert_eq!(
        (listing.entries[0].name.as_str(), listing.entries[0].size),
        ("a.txt", 3)
    );
    workspaces.mkdir(user, "data/sub").await.expect("a folder");
    workspaces
        .rename(user, "data/a.txt", "b.txt")
        .await
        .expect("moved");

    let kind = |result: Result<(), WorkspaceError>| result.expect_err("a refusal").kind;
    let stale = workspaces
        .write(user, "b.txt", Some(&etag), body(&["x"]))
        .await;
    assert_eq!(kind(stale.map(drop)), WorkspaceErrorKind::Changed);
    let taken = workspaces.rename(user, "b.txt", "data").await;
    assert_eq!(kind(taken), WorkspaceErrorKind::Exists);
    let gone = workspaces.read(user, "data/a.txt", None).await;
    assert_eq!(kind(gone.map(drop)), WorkspaceErrorKind::NotFound);
    let outside = workspaces.read(user, "../home", None).await;
    assert_eq!(kind(outside.map(drop)), WorkspaceErrorKind::Path);
    let folder = workspaces.read(user, "data", None).await;
    assert_eq!(kind(folder.map(drop)), WorkspaceErrorKind::WrongKind);
    workspaces.remove(user, "data").await.expect("deleted");
}

#[tokio::test]
async fn an_upload_that_breaks_off_says_why_and_leaves_nothing() {
    let bench = Bench::new();
    let (workspaces, user) = (&bench.workspaces, new_user());
    let too_large = || WorkspaceError {
        kind: WorkspaceErrorKind::TooLarge,
        operation: "test",
        detail: String::new(),
    };
    let broken = stream::iter([Ok(Bytes::from("half")), Err(too_large())]).boxed();
    let error = workspaces
        .write(user, "f", None, broken)
        .await
        .expect_err("no file");
    assert_eq!(error.kind, WorkspaceErrorKind::TooLarge);
    assert!(
        workspaces
            .list(user, "")
            .await
            .expect("a listing")
            .entries
            .is_empty()
    );
}

#[tokio::test]
async fn a_killed_supervisor_is_noticed_and_replaced() {
    let bench = Bench::new();
    let (workspaces, user) = (&bench.workspaces, new_user());
    let first = workspaces.acquire(user).await.expect("a berth");
    workspaces
        .write(user, "kept", None, body(&["x"]))
        .await
        .expect("written");
    let [pid] = bench.root.supervisors()[..] else {
        panic!("one supervisor")
    };
    // Its sockets stay behind.
    kill(pid, Signal::SIGKILL).expect("killed");
    // The file server is a process of its own and ends because the supervisor has: until then it answers.
    while first.client().list("").await.is_ok() {
        tokio::task::yield_now().await;
    }

    let listing = workspaces.list(user, "").await.expect("a second attempt");
    assert_eq!(listing.entries[0].name, "kept");
    let second = workspaces.acquire(user).await.expect("a berth");
    assert_ne!(first.boot_id(), second.boot_id());
    // Somebody who held on to the old one changes nothing for the new one.
    first.lost();
    assert!(workspaces.is_warm(user));

    bench
        .engine
        .stop(user)
        .await
        .expect("stopped behind our back");
    bench.clock.advance(2);
    assert_eq!(workspaces.status(user).await.state, WorkspaceState::Stopped);
    assert!(!workspaces.is_warm(user));
}

#[tokio::test]
async fn only_workspaces_nobody_uses_go_to_sleep() {
    let bench = Bench::new();
    let (workspaces, user) = (&bench.workspaces, new_user());
    let berth = workspaces.acquire(user).await.expect("a berth");
    let mut spec = ProcessSpec::new(ProcessId::new("job").expect("an id"), ["/bin/cat"]);
    spec.stdin = true;
    berth.client().start(&spec).await.expect("a process");
    bench.clock.advance(3600);
    assert_eq!(bench.stop_idle().await, [], "somebody is in it");
    let client = Arc::clone(berth.client());
    drop(berth);
    assert_eq!(
        bench.stop_idle().await,
        [],
        "somebody was in it a moment ago"
    );
    bench.clock.advance(3600);
    assert_eq!(bench.stop_idle().await, [], "a process runs");
    client.close_stdin(&spec.id).await.expect("closed");
    client.wait(&spec.id).await.expect("an end");
    assert_eq!(bench.stop_idle().await, [user]);

    assert_eq!(workspaces.status(user).await.state, WorkspaceState::Stopped);
    assert_eq!(
        bench.engine.state(user).await.expect("a state"),
        ContainerState::Stopped
    );
    assert_eq!(bench.gateway.folder(user), None);
    workspaces.wake(user).await.expect("up again");
    bench.engine.remove(user).await.expect("removed");
    bench.engine.remove(user).await.expect("removed once more");
    assert_eq!(
        bench.engine.state(user).await.expect("a state"),
        ContainerState::Absent
    );
}

#[tokio::test]
async fn a_new_runner_takes_over_what_runs_and_puts_it_to_sleep() {
    let bench = Bench::new();
    let user = new_user();
    let boot = bench
        .workspaces
        .acquire(user)
        .await
        .expect("a berth")
        .boot_id()
        .to_owned();

    let next = bench.again();
    next.workspaces.adopt_running().await;
    assert!(next.workspaces.is_warm(user));
    assert_eq!(
        next.workspaces
            .acquire(user)
            .await
            .expect("a berth")
            .boot_id(),
        boot
    );
    assert!(next.gateway.folder(user).is_some());

    // One that never adopted finds it all the same, and counts from then.
    let last = bench.again();
    assert_eq!(last.stop_idle().await, []);
    last.clock.advance(3600);
    assert_eq!(last.stop_idle().await, [user]);
}

/// The runner is killed between forking and the moment its child becomes the supervisor. The stand-in for such a child is a
/// shell that holds the lock, and becomes the supervisor when the gate is there.
#[tokio::test]
async fn a_supervisor_on_its_way_up_is_waited_for_and_never_doubled() {
    let bench = Bench::new();
    let user = new_user();
    let root = bench.root.0.path();
    let (sockets, folder) = (
        root.join(format!("sockets/{user}")),
        root.join(format!("users/{user}")),
    );
    std::fs::create_dir_all(&sockets).expect("a folder");
    std::fs::create_dir_all(folder.join("workspace")).expect("a folder");
    let lock = std::fs::File::create(folder.join("supervisor.lock")).expect("a lock");
    lock.lock().expect("nobody has it");
    let gate = root.join("gate");
    let script = format!(
        "while [ -d {} ] && [ ! -e {} ]; do sleep 0.01; done; exec {} --sockets {} --workspace {}/workspace --forward {} --trust-uid {}",
        root.display(),
        gate.display(),
        supervisor().display(),
        sockets.display(),
        folder.display(),
        bench.engine.paths(user).gateway,
        nix::unistd::Uid::current(),
    );
    let mut child = std::process::Command::new("sh")
        .args(["-c", &script])
        .stdin(lock)
        .spawn()
        .expect("a shell");

    let acquired = bench.workspaces.acquire(user);
    tokio::pin!(acquired);
    // A start takes 20 ms: one that did not wait would be through.
    let early = tokio::time::timeout(Duration::from_millis(300), &mut acquired).await;
    assert!(early.is_err(), "somebody else was started");
    assert_eq!(bench.root.supervisors(), []);
    std::fs::write(&gate, "").expect("the gate opens");
    acquired.await.expect("a berth");
    let born = Pid::from_raw(i32::try_from(child.id()).expect("a number"));
    assert_eq!(bench.root.supervisors(), [born]);
    assert_eq!(bench.engine.running().await.expect("a list"), [user]);

    bench.engine.stop(user).await.expect("stopped");
    child.wait().expect("reaped");
    assert_eq!(bench.root.supervisors(), []);
}

#[tokio::test]
async fn a_start_that_cannot_be_is_refused_soon_and_for_all_who_wait() {
    let root = || Arc::new(Root(tempfile::tempdir().expect("a folder")));
    let bench = Bench::over(root(), PathBuf::from("/nowhere/berth-supervisor"));
    let error = bench
        .workspaces
        .acquire(new_user())
        .await
        .expect_err("no supervisor");
    assert_eq!(error.kind, WorkspaceErrorKind::ImageMissing);
    assert!(
        error.detail.contains("/nowhere/berth-supervisor"),
        "{}",
        error.detail
    );

    let bench = Bench::over(root(), PathBuf::from("/bin/true"));
    let user = new_user();
    let both = future::join(
        bench.workspaces.acquire(user),
        bench.workspaces.acquire(user),
    );
    let both = tokio::time::timeout(Duration::from_secs(10), both).await;
    let (first, second) = both.expect("well before the limit for starts");
    for result in [first, second] {
        assert_eq!(
            result.expect_err("it ended").kind,
            WorkspaceErrorKind::Unavailable
        );
    }
}
