//! One run, from claim to finish. Read this file first: everything else in the runner serves it.

mod files;
mod follow;

use std::sync::Arc;

use berth_domain::event::{Event, Status};
use berth_domain::ports::gateway::Grant;
use berth_domain::ports::queue::Hint;
use berth_domain::ports::runs::{Append, Claimed};
use berth_domain::run::{Outcome, Progress, Reason, RunState};
use berth_domain::run_token::RunToken;
use berth_domain::usage::UsageTotals;
use berth_supervisor_protocol::{ClientError, ProcessId};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::claude::input;
use crate::context::Context;
use crate::keeper::Keeper;
use crate::outcome;
use crate::processes::{self, Ready, Slot};
use crate::recorder::{LeaseLost, Recorder, until_stored};
use crate::transcript::State;
use crate::workspace::Berth;
use follow::{Followed, Follower};

/// How often a process that is not there any more is replaced before the run is given up.
const TRIES: u32 = 3;

/// What reaches a session from outside.
#[derive(Debug, Clone)]
pub(crate) struct Signals {
    /// The owner wants the run to stop.
    pub(crate) cancel: CancellationToken,
    /// This runner ends; the run is left for the next incarnation.
    pub(crate) detach: CancellationToken,
}

/// How a session ended.
enum End {
    /// The run has an outcome.
    Outcome(Outcome),
    /// Another runner may own the run now: nothing more is written, what was started is stopped.
    LeaseLost,
    /// The work goes on in the container; the next incarnation of this runner takes it up.
    Detached,
}

impl From<LeaseLost> for End {
    fn from(_: LeaseLost) -> Self {
        Self::LeaseLost
    }
}

/// Sees a claimed run through.
#[tracing::instrument(name = "runner.session", skip_all, fields(run.id = %claimed.run.id, user.id = %claimed.run.user_id, attempt = claimed.run.attempt))]
pub(crate) async fn run(context: Arc<Context>, claimed: Claimed, signals: Signals) {
    let run = &claimed.run;
    let queued = run.queued_at.duration_until(context.deps.clock.now());
    metrics::histogram!("run_queue_wait_seconds").record(queued.as_secs_f64());
    let keeper = Keeper::start(
        context.clone(),
        run.id,
        claimed.lease.clone(),
        signals.cancel.clone(),
    );
    let recorder = Recorder::start(
        context.clone(),
        run.id,
        claimed.lease.epoch,
        claimed.progress.clone().unwrap_or_default(),
        keeper.lost.clone(),
    );
    let mut slot = context.processes.lock(run.conversation_id).await;
    let mut session = Session {
        context: &context,
        claimed: &claimed,
        signals,
        lost: keeper.lost.clone(),
        recorder,
        answer: String::new(),
        told: UsageTotals::default(),
        granted: None,
        resume: claimed.session.clone(),
    };
    let end = session.work(&mut slot).await;
    session.end(end, &mut slot).await;
}

/// What a session holds while it works.
struct Session<'a> {
    context: &'a Arc<Context>,
    claimed: &'a Claimed,
    signals: Signals,
    lost: CancellationToken,
    recorder: Recorder,
    /// The answer's text so far, for the conversation's list of messages.
    answer: String,
    /// What the last stored `usage` event told.
    told: UsageTotals,
    /// The token that was bound to this run.
    granted: Option<RunToken>,
    /// The Claude Code session to go on with.
    resume: Option<String>,
}

/// A workspace, a process in it, and where to read its answer.
struct Turn {
    berth: Berth,
    process: ProcessId,
    progress: Progress,
    /// Whether the process was started with an earlier session's memory, for this run.
    resumed: bool,
}

