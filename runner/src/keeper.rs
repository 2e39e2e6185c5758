//! Keeps a run's lease while its session works, and says when the session must stop.
//!
//! A lease that could not be renewed is in doubt, and so is one whose machine has slept past it. The session then writes nothing
//! ([`Tenure`]), and the keeper asks on: where nobody else has claimed the run meanwhile, the store renews it, and everything goes on.

use std::sync::Arc;
use std::time::Duration;

use berth_domain::ids::RunId;
use berth_domain::lease::{Lease, RENEW_EVERY};
use berth_domain::ports::StoreResult;
use berth_domain::ports::runs::{Fenced, Renewed};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::recorder::LeaseLost;
use crate::session::Signals;
use crate::tenure::Tenure;

/// Wait before a failed renewal is tried again, and least time between two that hints ask for.
const RETRY: Duration = Duration::from_millis(500);
/// How long the store may take to answer one who is in doubt, and has nothing to lose by waiting.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// A lease that is being renewed. Renewal ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Keeper {
    pub(crate) tenure: Tenure,
    task: JoinHandle<()>,
}

impl Keeper {
    /// Begins to renew; `signals.cancel` is triggered when the store says that the owner wants the run to stop.
    pub(crate) fn start(
        context: Arc<Context>,
        run: RunId,
        lease: &Lease,
        signals: &Signals,
    ) -> Self {
        let (lost, clock) = (signals.gone.child_token(), context.deps.clock.clone());
        let tenure = Tenure::new(lease, lost, clock, context.placing.clone());
        let keeping = Keeping {
            run,
            epoch: lease.epoch,
            tenure: tenure.clone(),
            look: signals.look.clone(),
            cancel: signals.cancel.clone(),
            doubt: context.config.doubt.unsigned_abs(),
        };
        let renew = move |epoch| {
            let deps = context.deps.clone();
            async move { deps.runs.renew(run, epoch, deps.clock.now()).await }
        };
        let task = tokio::spawn(keeping.work(renew));
        Self { tenure, task }
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
    epoch: u64,
    tenure: Tenure,
    look: Arc<Notify>,
    cancel: CancellationToken,
    /// How long the store is asked in vain before the run is given up.
    doubt: Duration,
}

impl Keeping {
    /// Renews with `renew`, which is given the epoch, until the lease is lost.
    async fn work<F>(self, renew: impl Fn(u64) -> F)
    where
        F: Future<Output = StoreResult<Fenced<Renewed>>>,
    {
        if self.renewing(renew).await == Err(LeaseLost) && !self.tenure.lost.is_cancelled() {
            metrics::counter!("lease_lost_total").increment(1);
            tracing::warn!(run.id = %self.run, lease.epoch = self.epoch, "lease lost, the work stops here");
            self.tenure.lost.cancel();
        }
    }

    async fn renewing<F>(&self, renew: impl Fn(u64) -> F) -> Result<(), LeaseLost>
    where
        F: Future<Output = StoreResult<Fenced<Renewed>>>,
    {
        let mut wait = RENEW_EVERY.unsigned_abs();
        let mut deaf = Duration::ZERO;
        let mut in_doubt_since = None;
        loop {
            // Not past the instant at which the lease is in doubt: that is to be noticed.
            let left = self.tenure.left().unwrap_or(RETRY);
            deaf = pause(wait.min(left), deaf, &self.look).await;
            // Whoever is not registered any more may have been passed over, and does not ask for the run.
            self.tenure.placed().await?;
            if self.tenure.left().is_none() && in_doubt_since.is_none() {
                in_doubt_since = Some(Instant::now());
                metrics::counter!("lease_doubts_total").increment(1);
                tracing::warn!(run.id = %self.run, lease.epoch = self.epoch, "lease not renewed in time: nothing is written until it is");
            }
            let patience = self.tenure.left().unwrap_or(PATIENCE).max(RETRY);
            match tokio::time::timeout(patience, renew(self.epoch)).await {
                Ok(Ok(Fenced::Done(renewed))) => {
                    self.tenure.renewed(&renewed.lease);
                    wait = RENEW_EVERY.unsigned_abs();
                    if in_doubt_since.take().is_some() {
                        tracing::info!(run.id = %self.run, lease.epoch = self.epoch, "lease renewed, the work goes on");
                    }
                    if renewed.cancel_requested {
                        self.cancel.cancel();
                    }
                    continue;
                }
                Ok(Ok(Fenced::LeaseLost)) => return Err(LeaseLost),
                Ok(Err(error)) => {
                    tracing::warn!(run.id = %self.run, error = %error.source, "lease not renewed, trying again");
                }
                Err(_) => {}
            }
            wait = RETRY;
            if in_doubt_since.is_some_and(|since: Instant| since.elapsed() > self.doubt) {
                return Err(LeaseLost);
            }
        }
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
