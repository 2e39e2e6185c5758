//! Follows one turn of Claude Code: reads what it writes, passes it on, and stops it when it must stop.

mod ending;
mod output;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use berth_domain::event::{Event, Status};
use berth_domain::ports::gateway::RunSpend;
use berth_domain::run::Outcome;
use berth_supervisor_protocol::{ByteStream, Client, ClientError, Process, ProcessId};
use bytes::Bytes;
use futures::StreamExt as _;
use futures::future::{self, BoxFuture};
use jiff::SignedDuration;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, MissedTickBehavior, Sleep};

use super::{Session, Turn};
use crate::outcome::{self, Stop};
use crate::recorder::{LeaseLost, Record};
use crate::transcript::{Lines, Reader, State};

/// How long Claude Code may take to stop when asked before it is killed. The user sees the run end within this time.
const STOP_GRACE: Duration = Duration::from_secs(4);
/// The same for a run of an agent, whose process then ends with everything it started, which takes its time too.
const STOP_GRACE_OF_AGENT: Duration = Duration::from_secs(2);
/// How often memory is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long output is read before the process's end is asked for. It matters only where something else holds the output of an
/// ended process open; a turn that is over sooner costs no request.
const ASK_FOR_END_AFTER: Duration = Duration::from_millis(250);
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
        let agent = session.agent.as_ref();
        let mask = agent.map(|agent| agent.mask.clone()).unwrap_or_default();
        Self {
            session,
            lines: Lines::new(offset, state.skipping),
            reader: Reader::new(state, mask),
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
        let mut output = self.turn.output.take();
        if output.is_none() {
            match client.stdout(&process, self.turn.progress.offset).await {
                Ok(stdout) => output = Some(stdout),
                Err(error) => return Ok(self.unreachable(&error)),
            }
        }
        self.oom_before = self.turn.berth.known_oom_kills();
        let silent = Arc::new(Notify::new());
        let mut ended = Some(end_of(client, process, silent.clone()));
        let mut spend = self.session.context.deps.gateway.watch(self.run_id());
        let mut look = tokio::time::interval_at(Instant::now() + LOOK_EVERY, LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let limit = tokio::time::sleep(self.time_left());
        tokio::pin!(limit);
        loop {
            let happened = tokio::select! {
                biased;
                () = self.session.tenure.lost.cancelled() => Happened::LeaseLost,
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
                        self.session.output = output;
                        return self.turn_ended(end).await;
                    }
                }
                Happened::ProcessEnded(process) => {
                    self.drain(&mut output, process.as_ref()).await?;
                    return Ok(self.died(process).await);
                }
                Happened::OutputEnded => {
                    output = None;
                    silent.notify_one();
                }
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
        let own = self
            .session
            .agent
            .as_ref()
            .map(|agent| SignedDuration::from_secs(agent.spec.time_limit_seconds.into()));
        let end = started + own.unwrap_or(context.config.run_limit);
        Duration::try_from(end.duration_since(now)).unwrap_or(Duration::ZERO)
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
            events: usage_event(spend).into_iter().collect(),
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

/// The end of the process, told a little late unless there is nothing to read any more.
fn end_of(
    client: Arc<Client>,
    process: ProcessId,
    silent: Arc<Notify>,
) -> BoxFuture<'static, Happened> {
    Box::pin(async move {
        tokio::select! {
            () = silent.notified() => {}
            () = tokio::time::sleep(ASK_FOR_END_AFTER) => {}
        }
        match client.wait(&process).await {
            Ok(process) => Happened::ProcessEnded(process),
            // Not the process but its whole workspace is gone.
            Err(error) => Happened::Unreachable(error),
        }
    })
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
pub(super) fn usage_event(spend: &RunSpend) -> Option<Event> {
    let usage = &spend.usage;
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
        model: spend.model.clone(),
    })
}
