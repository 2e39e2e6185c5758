//! A supervisor in a temporary folder, and ways of waiting for what should happen.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use berth_supervisor_protocol::{Client, ProcessId, ProcessSpec};
use futures::TryStreamExt as _;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getuid};
use tempfile::TempDir;

/// Long enough for a busy machine; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Supervisor {
    pub(crate) client: Client,
    pub(crate) sockets: PathBuf,
    pub(crate) workspace: PathBuf,
    pub(crate) forward: SocketAddr,
    child: Child,
    _dir: TempDir,
}

impl Supervisor {
    pub(crate) async fn start() -> Self {
        Self::start_in("sockets").await
    }

    /// With its sockets in a folder of that name.
    pub(crate) async fn start_in(name: &str) -> Self {
        let uid = getuid().to_string();
        Self::start_with(name, &["--trust-uid", &uid]).await
    }

    /// With more flags; returns once the socket answers, whatever it answers.
    pub(crate) async fn start_with(name: &str, flags: &[&str]) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let (sockets, workspace) = (dir.path().join(name), dir.path().join("workspace"));
        std::fs::create_dir_all(&sockets).expect("a folder");
        std::fs::create_dir_all(&workspace).expect("a folder");
        let forward = free_address();
        let child = Command::new(env!("CARGO_BIN_EXE_berth-supervisor"))
            .arg("--sockets")
            .arg(&sockets)
            .arg("--workspace")
            .arg(&workspace)
            .args(["--forward", &forward.to_string()])
            .args(flags)
            .spawn()
            .expect("the supervisor starts");
        let client = Client::new(&sockets);
        eventually("the supervisor answers", async || {
            match client.health().await {
                Err(error) => !error.is_unreachable(),
                Ok(_) => true,
            }
        })
        .await;
        Self {
            client,
            sockets,
            workspace,
            forward,
            child,
            _dir: dir,
        }
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).expect("a process id"))
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn stop(&mut self) -> std::process::ExitStatus {
        // It may have ended already.
        let _ = kill(self.pid(), Signal::SIGTERM);
        self.child.wait().expect("our own child")
    }

    pub(crate) async fn start_process(
        &self,
        spec: &ProcessSpec,
    ) -> berth_supervisor_protocol::Process {
        self.client
            .start(spec)
            .await
            .expect("the process starts")
            .process
    }

    /// stdout from byte 0 to its end.
    pub(crate) async fn whole_stdout(&self, id: &ProcessId) -> String {
        let stream = self.client.stdout(id, 0).await.expect("a stream");
        let chunks: Vec<_> = within("stdout ends", stream.try_collect())
            .await
            .expect("bytes");
        String::from_utf8(chunks.concat()).expect("text")
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.stop();
    }
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address")
}

pub(crate) fn id(text: &str) -> ProcessId {
    ProcessId::new(text).expect("an id")
}

/// A process that runs a line of shell.
pub(crate) fn shell(name: &str, line: &str) -> ProcessSpec {
    let mut spec = ProcessSpec::new(id(name), ["/bin/sh", "-c", line]);
    spec.env
        .insert("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into());
    spec
}

/// A process that runs Python.
pub(crate) fn python(name: &str, code: &str) -> ProcessSpec {
    let mut spec = ProcessSpec::new(id(name), ["python3", "-c", code]);
    spec.env
        .insert("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into());
    spec
}

/// The result of `work`, which must come.
pub(crate) async fn within<T>(what: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work)
        .await
        .unwrap_or_else(|_| panic!("in time: {what}"))
}

/// Asks again and again until the answer is yes.
pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    within(what, async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

/// Whether a process of that number is there and no zombie.
pub(crate) fn is_alive(pid: i32) -> bool {
    state_of(pid).is_some_and(|state| state != 'Z')
}

/// The kernel's letter for a process's state.
pub(crate) fn state_of(pid: i32) -> Option<char> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat[stat.rfind(')')? + 1..].trim_start().chars().next()
}

/// Numbers written to a file, one a line.
pub(crate) fn numbers(file: &Path) -> Vec<i32> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines().filter_map(|line| line.parse().ok()).collect()
}
