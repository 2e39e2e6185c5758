//! Keeps a run's lease while its session works, and says when the session must stop.

use std::sync::Arc;
use std::time::Duration;

use berth_domain::clock::Clock;
use berth_domain::ids::RunId;
use berth_domain::lease::{Lease, RENEW_EVERY};
use berth_domain::ports::StoreResult;
use berth_domain::ports::runs::{Fenced, Renewed};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::session::Signals;

/// Wait before a failed renewal is tried again, and least time between two that hints ask for.
const RETRY: Duration = Duration::from_millis(500);

/// A lease that is being renewed. Renewal ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Keeper {
    /// The lease is gone or about to be: stop all work and write nothing more.
    pub(crate) lost: CancellationToken,
    task: JoinHandle<()>,
}

impl Keeper {
    /// Begins to renew; `signals.cancel` is triggered when the store says that the owner wants the run to stop.
    pub(crate) fn start(
        context: Arc<Context>,
        run: RunId,
        lease: Lease,
        signals: &Signals,
    ) -> Self {
        let lost = signals.gone.child_token();
        let keeping = Keeping {
            run,
            clock: context.deps.clock.clone(),
            look: signals.look.clone(),
            cancel: signals.cancel.clone(),
            lost: lost.clone(),
        };
        let renew = move |epoch| {
            let deps = context.deps.clone();
            async move { deps.runs.renew(run, epoch, deps.clock.now()).await }
        };
        let task = tokio::spawn(keeping.work(lease, renew));
        Self { lost, task }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What the task works with.
struct Keeping {
    run: RunId,
    clock: Arc<dyn Clock>,
    look: Arc<Notify>,
    cancel: CancellationToken,
    lost: CancellationToken,
}

impl Keeping {
    /// Renews with `renew`, which is given the epoch, until the lease is lost.
    async fn work<F>(self, mut lease: Lease, renew: impl Fn(u64) -> F)
    where
        F: Future<Output = StoreResult<Fenced<Renewed>>>,
    {
        let mut wait = RENEW_EVERY.unsigned_abs();
        let mut deaf = Duration::ZERO;
        // Never past the instant at which work must stop: a store that hangs does not prolong a lease.
        while let Some(left) = self.left(&lease) {
            deaf = pause(wait.min(left), deaf, &self.look).await;
            // The pause has taken some of it, and a machine that slept may have taken all.
            let left = self.left(&lease).unwrap_or_default();
            match tokio::time::timeout(left.max(RETRY), renew(lease.epoch)).await {
                Ok(Ok(Fenced::Done(renewed))) => {
                    lease = renewed.lease;
                    wait = RENEW_EVERY.unsigned_abs();
                    if renewed.cancel_requested {
                        self.cancel.cancel();
                    }
                }
                Ok(Ok(Fenced::LeaseLost)) => break,
                Ok(Err(error)) => {
                    tracing::warn!(run.id = %self.run, error = %error.source, "lease not renewed, trying again");
                    wait = RETRY;
                }
                Err(_) => wait = Duration::ZERO,
            }
        }
        metrics::counter!("lease_lost_total").increment(1);
        tracing::warn!(run.id = %self.run, lease.epoch = lease.epoch, "lease lost, the work stops here");
        self.lost.cancel();
    }

    /// Time until work under the lease must have stopped; `None`: it must have already.
    fn left(&self, lease: &Lease) -> Option<Duration> {
        let left = lease.stop_at().duration_since(self.clock.now());
        Duration::try_from(left).ok()
    }
}

/// Waits for `wait` or a reason to look, and returns for how long no reason is to be heard next. The first `deaf` of it none is: whoever
/// may publish hints does not decide how often the store is asked.
async fn pause(wait: Duration, deaf: Duration, look: &Notify) -> Duration {
    let deaf = deaf.min(wait);
    tokio::time::sleep(deaf).await;
    tokio::select! {
        () = tokio::time::sleep(wait.saturating_sub(deaf)) => Duration::ZERO,
        () = look.notified() => RETRY,
    }
}

#[cfg(test)]
mod tests;
