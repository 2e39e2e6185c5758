//! Whether what is spent can be written down.

use jiff::SignedDuration;

use super::writer::RETRY_AFTER;
use super::{AccountKey, Bound, Holder, NotAdmitted, Spending};

/// The ledger is asked whether it is there when it was last heard of this long ago.
const LEDGER_TRUSTED_FOR: SignedDuration = SignedDuration::from_secs(30);
/// Entries that may wait to be written while more calls are made. A ledger that is away takes seconds to be found so.
const UNWRITTEN: usize = 16;

impl Spending {
    /// Waits until the ledger is there, and not behind.
    pub(crate) async fn reachable(&self, holder: &Holder) {
        let mut changed = self.changed.subscribe();
        loop {
            changed.mark_unchanged();
            let is_behind = self.lock().pending.len() >= UNWRITTEN;
            if !is_behind && self.check_ledger(holder).await.is_ok() {
                return;
            }
            // A change is told; that the ledger is back is not.
            let _ = tokio::time::timeout(RETRY_AFTER, changed.changed()).await;
        }
    }

    /// Whether the ledger is there, as far as anybody has heard lately.
    pub(super) async fn check_ledger(&self, holder: &Holder) -> Result<(), NotAdmitted> {
        let now = self.clock.now();
        {
            let state = self.lock();
            if state.failing {
                return Err(NotAdmitted::Ledger);
            }
            if state
                .heard
                .is_some_and(|heard| now.duration_since(heard) < LEDGER_TRUSTED_FOR)
            {
                return Ok(());
            }
        }
        let Some(Bound {
            key: AccountKey::Run(run),
            ..
        }) = holder.bounds.first()
        else {
            return Ok(());
        };
        if let Err(error) = self.ledger.run_total(*run).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "usage ledger does not answer: call refused"
            );
            return Err(NotAdmitted::Ledger);
        }
        self.lock().heard = Some(now);
        Ok(())
    }
}
