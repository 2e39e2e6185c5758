//! What the manager remembers about one workspace, and the only places where that changes.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use berth_domain::ids::UserId;
use berth_domain::ports::workspaces::WorkspaceState;
use berth_supervisor_protocol::Client;
use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared as SharedFuture};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::error::Failure;
use super::stats::Sample;
use super::{Berth, Shared, idle, start};
use crate::engine::{Engine, WorkspacePaths};

/// A start under way; all who wait get the same result.
pub(super) type Starting = SharedFuture<BoxFuture<'static, Result<(), Failure>>>;
/// A stop under way; whether it was done.
pub(super) type Stopping = SharedFuture<BoxFuture<'static, bool>>;

/// A workspace whose supervisor has answered.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) client: Arc<Client>,
    pub(super) boot_id: String,
    pub(super) paths: WorkspacePaths,
    pub(super) engine: Arc<dyn Engine>,
}

/// Where a workspace is in its life, as far as this runner knows.
#[derive(Debug, Clone)]
enum Phase {
    /// Not known to be up: whoever needs it looks.
    Down,
    Starting(Starting),
    Up(Arc<Live>),
    Stopping(Stopping),
}

/// What somebody who wants in has to do.
pub(super) enum Entrance {
    Up(Berth),
    Starting(Starting),
    Stopping(Stopping),
}

/// What somebody who wants it to stop waits for.
pub(super) enum Ending {
    Starting(Starting),
    Stopping(Stopping),
}

/// One workspace.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) user: UserId,
    inner: Mutex<Inner>,
    changes: watch::Sender<()>,
}

#[derive(Debug)]
struct Inner {
    phase: Phase,
    /// Living berths.
    guards: usize,
    /// When a berth was last taken or given back.
    last_used: Timestamp,
    /// The engine's word while we are down, and when it was asked for.
    seen: Option<(Timestamp, WorkspaceState)>,
    sample: Option<Sample>,
}

impl Slot {
    /// A slot that counts as used at `now`.
    pub(super) fn new(user: UserId, now: Timestamp) -> Self {
        Self {
            user,
            inner: Mutex::new(Inner {
                phase: Phase::Down,
                guards: 0,
                last_used: now,
                seen: None,
                sample: None,
            }),
            changes: watch::Sender::new(()),
        }
    }

    /// A berth when it is up; otherwise what to wait for, which this call begins where nobody has.
    pub(super) fn enter(self: &Arc<Self>, shared: &Arc<Shared>) -> Entrance {
        let mut inner = self.lock();
        match &inner.phase {
            Phase::Up(live) => {
                let live = Arc::clone(live);
                inner.guards += 1;
                inner.last_used = shared.clock.now();
                Entrance::Up(Berth::new(
                    Arc::clone(self),
                    live,
                    Arc::clone(&shared.clock),
                ))
            }
            Phase::Starting(starting) => Entrance::Starting(starting.clone()),
            Phase::Stopping(stopping) => Entrance::Stopping(stopping.clone()),
            Phase::Down => {
                let starting = start::spawn(Arc::clone(shared), Arc::clone(self));
                self.change(&mut inner, Phase::Starting(starting.clone()));
                Entrance::Starting(starting)
            }
        }
    }

    /// A berth was given back.
    pub(super) fn leave(&self, now: Timestamp) {
        let mut inner = self.lock();
        inner.guards -= 1;
        inner.last_used = now;
    }

    pub(super) fn up(&self, live: Live) -> Arc<Live> {
        let live = Arc::new(live);
        let mut inner = self.lock();
        inner.sample = None;
        self.change(&mut inner, Phase::Up(Arc::clone(&live)));
        live
    }

    pub(super) fn down(&self) {
        self.change(&mut self.lock(), Phase::Down);
    }

    /// The supervisor of that boot does not answer. Nothing happens where we know of a later one.
    pub(super) fn lost(&self, boot_id: &str) {
        let mut inner = self.lock();
        if matches!(&inner.phase, Phase::Up(live) if live.boot_id == boot_id) {
            self.change(&mut inner, Phase::Down);
        }
    }

