//! What asks to be let out waits while it is in doubt whether it may be.

use super::Context;
use crate::grants::Granted;
use crate::http::Refusal;

impl Context {
    /// Holds what asks to be let out in the name of `granted` until the runner certainly has it.
    pub(crate) async fn certain(&self, granted: &Granted) -> Result<(), Refusal> {
        self.held(granted, self.vouched.certain()).await
    }

    /// Holds a model call until that is so and what it costs can be written down.
    pub(crate) async fn may_spend(&self, granted: &Granted) -> Result<(), Refusal> {
        let may = async {
            self.vouched.certain().await;
            self.spending.reachable(&granted.accounts).await;
        };
        self.held(granted, may).await
    }

    async fn held(&self, granted: &Granted, may: impl Future<Output = ()>) -> Result<(), Refusal> {
        let held = tokio::time::timeout(self.config.limits.hold, may);
        match granted.run.cancel.run_until_cancelled(held).await {
            Some(Ok(())) => Ok(()),
            Some(Err(_)) => Err(Refusal::unavailable(
                "what this costs cannot be written down at the moment: try again",
            )),
            None => Err(self.cut()),
        }
    }
}