impl Session<'_> {
    async fn work(&mut self, slot: &mut Slot) -> End {
        for _ in 0..TRIES {
            if self.signals.cancel.is_cancelled() {
                let outcome = Outcome::new(RunState::Cancelled, Reason::StoppedByUser, None);
                return End::Outcome(outcome);
            }
            let turn = match self.begin(slot).await {
                Ok(Some(turn)) => turn,
                Ok(None) => continue,
                Err(end) => return end,
            };
            let follower = Follower::new(self, turn);
            match follower.follow().await {
                Followed::Outcome(outcome) => return End::Outcome(outcome),
                Followed::ProcessGone(outcome) => {
                    *slot = None;
                    return End::Outcome(outcome);
                }
                Followed::SessionGone => {
                    *slot = None;
                    self.resume = None;
                    if let Err(lost) = self.status(Status::MemoryLost).await {
                        return lost;
                    }
                }
                Followed::LeaseLost => return End::LeaseLost,
                Followed::Detached => return End::Detached,
            }
        }
        End::Outcome(Outcome::failed(Reason::ClaudeDied))
    }

    /// Container up, process up, token granted, message given. `None`: the process was not there any more, try again.
    async fn begin(&mut self, slot: &mut Slot) -> Result<Option<Turn>, End> {
        let berth = self.workspace().await?;
        let attached = self
            .claimed
            .progress
            .clone()
            .filter(|progress| progress.process_id.is_some() && self.granted.is_none());
        let ready = match &attached {
            Some(progress) => self.reattach(&berth, progress).await?,
            None => match self.process(slot, &berth).await? {
                Some(ready) => ready,
                None => return Ok(None),
            },
        };
        self.grant(&ready.id).await?;
        let progress = match attached {
            Some(progress) => progress,
            None => match self.give_message(&berth, slot, &ready).await? {
                Some(progress) => progress,
                None => return Ok(None),
            },
        };
        Ok(Some(Turn {
            berth,
            process: ready.id,
            progress,
            resumed: ready.resumed,
        }))
    }

    async fn workspace(&mut self) -> Result<Berth, End> {
        let workspaces = self.context.deps.workspaces.clone();
        let user = self.claimed.run.user_id;
        if !workspaces.is_warm(user) {
            self.status(Status::StartingWorkspace).await?;
        }
        let acquired = tokio::select! {
            acquired = workspaces.acquire(user) => acquired,
            () = self.lost.cancelled() => return Err(End::LeaseLost),
            () = self.signals.cancel.cancelled() => {
                let outcome = Outcome::new(RunState::Cancelled, Reason::StoppedByUser, None);
                return Err(End::Outcome(outcome));
            }
        };
        acquired.map_err(|error| {
            tracing::warn!(%error, "no workspace to work in");
            End::Outcome(outcome::of_workspace(&error))
        })
    }

    /// The process that an earlier claim of this run gave the message to.
    async fn reattach(&mut self, berth: &Berth, progress: &Progress) -> Result<Ready, End> {
        let gone = || {
            let outcome = Outcome::new(RunState::Interrupted, Reason::RunnerLost, None);
            End::Outcome(outcome)
        };
        let id = progress
            .process_id
            .clone()
            .and_then(|id| ProcessId::new(id).ok())
            .ok_or_else(gone)?;
        self.answer = self.earlier_answer().await;
        match berth.client().process(&id).await {
            Ok(Some(_)) => {
                self.status(Status::Reattached).await?;
                Ok(Ready { id, resumed: false })
            }
            Ok(None) => Err(gone()),
            Err(error) => {
                tracing::warn!(%error, "the workspace could not be asked for an earlier process");
                berth.lost();
                Err(gone())
            }
        }
    }

    /// The text that an earlier claim has stored.
    async fn earlier_answer(&self) -> String {
        let mut texts = Vec::new();
        let mut after = 0;
        let events = &self.context.deps.events;
        while let Ok(page) = events
            .run_events_after(self.claimed.run.id, after, 500)
            .await
        {
            let Some(last) = page.last() else { break };
            after = last.seq;
            texts.extend(page.into_iter().filter_map(|stored| match stored.event {
                Event::Text { text, .. } => Some(text),
                _ => None,
            }));
        }
        texts.join("\n\n")
    }

    async fn process(&mut self, slot: &mut Slot, berth: &Berth) -> Result<Option<Ready>, End> {
        if !processes::is_warm(slot, berth) {
            self.status(Status::StartingClaude).await?;
        }
        let run = &self.claimed.run;
        let ready = processes::ensure(
            self.context,
            slot,
            berth,
            run.user_id,
            run.conversation_id,
            self.resume.as_deref(),
        )
        .await;
        match ready {
            Ok(ready) => Ok(Some(ready)),
            Err(error) => self
                .unusable(berth, slot, None, &error)
                .await
                .map(|()| None),
        }
    }

    async fn give_message(
        &mut self,
        berth: &Berth,
        slot: &mut Slot,
        ready: &Ready,
    ) -> Result<Option<Progress>, End> {
        let message = input::user_message(&self.claimed.content);
        // Once for each run and process: a runner that crashed in between does not say it twice.
        let key = format!("{}:message", self.claimed.run.id);
        match berth.client().write_stdin(&ready.id, &key, message).await {
            Ok(accepted) => Ok(Some(Progress {
                version: 1,
                process_id: Some(ready.id.to_string()),
                offset: accepted.stdout_offset,
                reader: serde_json::to_value(State::default()).ok(),
            })),
            Err(error) => self
                .unusable(berth, slot, Some(&ready.id), &error)
                .await
                .map(|()| None),
        }
    }

    /// A process or a supervisor that did not take what it was given: looked at afresh at the next try.
    async fn unusable(
        &mut self,
        berth: &Berth,
        slot: &mut Slot,
        process: Option<&ProcessId>,
        error: &ClientError,
    ) -> Result<(), End> {
        tracing::info!(%error, "process not usable, starting another");
        *slot = None;
        if error.is_unreachable() {
            berth.lost();
        } else if let Some(process) = process
            && let Err(error) = berth.client().remove(process).await
        {
            tracing::debug!(%error, "the ended process could not be removed");
        }
        if self.lost.is_cancelled() {
            return Err(End::LeaseLost);
        }
        Ok(())
    }

    /// Binds the process's token to this run for as long as it lasts.
    async fn grant(&mut self, process: &ProcessId) -> Result<(), End> {
        let run = &self.claimed.run;
        let token = self.context.deps.token_key.derive(process.as_str());
        let grant = Grant {
            run_id: run.id,
            user_id: run.user_id,
            agent_id: run.agent_id,
            conversation_id: Some(run.conversation_id),
            models: None,
            limits: self.context.config.limits,
            egress: self.context.config.egress.clone(),
        };
        self.context
            .deps
            .gateway
            .grant(&token, grant)
            .await
            .map_err(|error| {
                tracing::error!(%error, "no token could be granted");
                End::Outcome(Outcome::failed(Reason::Internal))
            })?;
        self.granted = Some(token);
        Ok(())
    }

    async fn status(&self, label: Status) -> Result<(), End> {
        Ok(self.recorder.event(Event::Status { label }).await?)
    }

    /// Writes the outcome, or leaves the run to whoever owns it now.
    async fn end(self, end: End, slot: &mut Slot) {
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

    async fn finish(self, outcome: Outcome) -> Result<(), LeaseLost> {
        let run = &self.claimed.run;
        let deps = &self.context.deps;
        let spend = match &self.granted {
            Some(token) => deps.gateway.revoke(token).await,
            None => berth_domain::ports::gateway::RunSpend::default(),
        };
        let progress = self.recorder.close().await?;
        let last = Append {
            events: follow::usage_event(&spend.usage)
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
}

impl Session<'_> {
    async fn revoke(&self) {
        if let Some(token) = &self.granted {
            self.context.deps.gateway.revoke(token).await;
        }
    }

    /// Ends a process with everything it started, without waiting for its workspace to start.
    async fn kill(&self, process: &ProcessId) {
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
async fn announce_next(context: &Context, run: &berth_domain::run::Run) {
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

/// Milliseconds since 1970, as the supervisor counts.
fn millis(at: Timestamp) -> u64 {
    u64::try_from(at.as_millisecond()).unwrap_or(0)
}
