//! Whether a session may write: certainly, or not before the store has been asked again.

use std::sync::Arc;
use std::time::Duration;

use berth_domain::clock::Clock;
use berth_domain::lease::Lease;
use jiff::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::placement::Placing;
use crate::recorder::LeaseLost;

/// How often one in doubt looks whether it still is. By the clock and not by a timer: timers stand still while a machine is suspended.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// A run's lease, as those see it who work under it. Past the lease it may have passed to another runner: until the keeper has
/// renewed it nothing is written, and what was to be written waits.
#[derive(Debug, Clone)]
pub(crate) struct Tenure {
    /// The lease is gone: stop all work and write nothing more.
    pub(crate) lost: CancellationToken,
    until: watch::Sender<Timestamp>,
    clock: Arc<dyn Clock>,
    placing: Option<Placing>,
}

impl Tenure {
    pub(crate) fn new(
        lease: &Lease,
        lost: CancellationToken,
        clock: Arc<dyn Clock>,
        placing: Option<Placing>,
    ) -> Self {
        Self {
            lost,
            until: watch::Sender::new(lease.stop_at()),
            clock,
            placing,
        }
    }

    pub(crate) fn renewed(&self, lease: &Lease) {
        self.until.send_replace(lease.stop_at());
    }

    /// Time for which the lease is certainly there; `None`: it is in doubt.
    pub(crate) fn left(&self) -> Option<Duration> {
        let left = self.until.borrow().duration_since(self.clock.now());
        let left = Duration::try_from(left).ok();
        left.filter(|left| !left.is_zero())
    }

    /// Waits until the run is certainly this runner's to write.
    pub(crate) async fn certain(&self) -> Result<(), LeaseLost> {
        loop {
            self.placed().await?;
            if self.left().is_some() {
                return Ok(());
            }
            self.pause(LOOK_EVERY).await?;
        }
    }

    /// Waits until this runner is certainly registered: before that it does not even ask for the run.
    pub(crate) async fn placed(&self) -> Result<(), LeaseLost> {
        loop {
            if self.lost.is_cancelled() {
                return Err(LeaseLost);
            }
            if self.placing.as_ref().is_none_or(Placing::is_valid) {
                return Ok(());
            }
            self.pause(LOOK_EVERY).await?;
        }
    }

    /// Waits, unless the lease is lost.
    pub(crate) async fn pause(&self, wait: Duration) -> Result<(), LeaseLost> {
        let over = self.lost.run_until_cancelled(tokio::time::sleep(wait));
        over.await.ok_or(LeaseLost)
    }
}
