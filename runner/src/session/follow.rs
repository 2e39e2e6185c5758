//! Follows one turn of Claude Code: reads what it writes, passes it on, and stops it when it must stop.

use std::pin::Pin;
use std::time::Duration;

use berth_domain::event::{Delta, Event, Status};
use berth_domain::ports::gateway::RunSpend;
use berth_domain::run::{Outcome, Reason, RunState};
use berth_domain::usage::UsageTotals;
use berth_supervisor_protocol::{ByteStream, ClientError, Process, Signal, SignalTarget};
use bytes::Bytes;
use futures::StreamExt as _;
use futures::future::{self, BoxFuture};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, Sleep};

use super::{Session, Turn, files, millis};
use crate::claude::input;
use crate::outcome::{self, Stop};
use crate::recorder::{LeaseLost, Record};
use crate::transcript::{Lines, Next, Output, Reader, State, TurnEnd};

/// How long Claude Code may take to stop when asked before it is killed. The user sees the run end within this time.
const STOP_GRACE: Duration = Duration::from_secs(4);
/// How often memory is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Lines that are not the protocol's before a run is given up.
const MAX_GARBAGE: u32 = 50;
/// Output of one run at most, in bytes.
const MAX_OUTPUT: u64 = 1024 * 1024 * 1024;
/// Bytes read without an event before reading's place is stored all the same, so that the ring can be emptied.
const STORE_EVERY: u64 = 2 * 1024 * 1024;

/// What came of a turn.
pub(super) enum Followed {
    Outcome(Outcome),
    /// The outcome of a turn whose process has ended.
    ProcessGone(Outcome),
    /// The session to resume does not exist any more.
    SessionGone,
    LeaseLost,
    Detached,
}

impl From<LeaseLost> for Followed {
    fn from(_: LeaseLost) -> Self {
        Self::LeaseLost
    }
}

/// Something that happened while following.
enum Happened {
    Bytes(Bytes),
    OutputEnded,
    Unreachable(ClientError),
    ProcessEnded(Option<Process>),
    Spent(RunSpend),
    Stop(Stop),
    GraceOver,
    LookAtMemory,
    LeaseLost,
    Detach,
}

pub(super) struct Follower<'s, 'a> {
    session: &'s mut Session<'a>,
    turn: Turn,
    lines: Lines,
    reader: Reader,
    stop: Option<Stop>,
    /// When a process that was asked to stop is killed.
    grace: Option<Pin<Box<Sleep>>>,
    read: u64,
    stored_at: u64,
    warned: bool,
    oom_before: Option<u64>,
    /// Whether a tool has answered since files were last looked at.
    files_pending: bool,
    /// Where the line begins that ended the turn. Reading must not be stored as being past it before the run's end is: a
    /// runner killed in between would wait for a line that it has read already.
    ended_at: Option<(u64, bool)>,
}

impl<'s, 'a> Follower<'s, 'a> {
    pub(super) fn new(session: &'s mut Session<'a>, turn: Turn) -> Self {
        let state: State = turn
            .progress
            .reader
            .clone()
            .and_then(|state| serde_json::from_value(state).ok())
            .unwrap_or_default();
        let offset = turn.progress.offset;
        Self {
            session,
            lines: Lines::new(offset, state.skipping),
            reader: Reader::new(state),
            turn,
            stop: None,
            grace: None,
            read: 0,
            stored_at: offset,
            warned: false,
            oom_before: None,
            files_pending: false,
            ended_at: None,
        }
    }

    pub(super) async fn follow(mut self) -> Followed {
        match self.read_to_end().await {
            Ok(followed) | Err(followed) => followed,
        }
    }

