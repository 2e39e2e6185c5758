//! A runner's machine: its disk, its containers, and a process that can be killed and stopped.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use berth_domain::clock::Clock;
use berth_domain::ids::UserId;
use berth_runner::engine::{Engine, LocalConfig, LocalEngine};
use berth_runner::placement::Placing;
use berth_runner::{Ended, RunnerConfig, RunnerDeps, run_placed};
use jiff::{SignedDuration, Timestamp};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::old::Old;

/// How long a test waits for something that must happen.
const PATIENCE: Duration = Duration::from_secs(40);

/// The time, as one machine has it: another's may be ahead.
#[derive(Debug, Default)]
pub(crate) struct MachineClock(AtomicI64);

impl MachineClock {
    pub(crate) fn put_ahead(&self, seconds: i64) {
        self.0.store(seconds, Ordering::SeqCst);
    }
}

impl Clock for MachineClock {
    #[expect(clippy::disallowed_methods, reason = "leases are renewed in real time")]
    fn now(&self) -> Timestamp {
        Timestamp::now() + SignedDuration::from_secs(self.0.load(Ordering::SeqCst))
    }

    #[expect(clippy::disallowed_methods, reason = "ids that no other test has")]
    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// A machine, with or without a runner that works on it.
pub(crate) struct Machine {
    pub(crate) name: String,
    pub(crate) clock: Arc<MachineClock>,
    pub(crate) engine: Arc<LocalEngine>,
    /// How long runs have when its runner is told to end.
    pub(crate) grace: Duration,
    /// Its supervisors are of before; how many messages they were offered with a start.
    old: Option<Arc<AtomicUsize>>,
    root: PathBuf,
    placing: Option<Placing>,
    stop: CancellationToken,
    task: Option<JoinHandle<Ended>>,
    /// The runner's process: it ends with everything in it, and stops as one.
    process: Option<Runtime>,
}

impl Machine {
    pub(crate) fn new(name: &str, root: PathBuf) -> Self {
        let engine = LocalEngine::new(LocalConfig {
            supervisor: program("berth-supervisor"),
            root: root.clone(),
        });
        Self {
            name: name.to_owned(),
            clock: Arc::default(),
            engine: Arc::new(engine),
            grace: Duration::from_secs(2),
            old: None,
            root,
            placing: None,
            stop: CancellationToken::new(),
            task: None,
            process: None,
        }
    }

    pub(crate) fn with_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    pub(crate) fn with_old_supervisors(mut self, offered: &Arc<AtomicUsize>) -> Self {
        self.old = Some(offered.clone());
        self
    }

    /// What a runner here works with.
    pub(crate) fn for_a_runner(&self) -> Arc<dyn Engine> {
        match &self.old {
            Some(offered) => Arc::new(Old(self.engine.clone(), offered.clone())),
            None => self.engine.clone(),
        }
    }

    /// Starts a runner in a process of its own; what one before it left of its process ends.
    pub(crate) fn work(&mut self, config: RunnerConfig, deps: RunnerDeps, placing: Placing) {
        self.placing = Some(placing.clone());
        self.stop = CancellationToken::new();
        let running = run_placed(config, deps, placing, self.stop.clone());
        let process = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        self.task = Some(process.spawn(running));
        self.end_process();
        self.process = Some(process);
    }

    pub(crate) fn file(&self, user: UserId, path: &str) -> PathBuf {
        let user = user.to_string();
        self.root
            .join("users")
            .join(user)
            .join("workspace")
            .join(path)
    }

    pub(crate) fn placing(&self) -> &Placing {
        self.placing.as_ref().unwrap()
    }

    /// SIGTERM: answers when the runner has ended.
    pub(crate) async fn terminate(&mut self) -> Ended {
        self.stop.cancel();
        self.ended().await
    }

    pub(crate) async fn ended(&mut self) -> Ended {
        let task = self.task.take().unwrap();
        tokio::time::timeout(PATIENCE, task).await.unwrap().unwrap()
    }

    /// SIGKILL: nothing of the runner goes on, and its containers do.
    pub(crate) fn kill(&mut self) {
        self.task = None;
        self.placing = None;
        self.end_process();
    }

    /// SIGSTOP, until the answer is dropped.
    pub(crate) async fn pause(&self) -> std::sync::mpsc::Sender<()> {
        let (go_on, wait) = std::sync::mpsc::channel();
        let (stopped, stops) = oneshot::channel();
        // It has one thread, which this has from now on.
        self.process.as_ref().unwrap().spawn(async move {
            stopped.send(()).unwrap();
            let _ = wait.recv();
        });
        stops.await.unwrap();
        go_on
    }

    fn end_process(&mut self) {
        if let Some(process) = self.process.take() {
            process.shutdown_background();
        }
    }

    pub(crate) async fn nothing_runs(&self) {
        until("nothing to run", async || {
            self.engine
                .running()
                .await
                .unwrap()
                .is_empty()
                .then_some(())
        })
        .await;
    }

    /// Whatever a test has left.
    pub(crate) async fn clean(mut self) {
        self.end_process();
        for user in self.engine.running().await.unwrap() {
            self.engine.stop(user).await.unwrap();
        }
    }
}

impl Drop for Machine {
    /// Also what a test that failed has left.
    fn drop(&mut self) {
        self.end_process();
        let ours = self.root.join("sockets");
        let ours = ours.as_os_str().as_encoded_bytes();
        let entries = std::fs::read_dir("/proc").into_iter().flatten();
        let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        for pid in pids {
            let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            if line.split(|byte| *byte == 0).any(|it| it.starts_with(ours)) {
                let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
            }
        }
    }
}

/// Waits for a condition.
pub(crate) async fn until<T>(what: &str, mut holds: impl AsyncFnMut() -> Option<T>) -> T {
    let wait = async {
        loop {
            if let Some(found) = holds().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait)
        .await
        .unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

/// A binary of this workspace, in the target folder this test was built into: Cargo builds those of other packages only when asked to.
pub(crate) fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let binary = profile.join(name);
    assert!(
        binary.exists(),
        "{} is missing: run `cargo build -p {name}` first",
        binary.display()
    );
    binary
}
