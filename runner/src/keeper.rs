//! Keeps a run's lease while its session works, and says when the session must stop.

use std::sync::Arc;
use std::time::Duration;

use berth_domain::ids::RunId;
use berth_domain::lease::{Lease, RENEW_EVERY};
use berth_domain::ports::runs::{Fenced, Renewed};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::context::Context;

/// Wait before a failed renewal is tried again.
const RETRY: Duration = Duration::from_millis(500);

/// A lease that is being renewed. Renewal ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Keeper {
    /// The lease is gone or about to be: stop all work and write nothing more.
    pub(crate) lost: CancellationToken,
    task: JoinHandle<()>,
}

impl Keeper {
    /// Begins to renew; `cancel` is triggered when the owner wants the run to stop.
    pub(crate) fn start(
        context: Arc<Context>,
        run: RunId,
        lease: Lease,
        cancel: CancellationToken,
    ) -> Self {
        let lost = CancellationToken::new();
        let task = tokio::spawn(keep(context, run, lease, cancel, lost.clone()));
        Self { lost, task }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn keep(
    context: Arc<Context>,
    run: RunId,
    mut lease: Lease,
    cancel: CancellationToken,
    lost: CancellationToken,
) {
    let deps = &context.deps;
    let mut wait = RENEW_EVERY.unsigned_abs();
    loop {
        // Never past the instant at which work must stop: a store that hangs does not prolong a lease.
        let left = lease.stop_at().duration_since(deps.clock.now());
        let Ok(left) = Duration::try_from(left) else {
            break;
        };
        tokio::time::sleep(wait.min(left)).await;
        let renewal = deps.runs.renew(run, lease.epoch, deps.clock.now());
        match tokio::time::timeout(left.max(RETRY), renewal).await {
            Ok(Ok(Fenced::Done(Renewed {
                lease: renewed,
                cancel_requested,
            }))) => {
                lease = renewed;
                wait = RENEW_EVERY.unsigned_abs();
                if cancel_requested {
                    cancel.cancel();
                }
            }
            Ok(Ok(Fenced::LeaseLost)) => break,
            Ok(Err(error)) => {
                tracing::warn!(run.id = %run, error = %error.source, "lease not renewed, trying again");
                wait = RETRY;
            }
            Err(_) => wait = Duration::ZERO,
        }
    }
    metrics::counter!("lease_lost_total").increment(1);
    tracing::warn!(run.id = %run, lease.epoch = lease.epoch, "lease lost, the work stops here");
    lost.cancel();
}