    async fn read_to_end(&mut self) -> Result<Followed, Followed> {
        let client = self.turn.berth.client().clone();
        let process = self.turn.process.clone();
        self.show_open_block();
        self.store(Vec::new(), None).await?;
        let mut output = match client.stdout(&process, self.turn.progress.offset).await {
            Ok(output) => Some(output),
            Err(error) => return Ok(self.unreachable(&error)),
        };
        self.oom_before = client.stats().await.ok().and_then(|stats| stats.oom_kills);
        let waiting = client.clone();
        let mut ended: Option<BoxFuture<'static, Happened>> = Some(Box::pin(async move {
            match waiting.wait(&process).await {
                Ok(process) => Happened::ProcessEnded(process),
                // Not the process but its whole workspace is gone.
                Err(error) => Happened::Unreachable(error),
            }
        }));
        let mut spend = self.session.context.deps.gateway.watch(self.run_id());
        let mut look = tokio::time::interval_at(Instant::now() + LOOK_EVERY, LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let limit = tokio::time::sleep(self.time_left());
        tokio::pin!(limit);
        loop {
            let happened = tokio::select! {
                biased;
                () = self.session.lost.cancelled() => Happened::LeaseLost,
                () = self.session.signals.cancel.cancelled(), if self.stop.is_none() =>
                    Happened::Stop(Stop::Cancelled),
                bytes = next(&mut output) => bytes,
                () = or_never(&mut self.grace) => Happened::GraceOver,
                () = &mut limit, if self.stop.is_none() => Happened::Stop(Stop::TimeLimit),
                changed = spent(&mut spend) => Happened::Spent(changed),
                happened = or_never(&mut ended) => happened,
                () = self.session.signals.detach.cancelled() => Happened::Detach,
                _ = look.tick() => Happened::LookAtMemory,
            };
            match happened {
                Happened::Bytes(bytes) => {
                    if let Some(end) = self.take_in(&bytes).await? {
                        return self.turn_ended(end).await;
                    }
                }
                Happened::ProcessEnded(process) => {
                    self.drain(&mut output, process.as_ref()).await?;
                    return Ok(self.died(process).await);
                }
                Happened::OutputEnded => output = None,
                Happened::Unreachable(error) => return Ok(self.unreachable(&error)),
                Happened::Spent(spend) => self.spent(&spend).await?,
                Happened::Stop(stop) => self.ask_to_stop(stop).await,
                Happened::GraceOver => return Ok(self.killed().await),
                Happened::LookAtMemory => self.look_at_memory().await?,
                Happened::LeaseLost => return Err(Followed::LeaseLost),
                Happened::Detach => return Err(Followed::Detached),
            }
        }
    }

    fn run_id(&self) -> berth_domain::ids::RunId {
        self.session.claimed.run.id
    }

    fn time_left(&self) -> Duration {
        let context = self.session.context;
        let now = context.deps.clock.now();
        let started = self.session.claimed.run.started_at.unwrap_or(now);
        let end = started + context.config.run_limit;
        Duration::try_from(end.duration_since(now)).unwrap_or(Duration::ZERO)
    }

    /// After a crash the block that was being written is sent again, whole.
    fn show_open_block(&self) {
        if let Some((block, text)) = self.reader.open_block() {
            self.delta(block, 0, text.to_owned());
        }
    }

    fn delta(&self, block: u32, offset: u64, text: String) {
        let run = &self.session.claimed.run;
        self.session.context.deps.live.publish(Delta {
            conversation_id: run.conversation_id,
            run_id: run.id,
            block,
            offset,
            text,
        });
    }

    /// Reads bytes; the end of the turn when it is among them.
    async fn take_in(&mut self, bytes: &[u8]) -> Result<Option<TurnEnd>, Followed> {
        self.read += bytes.len() as u64;
        self.lines.push(bytes);
        let mut events = Vec::new();
        let mut session = None;
        let mut end = None;
        while end.is_none() {
            let before = self.lines.position();
            let outputs = match self.lines.next_line() {
                Next::Line(line) => self.reader.read(&line),
                Next::TooLong => self.reader.garbage(),
                Next::More => break,
            };
            for output in outputs {
                match output {
                    Output::Event(event) => events.push(event),
                    Output::Delta {
                        block,
                        offset,
                        text,
                    } => self.delta(block, offset, text),
                    Output::BlockDone(block) => self.close_block(block),
                    // Told again at every turn; only another one is news.
                    Output::Session(id) => {
                        session = Some(id).filter(|id| self.session.resume.as_ref() != Some(id));
                    }
                    Output::FilesMayHaveChanged => self.files_pending = true,
                    Output::TurnEnded(turn_end) => {
                        self.ended_at = Some(before);
                        end = Some(turn_end);
                    }
                    Output::Garbage => {
                        tracing::warn!("Claude Code wrote a line that is not its protocol");
                    }
                }
            }
        }
        self.gather_answer(&events);
        if self.files_pending && end.is_none() {
            events.extend(self.changed_files().await);
        }
        let unstored = self.lines.position().0 - self.stored_at;
        if !events.is_empty() || session.is_some() || unstored > STORE_EVERY {
            self.store(events, session).await?;
        }
        self.check_bounds().await;
        Ok(end)
    }

    fn close_block(&self, block: u32) {
        let run = &self.session.claimed.run;
        self.session
            .context
            .deps
            .live
            .close_block(run.conversation_id, run.id, block);
    }

    fn gather_answer(&mut self, events: &[Event]) {
        for event in events {
            if let Event::Text { text, .. } = event {
                let answer = &mut self.session.answer;
                if !answer.is_empty() {
                    answer.push_str("\n\n");
                }
                answer.push_str(text);
            }
        }
    }

    async fn check_bounds(&mut self) {
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

    async fn changed_files(&mut self) -> Vec<Event> {
        self.files_pending = false;
        let since = self.session.claimed.run.started_at.map_or(0, millis);
        let client = self.turn.berth.client();
        match files::changed(client, since, &self.reader.state).await {
            Ok(entries) => files::show(&mut self.reader.state, entries),
            Err(error) => {
                tracing::warn!(%error, "changed files could not be listed");
                Vec::new()
            }
        }
    }

    /// Hands events to the recorder together with the byte at which reading goes on after them.
    async fn store(&mut self, events: Vec<Event>, session: Option<String>) -> Result<(), Followed> {
        let (offset, skipping) = self.ended_at.unwrap_or_else(|| self.lines.position());
        self.reader.state.skipping = skipping;
        self.turn.progress.offset = offset;
        self.turn.progress.reader = serde_json::to_value(&self.reader.state).ok();
        self.stored_at = offset;
        let record = Record {
            events,
            progress: Some(self.turn.progress.clone()),
            session,
            usage: None,
            source: Some((self.turn.berth.client().clone(), self.turn.process.clone())),
        };
        Ok(self.session.recorder.write(record).await?)
    }

    async fn spent(&mut self, spend: &RunSpend) -> Result<(), Followed> {
        if let Some(stop) = outcome::hopeless(spend).filter(|_| self.stop.is_none()) {
            self.ask_to_stop(stop).await;
        }
        if spend.usage == self.session.told {
            return Ok(());
        }
        self.session.told = spend.usage;
        let record = Record {
            events: usage_event(&spend.usage).into_iter().collect(),
            usage: Some(spend.usage),
            ..Record::default()
        };
        Ok(self.session.recorder.write(record).await?)
    }

    async fn look_at_memory(&mut self) -> Result<(), Followed> {
        if self.warned {
            return Ok(());
        }
        let context = self.session.context;
        let user = self.session.claimed.run.user_id;
        let stats = context.deps.workspaces.stats(user).await;
        let memory = stats.and_then(|stats| stats.memory_bytes);
        if memory.is_some_and(|memory| memory > context.config.memory_warning) {
            self.warned = true;
            let label = Status::MemoryHigh;
            return Ok(self.session.recorder.event(Event::Status { label }).await?);
        }
        Ok(())
    }

    async fn ask_to_stop(&mut self, stop: Stop) {
        self.stop = Some(stop);
        self.grace = Some(Box::pin(tokio::time::sleep(STOP_GRACE)));
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
    async fn killed(&mut self) -> Followed {
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

    async fn turn_ended(&mut self, end: TurnEnd) -> Result<Followed, Followed> {
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
        let spend = self.session.context.deps.gateway.status(self.run_id());
        Ok(Followed::Outcome(outcome::of_turn(end, self.stop, &spend)))
    }

    /// Reads what a process that has ended left behind. Its children may hold the pipe open, so the end is not waited for.
    async fn drain(
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

    async fn died(&mut self, process: Option<Process>) -> Followed {
        let client = self.turn.berth.client();
        let oom_now = client.stats().await.ok().and_then(|stats| stats.oom_kills);
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
        if let Err(error) = client.remove(&self.turn.process).await {
            tracing::debug!(%error, "the dead process could not be removed");
        }
        Followed::ProcessGone(outcome)
    }

    /// The supervisor does not answer any more: the container has stopped.
    fn unreachable(&mut self, error: &ClientError) -> Followed {
        tracing::warn!(%error, "the workspace stopped in the middle of a run");
        self.turn.berth.lost();
        let outcome = match self.stop {
            Some(stop) => stop.outcome(None),
            None => Outcome::new(RunState::Interrupted, Reason::WorkspaceLost, None),
        };
        Followed::ProcessGone(outcome)
    }
}

/// The next bytes; never when there is nothing to read from.
async fn next(output: &mut Option<ByteStream>) -> Happened {
    let Some(stream) = output else {
        return future::pending().await;
    };
    match stream.next().await {
        Some(Ok(bytes)) => Happened::Bytes(bytes),
        Some(Err(error)) => Happened::Unreachable(error),
        None => Happened::OutputEnded,
    }
}

async fn or_never<F: Future + Unpin>(future: &mut Option<F>) -> F::Output {
    match future {
        Some(future) => future.await,
        None => future::pending().await,
    }
}

async fn spent(spend: &mut Option<watch::Receiver<RunSpend>>) -> RunSpend {
    if let Some(receiver) = spend
        && receiver.changed().await.is_ok()
    {
        return receiver.borrow_and_update().clone();
    }
    *spend = None;
    future::pending().await
}

/// The event that tells of tokens and cost; none before the first model call.
pub(super) fn usage_event(usage: &UsageTotals) -> Option<Event> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a cost beyond 2^53 millionths of a dollar is nobody's"
    )]
    let cost_usd = usage.cost_micro_usd.0 as f64 / 1e6;
    (usage.calls > 0).then_some(Event::Usage {
        input_tokens: usage.tokens.input,
        output_tokens: usage.tokens.output,
        cache_read_tokens: usage.tokens.cache_read,
        cache_write_tokens: usage.tokens.cache_write,
        cost_usd,
    })
}
