//! How a run begins, or begins again: workspace, process, token, message.

use berth_domain::event::{Event, Status};
use berth_domain::ids::UserId;
use berth_domain::ports::homes::NotHere;
use berth_domain::run::{Outcome, Progress, Reason, RunState};
use berth_supervisor_protocol::process::{Input, StdinAccepted};
use berth_supervisor_protocol::{ClientError, ProcessId};

use super::{End, Session, Turn};
use crate::claude::input;
use crate::outcome;
use crate::processes::{self, Begun, Ready, Slot, Wanted};
use crate::transcript::State;
use crate::workspace::Berth;

/// Bytes of a message that goes with the start of its process; a longer one is written by itself.
const WITH_THE_START: usize = 256 * 1024;

impl Session<'_> {
    /// Container up, process up, token granted, message given. `None`: the process was not there any more, try again.
    #[tracing::instrument(name = "runner.begin", skip_all)]
    pub(super) async fn begin(&mut self, slot: &mut Slot) -> Result<Option<Turn>, End> {
        let berth = self.workspace().await?;
        let attached = self
            .claimed
            .progress
            .clone()
            .filter(|progress| progress.process_id.is_some() && self.granted.is_none());
        let (ready, progress) = match attached {
            Some(progress) => {
                let ready = self.reattach(&berth, &progress).await?;
                self.grant(&ready.id).await?;
                (ready, progress)
            }
            None => match self.process(slot, &berth).await? {
                Some(begun) => begun,
                None => return Ok(None),
            },
        };
        Ok(Some(Turn {
            berth,
            process: ready.id,
            output: ready.output.filter(|_| progress.offset == 0),
            progress,
            resumed: ready.resumed,
        }))
    }

    pub(super) async fn workspace(&mut self) -> Result<Berth, End> {
        let workspaces = self.context.deps.workspaces.clone();
        let user = self.claimed.run.user_id;
        self.settle(user).await?;
        if !workspaces.is_warm(user) {
            self.status(Status::StartingWorkspace).await?;
        }
        let acquired = tokio::select! {
            acquired = workspaces.acquire(user) => acquired,
            () = self.tenure.lost.cancelled() => return Err(End::LeaseLost),
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

    /// Where there are several runners: the workspace's files are brought here, if they are not here yet.
    async fn settle(&mut self, user: UserId) -> Result<(), End> {
        let Some(placing) = &self.context.placing else {
            return Ok(());
        };
        if placing.is_moving(user) {
            self.status(Status::MovingWorkspace).await?;
        }
        loop {
            // While this runner is in doubt of itself nothing lives here for certain, which does not mean that it lives elsewhere.
            self.tenure.certain().await?;
            let settled = tokio::select! {
                settled = placing.settled(user) => settled,
                () = self.tenure.lost.cancelled() => return Err(End::LeaseLost),
                () = self.signals.cancel.cancelled() => {
                    let outcome = Outcome::new(RunState::Cancelled, Reason::StoppedByUser, None);
                    return Err(End::Outcome(outcome));
                }
            };
            match settled {
                Ok(()) => return Ok(()),
                Err(NotHere::Failed(error)) => {
                    return Err(End::Outcome(outcome::of_workspace(&error)));
                }
                Err(NotHere::Unknown(error)) if error.is_retryable() => {}
                Err(NotHere::Elsewhere) if !placing.is_valid() => {}
                // It has left since the run was claimed. Where it lives the run is found when this lease is over.
                Err(NotHere::Elsewhere | NotHere::Unknown(_)) => return Err(End::LeaseLost),
            }
            self.wait_again().await?;
        }
    }

    /// The process that an earlier claim of this run gave the message to.
    pub(super) async fn reattach(
        &mut self,
        berth: &Berth,
        progress: &Progress,
    ) -> Result<Ready, End> {
        let gone = || {
            let outcome = Outcome::new(RunState::Interrupted, Reason::RunnerLost, None);
            End::Outcome(outcome)
        };
        let id = progress
            .process_id
            .clone()
            .and_then(|id| ProcessId::new(id).ok())
            .ok_or_else(gone)?;
        self.recall().await?;
        match berth.client().process(&id).await {
            Ok(Some(_)) => {
                self.status(Status::Reattached).await?;
                Ok(Ready {
                    id,
                    resumed: false,
                    given: None,
                    output: None,
                })
            }
            Ok(None) => Err(gone()),
            Err(error) => {
                tracing::warn!(%error, "the workspace could not be asked for an earlier process");
                berth.lost();
                Err(gone())
            }
        }
    }

    /// Takes note of what an earlier claim has stored.
    pub(super) async fn recall(&mut self) -> Result<(), End> {
        let mut after = 0;
        let (events, run) = (&self.context.deps.events, self.claimed.run.id);
        loop {
            let page = self.answered(|| events.run_events_after(run, after, 500));
            let page = page.await?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = last.seq;
            for stored in &page {
                self.report.see(&stored.event);
            }
        }
    }

    /// The conversation's process, with the message given to it.
    async fn process(
        &mut self,
        slot: &mut Slot,
        berth: &Berth,
    ) -> Result<Option<(Ready, Progress)>, End> {
        let ready = match processes::warm(slot, berth) {
            Some(warm) => Some(warm),
            None => self.start(slot, berth).await?,
        };
        let Some(ready) = ready else { return Ok(None) };
        // It may be another than was asked for.
        self.grant(&ready.id).await?;
        let Some(accepted) = self.give(berth, slot, &ready).await? else {
            return Ok(None);
        };
        let progress = Progress {
            version: 1,
            process_id: Some(ready.id.to_string()),
            offset: accepted.stdout_offset,
            reader: serde_json::to_value(State::default()).ok(),
        };
        Ok(Some((ready, progress)))
    }

    /// A process of this run, which may be given its message with the start. Its name is the run's: a claim after this one finds it
    /// also where nothing of it has been stored, and does not begin the work again.
    async fn start(&mut self, slot: &mut Slot, berth: &Berth) -> Result<Option<Ready>, End> {
        self.status(Status::StartingClaude).await?;
        let run = &self.claimed.run;
        self.started += 1;
        let id = ProcessId::new(format!("claude.{}.{}", run.id, self.started))
            .map_err(|_| End::Outcome(Outcome::failed(Reason::Internal)))?;
        // Before it can call anything.
        self.grant(&id).await?;
        self.process = Some(id.clone());
        let message = self.message();
        let wanted = Wanted {
            user: run.user_id,
            conversation: run.conversation_id,
            session: self.resume.as_deref(),
            agent: self.agent.as_ref(),
            attended: run.trigger.is_attended(),
            input: (message.text.len() <= WITH_THE_START).then_some(message),
        };
        match processes::start(self.context, slot, berth, wanted, id).await {
            Ok(Begun::Ready(ready)) => Ok(Some(ready)),
            Ok(Begun::Ended) => {
                let outcome = Outcome::new(RunState::Interrupted, Reason::RunnerLost, None);
                Err(End::Outcome(outcome))
            }
            Err(error) => {
                self.unusable(berth, slot, None, &error).await?;
                Ok(None)
            }
        }
    }

    /// Gives the process the message, unless that came with its start.
    async fn give(
        &mut self,
        berth: &Berth,
        slot: &mut Slot,
        ready: &Ready,
    ) -> Result<Option<StdinAccepted>, End> {
        if ready.given.is_some() {
            return Ok(ready.given);
        }
        let message = self.message();
        let client = berth.client();
        match client
            .write_stdin(&ready.id, &message.key, message.text)
            .await
        {
            Ok(accepted) => Ok(Some(accepted)),
            Err(error) => self
                .unusable(berth, slot, Some(&ready.id), &error)
                .await
                .map(|()| None),
        }
    }

    /// What the process is told, once for each run and process: a runner that crashed in between does not say it twice.
    fn message(&self) -> Input {
        Input {
            key: format!("{}:message", self.claimed.run.id),
            text: input::user_message(&self.claimed.content),
        }
    }

    /// A process or a supervisor that did not take what it was given: looked at afresh at the next try.
    pub(super) async fn unusable(
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
        if self.tenure.lost.is_cancelled() {
            return Err(End::LeaseLost);
        }
        Ok(())
    }

    pub(super) async fn status(&self, label: Status) -> Result<(), End> {
        Ok(self.recorder.event(Event::Status { label }).await?)
    }
}