    /// Begins to stop it, unless it is in use or was since `before`, or is starting or stopping.
    pub(super) fn stop_if_unused(
        self: &Arc<Self>,
        shared: &Arc<Shared>,
        before: Timestamp,
    ) -> Option<Stopping> {
        let mut inner = self.lock();
        if !inner.unused_since(before) {
            return None;
        }
        let stopping = idle::spawn_stop(Arc::clone(shared), Arc::clone(self));
        self.change(&mut inner, Phase::Stopping(stopping.clone()));
        Some(stopping)
    }

    /// Begins to stop it, whoever uses it; what is under way comes first.
    pub(super) fn stop_now(self: &Arc<Self>, shared: &Arc<Shared>) -> Ending {
        let mut inner = self.lock();
        match &inner.phase {
            Phase::Starting(starting) => Ending::Starting(starting.clone()),
            Phase::Stopping(stopping) => Ending::Stopping(stopping.clone()),
            Phase::Up(_) | Phase::Down => {
                let stopping = idle::spawn_stop(Arc::clone(shared), Arc::clone(self));
                self.change(&mut inner, Phase::Stopping(stopping.clone()));
                Ending::Stopping(stopping)
            }
        }
    }

    /// Whether nobody has used it for `idle_for`, and nothing is under way.
    pub(super) fn is_idle(&self, idle_for: SignedDuration, now: Timestamp) -> bool {
        now.checked_sub(idle_for)
            .is_ok_and(|before| self.lock().unused_since(before))
    }

    pub(super) fn live(&self) -> Option<Arc<Live>> {
        match &self.lock().phase {
            Phase::Up(live) => Some(Arc::clone(live)),
            _ => None,
        }
    }

    /// Its state, as far as that is known without asking; `fresh` is the oldest word of the engine that counts.
    pub(super) fn state(&self, fresh: Timestamp) -> Option<WorkspaceState> {
        let inner = self.lock();
        match &inner.phase {
            Phase::Up(_) => Some(WorkspaceState::Ready),
            Phase::Starting(_) => Some(WorkspaceState::Starting),
            Phase::Stopping(_) => Some(WorkspaceState::Stopped),
            Phase::Down => inner
                .seen
                .and_then(|(at, state)| (at > fresh).then_some(state)),
        }
    }

    /// The engine's last word, however old.
    pub(super) fn last_seen(&self) -> Option<WorkspaceState> {
        self.lock().seen.map(|(_, state)| state)
    }

    /// What the engine says, for the time we are down.
    pub(super) fn see(&self, at: Timestamp, state: WorkspaceState) {
        self.lock().seen = Some((at, state));
    }

    pub(super) fn sample(&self) -> Option<Sample> {
        self.lock().sample
    }

    pub(super) fn keep_sample(&self, sample: Sample) {
        self.lock().sample = Some(sample);
    }

    /// Wakes at every change of the phase.
    pub(super) fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    fn change(&self, inner: &mut Inner, phase: Phase) {
        inner.phase = phase;
        inner.seen = None;
        self.changes.send_replace(());
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Every change under the lock is complete in itself, so that a panic elsewhere leaves nothing half done.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn unused_since(&self, before: Timestamp) -> bool {
        let settled = matches!(self.phase, Phase::Up(_) | Phase::Down);
        settled && self.guards == 0 && self.last_used <= before
    }
}

/// Makes a task's end something that any number of callers can wait for. `crashed` is called, and its value the
/// result, when the task panicked.
pub(super) fn share<T: Clone + Send + Sync + 'static>(
    task: tokio::task::JoinHandle<T>,
    crashed: impl FnOnce() -> T + Send + 'static,
) -> SharedFuture<BoxFuture<'static, T>> {
    async move { task.await.unwrap_or_else(|_| crashed()) }
        .boxed()
        .shared()
}
