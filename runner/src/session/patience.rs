//! Reads that a session cannot do without. A store that is away for a while ends no run: it is asked again, as long as the run is this
//! runner's.

use std::time::Duration;

use berth_domain::ports::StoreResult;
use berth_domain::run::{Outcome, Reason, RunState};
use tokio::time::Instant;

use super::{End, Session};

/// Between two attempts.
const AGAIN: Duration = Duration::from_millis(500);

impl Session<'_> {
    /// What the store answers; the end of the run where another attempt does not help, or none has for too long.
    pub(super) async fn answered<T, F>(&self, ask: impl Fn() -> F) -> Result<T, End>
    where
        F: Future<Output = StoreResult<T>>,
    {
        let since = Instant::now();
        let longest = self.context.config.doubt.unsigned_abs();
        loop {
            match ask().await {
                Ok(answer) => return Ok(answer),
                Err(error) if error.is_retryable() && since.elapsed() < longest => {
                    tracing::debug!(operation = error.operation, error = %error.source, "asking the store again");
                    self.wait_again().await?;
                }
                Err(error) => {
                    tracing::error!(operation = error.operation, error = %error.source, "a run cannot begin without this answer of the store");
                    return Err(End::Outcome(Outcome::failed(Reason::Internal)));
                }
            }
        }
    }

    /// Before another attempt. A run that is not ours any more, or is to stop, makes none.
    pub(super) async fn wait_again(&self) -> Result<(), End> {
        tokio::select! {
            waited = self.tenure.pause(AGAIN) => Ok(waited?),
            () = self.signals.cancel.cancelled() => {
                let outcome = Outcome::new(RunState::Cancelled, Reason::StoppedByUser, None);
                Err(End::Outcome(outcome))
            }
        }
    }
}
