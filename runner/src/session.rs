//! One run, from claim to finish. Read this file first: everything else in the runner serves it.

mod begin;
mod files;
mod finish;
mod follow;
mod limits;
mod patience;
mod report;

use std::sync::Arc;

use berth_domain::event::Status;
use berth_domain::ports::runs::Claimed;
use berth_domain::run::{Outcome, Progress, Reason, RunState};
use berth_domain::run_token::RunToken;
use berth_domain::usage::UsageTotals;
use berth_supervisor_protocol::{ByteStream, ProcessId};
use jiff::Timestamp;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::agent::AgentRun;
use crate::context::Context;
use crate::keeper::Keeper;
use crate::processes::Slot;
use crate::recorder::{LeaseLost, Recorder};
use crate::tenure::Tenure;
use crate::workspace::Berth;
use follow::{Followed, Follower};
use report::Report;

/// How often a process that is not there any more is replaced before the run is given up.
const TRIES: u32 = 3;

/// What reaches a session from outside.
#[derive(Debug, Clone)]
pub(crate) struct Signals {
    /// The store says that the owner wants the run to stop.
    pub(crate) cancel: CancellationToken,
    /// The store may have news of the run: a hint, which by itself proves nothing.
    pub(crate) look: Arc<Notify>,
    /// This runner ends; the run is left for the next incarnation.
    pub(crate) detach: CancellationToken,
    /// This runner has lost all it had: nothing more is written.
    pub(crate) gone: CancellationToken,
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
    let keeper = Keeper::start(context.clone(), run.id, &claimed.lease, &signals);
    let recorder = Recorder::start(context.clone(), &claimed, keeper.tenure.clone());
    let mut slot = context.processes.lock(run.conversation_id).await;
    let mut session = Session {
        context: &context,
        claimed: &claimed,
        signals,
        tenure: keeper.tenure.clone(),
        recorder,
        agent: None,
        report: Report::default(),
        told: UsageTotals::default(),
        granted: None,
        process: None,
        resume: claimed.session.clone(),
        output: None,
        started: 0,
    };
    let end = session.work(&mut slot).await;
    session.end(end, &mut slot).await;
}

/// What a session holds while it works.
struct Session<'a> {
    context: &'a Arc<Context>,
    claimed: &'a Claimed,
    signals: Signals,
    tenure: Tenure,
    recorder: Recorder,
    /// The agent that runs; `None` in a chat.
    agent: Option<AgentRun>,
    /// What it has said so far.
    report: Report,
    /// What the last stored `usage` event told.
    told: UsageTotals,
    /// The token that was bound to this run.
    granted: Option<RunToken>,
    /// The process that was used last.
    process: Option<ProcessId>,
    /// The Claude Code session to go on with.
    resume: Option<String>,
    /// The followed output of a process whose turn has ended.
    output: Option<ByteStream>,
    /// Processes that this claim has started.
    started: u32,
}

/// A workspace, a process in it, and where to read its answer.
struct Turn {
    berth: Berth,
    process: ProcessId,
    progress: Progress,
    /// What it writes from there on, where that is being read already.
    output: Option<ByteStream>,
    /// Whether the process was started with an earlier session's memory, for this run.
    resumed: bool,
}

impl Session<'_> {
    async fn work(&mut self, slot: &mut Slot) -> End {
        let secrets = self.context.deps.secrets.as_ref();
        match self
            .answered(async || AgentRun::of(self.claimed, secrets).await)
            .await
        {
            Ok(agent) => self.agent = agent,
            Err(end) => return end,
        }
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
            self.process = Some(turn.process.clone());
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
}

/// Milliseconds since 1970, as the supervisor counts.
fn millis(at: Timestamp) -> u64 {
    u64::try_from(at.as_millisecond()).unwrap_or(0)
}
