//! How a turn ends: by itself, because it must, or with its process or its workspace.

use std::time::Duration;

use berth_domain::run::{Outcome, Reason, RunState};
use berth_supervisor_protocol::{ByteStream, ClientError, Process, Signal, SignalTarget};

use super::{
    Followed, Follower, Happened, MAX_GARBAGE, MAX_OUTPUT, STOP_GRACE, STOP_GRACE_OF_AGENT, next,
};
use crate::claude::input;
use crate::outcome::{self, Stop};
use crate::transcript::TurnEnd;

impl Follower<'_, '_> {
    pub(super) async fn check_bounds(&mut self) {
        let reason = if self.reader.state.garbage > MAX_GARBAGE {
            Reason::ClaudeGarbled
        } else if self.read > MAX_OUTPUT {
            Reason::OutputLimit
        } else {
            return;
        };
        if self.stop.is_none() {
            self.ask_to_stop(Stop::Failed(reason)).await;
            // What does not speak the protocol does not understand a request to stop either.
            self.grace = Some(Box::pin(tokio::time::sleep(Duration::ZERO)));
        }
    }

    pub(super) async fn ask_to_stop(&mut self, stop: Stop) {
        self.stop = Some(stop);
        let grace = if self.session.agent.is_some() {
            STOP_GRACE_OF_AGENT
        } else {
            STOP_GRACE
        };
        self.grace = Some(Box::pin(tokio::time::sleep(grace)));
        let id = format!("{}:stop", self.run_id());
        let client = self.turn.berth.client();
        if let Err(error) = client
            .write_stdin(&self.turn.process, &id, input::interrupt(&id))
            .await
        {
            tracing::debug!(%error, "the request to stop was not taken, the process will be ended");
        }
    }

    /// Claude Code did not stop by itself.
    pub(super) async fn killed(&mut self) -> Followed {
        let client = self.turn.berth.client();
        if let Err(error) = client
            .signal(&self.turn.process, Signal::Kill, SignalTarget::Tree)
            .await
        {
            tracing::warn!(%error, "a process that did not stop could not be killed");
        }
        if let Err(error) = client.remove(&self.turn.process).await {
            tracing::warn!(%error, "a killed process could not be removed");
        }
        let outcome = outcome::of_death(self.stop, false, false, "");
        Followed::ProcessGone(outcome)
    }

    pub(super) async fn turn_ended(&mut self, end: TurnEnd) -> Result<Followed, Followed> {
        if self.turn.resumed && outcome::session_is_gone(&end) {
            let client = self.turn.berth.client();
            if let Err(error) = client.remove(&self.turn.process).await {
                tracing::debug!(%error, "the process without a session could not be removed");
            }
            return Ok(Followed::SessionGone);
        }
        if self.files_pending {
            let events = self.changed_files().await;
            self.store(events, None).await?;
        }
        self.session.report.denied.clone_from(&end.denied);
        let spend = self.session.context.deps.gateway.status(self.run_id());
        Ok(Followed::Outcome(outcome::of_turn(end, self.stop, &spend)))
    }

    /// Reads what a process that has ended left behind. Its children may hold the pipe open, so the end is not waited for.
    pub(super) async fn drain(
        &mut self,
        output: &mut Option<ByteStream>,
        process: Option<&Process>,
    ) -> Result<(), Followed> {
        let Some(end) = process.map(|process| process.stdout.next) else {
            return Ok(());
        };
        let mut missing = end.saturating_sub(self.lines.end());
        while missing > 0 {
            let Happened::Bytes(bytes) = next(output).await else {
                break;
            };
            missing = missing.saturating_sub(bytes.len() as u64);
            if let Some(turn_end) = self.take_in(&bytes).await? {
                return Err(match self.turn_ended(turn_end).await? {
                    Followed::Outcome(outcome) => Followed::ProcessGone(outcome),
                    other => other,
                });
            }
        }
        Ok(())
    }

    pub(super) async fn died(&mut self, process: Option<Process>) -> Followed {
        let oom_now = self.turn.berth.count_oom_kills().await;
        let out_of_memory = matches!((self.oom_before, oom_now), (Some(a), Some(b)) if b > a);
        let stderr = process
            .as_ref()
            .map_or("", |process| process.stderr_tail.as_str());
        let garbled = self.reader.state.garbage > 0;
        tracing::warn!(
            exit = ?process.as_ref().and_then(|process| process.exit_code),
            signal = ?process.as_ref().and_then(|process| process.signal),
            out_of_memory,
            "Claude Code ended without a result"
        );
        let outcome = outcome::of_death(self.stop, out_of_memory, garbled, stderr);
        let client = self.turn.berth.client();
        if let Err(error) = client.remove(&self.turn.process).await {
            tracing::debug!(%error, "the dead process could not be removed");
        }
        Followed::ProcessGone(outcome)
    }

    /// The supervisor does not answer any more: the container has stopped.
    pub(super) fn unreachable(&mut self, error: &ClientError) -> Followed {
        tracing::warn!(%error, "the workspace stopped in the middle of a run");
        self.turn.berth.lost();
        let outcome = match self.stop {
            Some(stop) => stop.outcome(None),
            None => Outcome::new(RunState::Interrupted, Reason::WorkspaceLost, None),
        };
        Followed::ProcessGone(outcome)
    }
}
