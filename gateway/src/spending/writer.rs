//! The way of settled entries to the ledger, one at a time and in order.

use std::time::Duration;

use berth_domain::ports::usage::LedgerError;
use tokio_util::sync::CancellationToken;

use super::Spending;

/// Between attempts to write what the ledger refused, and how long the last attempt at shutdown may take.
pub(super) const RETRY_AFTER: Duration = Duration::from_millis(500);
const LAST_FLUSH: Duration = Duration::from_secs(5);

impl Spending {
    /// Writes settled entries until `stop`, then once more what is left.
    pub(crate) async fn write_settled(&self, stop: CancellationToken) {
        let mut changed = self.changed.subscribe();
        loop {
            changed.mark_unchanged();
            // Of a runner that may have been passed over nothing is written. What is left when it was is for its next start.
            if stop
                .run_until_cancelled(self.vouched.certain())
                .await
                .is_none()
            {
                break;
            }
            self.write_pending().await;
            let retry = self.lock().failing;
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(RETRY_AFTER), if retry => {}
                _ = changed.changed(), if !retry => {}
            }
        }
        if tokio::time::timeout(LAST_FLUSH, self.write_pending())
            .await
            .is_err()
            || !self.lock().pending.is_empty()
        {
            tracing::error!(
                entries = self.lock().pending.len(),
                "settled model calls are lost: the ledger is gone"
            );
        }
    }

    /// Writes until the queue is empty or the ledger fails.
    async fn write_pending(&self) {
        loop {
            let Some(ended) = self.lock().pending.front().cloned() else {
                return;
            };
            let outcome = match &ended.entry {
                Some(entry) => self.ledger.record(entry).await,
                None => Ok(()),
            };
            if outcome.is_ok() {
                self.notes.remove(ended.id).await;
            }
            let mut state = self.lock();
            match outcome {
                Ok(()) => {
                    state.pending.pop_front();
                    state.failing = false;
                    if ended.entry.is_some() {
                        state.heard = Some(self.clock.now());
                    }
                }
                Err(error) => {
                    if !state.failing {
                        tracing::error!(
                            error = &error as &dyn std::error::Error,
                            run.id = ended.entry.map(|entry| entry.run_id.to_string()),
                            "a settled model call could not be recorded: no more calls until it is"
                        );
                    }
                    state.failing = true;
                }
            }
            let failing = state.failing;
            drop(state);
            // The writer's own wake-up is harmless: it finds an empty queue.
            self.changed.send_replace(());
            if failing {
                return;
            }
        }
    }

    /// Waits until everything settled is in the ledger; an error as soon as it is known not to take it.
    pub(super) async fn flushed(&self) -> Result<(), LedgerError> {
        let mut changed = self.changed.subscribe();
        loop {
            changed.mark_unchanged();
            let (empty, failing) = {
                let state = self.lock();
                (state.pending.is_empty(), state.failing)
            };
            if empty {
                return Ok(());
            }
            if failing || changed.changed().await.is_err() {
                let source = "entries wait to be recorded".into();
                return Err(LedgerError {
                    operation: "flush",
                    source,
                });
            }
        }
    }
}
