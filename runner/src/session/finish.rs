//! How a run ends for good: its outcome is stored, or it is left to whoever owns it now.

use std::time::Duration;

use berth_domain::agent::Agent;
use berth_domain::done;
use berth_domain::event::Event;
use berth_domain::ids::UserId;
use berth_domain::ports::StoreError;
use berth_domain::ports::gateway::RunSpend;
use berth_domain::ports::queue::Hint;
use berth_domain::run::{Outcome, Reason, Run, RunState};
use berth_supervisor_protocol::{ByteStream, ErrorCode, ProcessId};
use futures::StreamExt as _;
use tokio::time::timeout;

use super::{End, Session, follow};
use crate::context::Context;
use crate::done::Ended;
use crate::processes::Slot;
use crate::recorder::{LeaseLost, until_stored};

/// How long an ended process's output may take to end. A connection that is given up is made again.
const READ_OUT: Duration = Duration::from_millis(100);
/// Runs that are announced when one has ended.
const NEXT: u32 = 2;

impl Session<'_> {
    /// Writes the outcome, or leaves the run to whoever owns it now.
    pub(super) async fn end(mut self, end: End, slot: &mut Slot) {
        let run = &self.claimed.run;
        let end = match end {
            // Its workspace goes to another runner, and no process goes along.
            End::Detached if self.context.placing.is_some() => End::Outcome(Outcome::new(
                RunState::Interrupted,
                Reason::RunnerLost,
                None,
            )),
            end => end,
        };
        match end {
            End::Outcome(outcome) => {
                if let Some(warm) = slot {
                    warm.last_used = self.context.deps.clock.now();
                }
                // Of an agent's run nothing goes on after it.
                let process = self.agent.is_some().then(|| {
                    let warm = slot.take().map(|warm| warm.id);
                    self.process.clone().or(warm)
                });
                let (context, user) = (self.context, run.user_id);
                let output = self.output.take();
                if self.finish(outcome).await.is_err() {
                    tracing::warn!(
                        "the run has passed to another runner before its end was stored"
                    );
                }
                if let Some(process) = process.flatten() {
                    kill(context, user, &process).await;
                    read_out(output).await;
                }
            }
            End::LeaseLost => {
                self.revoke().await;
                if let Some(warm) = slot.take() {
                    kill(self.context, run.user_id, &warm.id).await;
                }
            }
            End::Detached => {
                self.revoke().await;
                if self.recorder.store().await.is_ok() {
                    tracing::info!(run.id = %run.id, "left running, to be taken up at the next start");
                }
            }
        }
    }

    pub(super) async fn finish(mut self, outcome: Outcome) -> Result<(), LeaseLost> {
        let run = &self.claimed.run;
        let deps = &self.context.deps;
        let spend = match &self.granted {
            Some(token) => deps.gateway.revoke(token.hash()).await,
            None => RunSpend::default(),
        };
        let (outcome, checked) = self.concluded(outcome).await;
        let mut last = self.recorder.close().await?;
        // Both in the transaction of the end: a run that is taken up again is judged again, and told once.
        let usage = follow::usage_event(&spend).filter(|_| spend.usage != self.told);
        last.events.extend(usage.into_iter().chain(checked));
        last.usage = (spend.usage.calls > 0)
            .then_some(spend.usage)
            .or(last.usage);
        let text = if self.report.answer.is_empty() {
            outcome.result.clone().unwrap_or_default()
        } else {
            self.report.answer
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
        let ended = until_stored(run.id, &self.lost, write).await?;
        deps.live.close_run(run.conversation_id, run.id);
        metrics::counter!("runs_finished_total", "state" => outcome.state.as_str(), "reason" => outcome.reason.as_str())
            .increment(1);
        tracing::info!(
            state = outcome.state.as_str(),
            reason = outcome.reason.as_str(),
            proved = ?outcome.proved,
            "run finished"
        );
        if ended.others_may_wait {
            announce_next(self.context, run).await;
        }
        Ok(())
    }

    pub(super) async fn revoke(&self) {
        if let Some(token) = &self.granted {
            self.context.deps.gateway.revoke(token.hash()).await;
        }
    }

    /// The outcome of an agent's run in view of what it said, and of what it was to make.
    async fn concluded(&mut self, outcome: Outcome) -> (Outcome, Option<Event>) {
        let Some(agent) = &self.agent else {
            return (outcome, None);
        };
        let outcome = self.report.conclude(outcome);
        if outcome.state != RunState::Succeeded || agent.spec.done.is_empty() {
            return (outcome, None);
        }
        let run = &self.claimed.run;
        let ended = Ended {
            user: run.user_id,
            folder: &Agent::folder(agent.seat.id),
            started_at: run.started_at.unwrap_or(run.queued_at),
            result: outcome.result.as_deref(),
        };
        let checks = self.context.judge.check(&agent.spec.done, ended).await;
        let proved = done::proved(&checks);
        if let Some(proved) = proved {
            metrics::counter!("runs_checked_total", "proved" => proved.to_string()).increment(1);
        }
        (outcome.judged(proved), Some(Event::Checked { checks }))
    }
}

/// Reads what is left of an ended process's output: nothing as a rule, and then its connection serves the next run.
async fn read_out(output: Option<ByteStream>) {
    let Some(mut output) = output else { return };
    let rest = async { while let Some(Ok(_)) = output.next().await {} };
    let _ = timeout(READ_OUT, rest).await;
}

/// Ends a process with everything it started, without waiting for its workspace to start.
async fn kill(context: &Context, user: UserId, process: &ProcessId) {
    let workspaces = &context.deps.workspaces;
    if !workspaces.is_warm(user) {
        return;
    }
    let Ok(berth) = workspaces.acquire(user).await else {
        return;
    };
    match berth.client().remove(process).await {
        Ok(()) => {}
        Err(error) if error.code() == Some(ErrorCode::NotFound) => {}
        Err(error) => tracing::warn!(%error, "a process without an owner could not be ended"),
    }
}

/// What waited for this run can begin now: what was asked in the same conversation meanwhile, and scheduled runs, which wait
/// until their user has room.
async fn announce_next(context: &Context, run: &Run) {
    let deps = &context.deps;
    let mut waiting = deps
        .runs
        .unfinished(run.user_id, run.conversation_id)
        .await
        .map(|mut runs| {
            runs.truncate(1);
            runs
        });
    if let Ok(waiting) = &mut waiting
        && waiting.is_empty()
    {
        let now = deps.clock.now();
        let (runner, quota) = (&context.config.id, context.config.quota);
        match deps.runs.claimable(runner, quota, now, NEXT).await {
            Ok(runs) => waiting.extend(runs),
            Err(error) => not_announced(&error),
        }
    }
    match waiting {
        Ok(waiting) => {
            for next in waiting {
                deps.queue.announce(Hint::Claim(next)).await;
            }
        }
        Err(error) => not_announced(&error),
    }
}

fn not_announced(error: &StoreError) {
    tracing::debug!(error = %error.source, "the sweep will find what waits for this run's end");
}
