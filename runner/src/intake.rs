//! Takes work in: a place first, then a hint or a sweep, then the claim.

mod claims;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use berth_domain::ids::{RunId, UserId};
use berth_domain::ports::queue::Hint;
use berth_domain::ports::runs::Claimed;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::claims::Claims;
use crate::context::Context;
use crate::session::{self, Signals};

/// Runs that one look through the store takes up.
const SWEEP: u32 = 256;

/// Runs of this process.
type Running = Arc<Mutex<HashMap<RunId, Working>>>;

struct Working {
    user: UserId,
    /// Makes its keeper look into the store.
    look: Arc<Notify>,
}

/// The loop that takes work in.
pub(crate) struct Intake {
    context: Arc<Context>,
    permits: Arc<Semaphore>,
    running: Running,
    sessions: TaskTracker,
    /// Claimable runs that were found and not yet tried.
    found: VecDeque<RunId>,
    claims: Claims,
    /// No new work from here on.
    stop: CancellationToken,
    /// Sessions leave their runs to the next incarnation.
    detach: CancellationToken,
    /// Sessions end without writing anything more.
    gone: CancellationToken,
}

impl Intake {
    pub(crate) fn new(
        context: Arc<Context>,
        sessions: TaskTracker,
        stop: CancellationToken,
        detach: CancellationToken,
    ) -> Self {
        let placing = context.placing.as_ref();
        Self {
            gone: placing.map_or_else(CancellationToken::new, |placing| placing.gone().clone()),
            permits: Arc::new(Semaphore::new(context.config.capacity)),
            running: Running::default(),
            sessions,
            found: VecDeque::new(),
            claims: Claims::new(context.clone()),
            context,
            stop,
            detach,
        }
    }

    /// Works until it is told to stop, and answers who has runs under way then.
    pub(crate) async fn work(mut self) -> HashSet<UserId> {
        self.take_in().await;
        // What is claimed is worked on, or left, like everything else that runs here.
        while let Some((claimed, permit)) = self.claims.next().await {
            self.begin(claimed, permit);
        }
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.values().map(|working| working.user).collect()
    }

    async fn take_in(&mut self) {
        let queue = self.context.deps.queue.clone();
        let every = self.context.config.sweep_every.unsigned_abs();
        let mut sweep =
            tokio::time::interval_at(Instant::now(), every.max(Duration::from_millis(10)));
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let permit = self.place_if_needed().await;
            if let (Some(permit), Some(run)) = (permit, self.found.pop_front()) {
                self.take(run, permit);
                continue;
            }
            tokio::select! {
                () = self.stop.cancelled() => return,
                Some((claimed, permit)) = self.claims.next() => self.begin(claimed, permit),
                hint = queue.next() => match hint {
                    Some(Hint::Claim(run)) => self.found.push_back(run),
                    Some(Hint::Cancel(run)) => look(&self.running, run),
                    None => return,
                },
                _ = sweep.tick() => self.sweep().await,
            }
        }
    }

    /// A place for the next found run. While all are taken, requests to stop are still heard.
    async fn place_if_needed(&mut self) -> Option<OwnedSemaphorePermit> {
        if self.found.is_empty() {
            return None;
        }
        let queue = self.context.deps.queue.clone();
        loop {
            tokio::select! {
                biased;
                permit = self.permits.clone().acquire_owned() => return permit.ok(),
                () = self.stop.cancelled() => return None,
                Some((claimed, permit)) = self.claims.next() => self.begin(claimed, permit),
                hint = queue.next() => match hint {
                    Some(Hint::Cancel(run)) => look(&self.running, run),
                    Some(Hint::Claim(run)) if self.found.len() < SWEEP as usize => self.found.push_back(run),
                    Some(Hint::Claim(_)) => {}
                    None => return None,
                },
            }
        }
    }

    async fn sweep(&mut self) {
        let context = self.context.clone();
        let (deps, config) = (&context.deps, &context.config);
        let look = deps
            .runs
            .claimable(&config.id, config.quota, deps.clock.now(), SWEEP);
        tokio::pin!(look);
        let claimable = loop {
            tokio::select! {
                claimable = &mut look => break claimable,
                // A run that is ours is begun at once, however long the store takes to answer: its lease is running.
                Some((claimed, permit)) = self.claims.next() => self.begin(claimed, permit),
            }
        };
        match claimable {
            Ok(runs) => {
                for run in runs {
                    if !self.found.contains(&run) {
                        self.found.push_back(run);
                    }
                }
            }
            Err(error) => {
                tracing::warn!(operation = error.operation, error = %error.source, "sweep failed, the next one will do it");
            }
        }
    }

    fn take(&mut self, run: RunId, permit: OwnedSemaphorePermit) {
        // The lease of one that runs may have expired while the store was away: that is its keeper's to mend. A claim would take it
        // from its session.
        if !is_running(&self.running, run) {
            self.claims.begin(run, permit);
        }
    }

    fn begin(&self, claimed: Claimed, permit: OwnedSemaphorePermit) {
        let cancel = CancellationToken::new();
        if claimed.run.cancel_requested_at.is_some() {
            cancel.cancel();
        }
        let look = Arc::new(Notify::new());
        let working = Working {
            user: claimed.run.user_id,
            look: look.clone(),
        };
        let entry = Registered::new(self.running.clone(), claimed.run.id, working);
        let signals = Signals {
            cancel,
            look,
            detach: self.detach.clone(),
            gone: self.gone.clone(),
        };
        let context = self.context.clone();
        self.sessions.spawn(async move {
            let user = claimed.run.user_id;
            session::run(context.clone(), claimed, signals).await;
            if let Some(placing) = &context.placing {
                placing.changed(user);
            }
            drop(entry);
            drop(permit);
        });
    }
}

/// Has the run's keeper look into the store now. A hint may be forged, late or meant for another runner: what it says about a
/// run that does not work here is nothing, and about one that does only that a look is worth it.
fn look(running: &Running, run: RunId) {
    let running = running.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(working) = running.get(&run) {
        working.look.notify_one();
    }
}

fn is_running(running: &Running, run: RunId) -> bool {
    let running = running.lock().unwrap_or_else(PoisonError::into_inner);
    running.contains_key(&run)
}

/// A run's place in the list of those that work here.
struct Registered {
    running: Running,
    run: RunId,
}

impl Registered {
    fn new(running: Running, run: RunId, working: Working) -> Self {
        running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(run, working);
        Self { running, run }
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.run);
    }
}
