//! How a run ends for good: its outcome is stored, or it is left to whoever owns it now.

use berth_domain::ports::gateway::RunSpend;
use berth_domain::ports::queue::Hint;
use berth_domain::ports::runs::Append;
use berth_domain::run::{Outcome, Run};
use berth_supervisor_protocol::ProcessId;

use super::{End, Session, follow};
use crate::context::Context;
use crate::processes::Slot;
use crate::recorder::{LeaseLost, until_stored};

impl Session<'_> {
    /// Writes the outcome, or leaves the run to whoever owns it now.
    pub(super) async fn end(self, end: End, slot: &mut Slot) {
        let run = &self.claimed.run;
        match end {
            End::Outcome(outcome) => {
                if let Some(warm) = slot {
                    warm.last_used = self.context.deps.clock.now();
                }
                if self.finish(outcome).await.is_err() {
                    tracing::warn!(
                        "the run has passed to another runner before its end was stored"
                    );
                }
            }
            End::LeaseLost => {
                self.revoke().await;
                if let Some(warm) = slot.take() {
                    self.kill(&warm.id).await;
                }
            }
            End::Detached => {
                self.revoke().await;
                if self.recorder.close().await.is_ok() {
                    tracing::info!(run.id = %run.id, "left running, to be taken up at the next start");
                }
            }
        }
    }

    pub(super) async fn finish(self, outcome: Outcome) -> Result<(), LeaseLost> {
        let run = &self.claimed.run;
        let deps = &self.context.deps;
        let spend = match &self.granted {
            Some(token) => deps.gateway.revoke(token).await,
            None => RunSpend::default(),
        };
        let progress = self.recorder.close().await?;
        let last = Append {
            events: follow::usage_event(&spend)
                .filter(|_| spend.usage != self.told)
                .into_iter()
                .collect(),
            progress,
            session: None,
            usage: (spend.usage.calls > 0).then_some(spend.usage),
        };
        let text = if self.answer.is_empty() {
            outcome.result.clone().unwrap_or_default()
        } else {
            self.answer
        };
        let answer = (!text.is_empty()).then(|| (deps.clock.uuid().into(), text));
        let write = || {
            let answer = answer.clone();
            let now = deps.clock.now();
            let (last, outcome) = (&last, &outcome);
            async move {
                deps.runs
                    .finish(run.id, self.claimed.lease.epoch, last, outcome, answer, now)
                    .await
            }
        };
        until_stored(run.id, &self.lost, write).await?;
        deps.live.close_run(run.conversation_id, run.id);
        metrics::counter!("runs_finished_total", "state" => outcome.state.as_str(), "reason" => outcome.reason.as_str())
            .increment(1);
        tracing::info!(
            state = outcome.state.as_str(),
            reason = outcome.reason.as_str(),
            "run finished"
        );
        announce_next(self.context, run).await;
        Ok(())
    }

    pub(super) async fn revoke(&self) {
        if let Some(token) = &self.granted {
            self.context.deps.gateway.revoke(token).await;
        }
    }

    /// Ends a process with everything it started, without waiting for its workspace to start.
    pub(super) async fn kill(&self, process: &ProcessId) {
        let workspaces = &self.context.deps.workspaces;
        let user = self.claimed.run.user_id;
        if !workspaces.is_warm(user) {
            return;
        }
        if let Ok(berth) = workspaces.acquire(user).await
            && let Err(error) = berth.client().remove(process).await
        {
            tracing::warn!(%error, "a process without an owner could not be ended");
        }
    }
}

/// What was asked in the same conversation meanwhile can begin now.
async fn announce_next(context: &Context, run: &Run) {
    let deps = &context.deps;
    match deps.runs.unfinished(run.user_id, run.conversation_id).await {
        Ok(waiting) => {
            if let Some(next) = waiting.first() {
                deps.queue.announce(Hint::Claim(*next)).await;
            }
        }
        Err(error) => {
            tracing::debug!(error = %error.source, "the sweep will find what waits in this conversation");
        }
    }
}
