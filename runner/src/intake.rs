//! Takes work in: a place first, then a hint or a sweep, then the claim.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use berth_domain::ids::{RunId, UserId};
use berth_domain::ports::queue::Hint;
use berth_domain::ports::runs::{Claim, Claimed, MayClaim};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, MissedTickBehavior};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::context::Context;
use crate::placement::{Lives, Placing};
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
    /// No new work from here on.
    stop: CancellationToken,
    /// Sessions leave their runs to the next incarnation.
    detach: CancellationToken,
    /// Sessions end without writing anything more.
    gone: CancellationToken,
    /// Whose runs may be claimed.
    may: MayClaim,
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
            may: placing.map_or_else(|| Arc::new(|_| true) as MayClaim, Placing::may_claim),
            permits: Arc::new(Semaphore::new(context.config.capacity)),
            context,
            running: Running::default(),
            sessions,
            found: VecDeque::new(),
            stop,
            detach,
        }
    }

    /// Works until it is told to stop, and answers who has runs under way then.
    pub(crate) async fn work(mut self) -> HashSet<UserId> {
        self.take_in().await;
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
                self.take(run, permit).await;
                continue;
            }
            tokio::select! {
                () = self.stop.cancelled() => return,
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
        let deps = &self.context.deps;
        let claimable = deps
            .runs
            .claimable(
                &self.context.config.id,
                self.context.config.quota,
                deps.clock.now(),
                SWEEP,
            )
            .await;
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

    async fn take(&self, run: RunId, permit: OwnedSemaphorePermit) {
        if is_running(&self.running, run) {
            // Its lease may have expired while the store was away: that is its keeper's to mend. A claim would take it from its session.
            return;
        }
        let Some(claimed) = self.claim(run).await else {
            return;
        };
        let cancel = CancellationToken::new();
        if claimed.run.cancel_requested_at.is_some() {
            cancel.cancel();
        }
        let look = Arc::new(Notify::new());
        let working = Working {
            user: claimed.run.user_id,
            look: look.clone(),
        };
        let entry = Registered::new(self.running.clone(), run, working);
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

impl Intake {
    /// Claims a run whose user's workspace lives here, or nowhere so far. One that lives elsewhere is announced to its runner.
    #[tracing::instrument(name = "runner.claim", level = "debug", skip_all, fields(run.id = %run))]
    async fn claim(&self, run: RunId) -> Option<Claimed> {
        let deps = &self.context.deps;
        let (config, may) = (&self.context.config, &self.may);
        let claim = async || {
            let now = deps.clock.now();
            let claim = deps
                .runs
                .claim_if(run, &config.id, config.quota, now, may.clone());
            claim.await
        };
        let mut answer = claim().await;
        if let Ok(Claim::NotHere(user)) = answer
            && let Some(placing) = &self.context.placing
        {
            match placing.place(user).await {
                Ok(Lives::Here) => answer = claim().await,
                Ok(Lives::On(runner)) => {
                    deps.queue.announce_to(&runner, Hint::Claim(run)).await;
                }
                Ok(Lives::Nowhere) => {}
                Err(error) => answer = Err(error),
            }
        }
        match answer {
            Ok(Claim::Yours(claimed)) => Some(*claimed),
            Ok(Claim::NotNow | Claim::NotHere(_)) => None,
            Err(error) => {
                tracing::warn!(run.id = %run, error = %error.source, "claim failed, the sweep will try again");
                None
            }
        }
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
