//! Runs.

use berth_domain::dispatch::Accepted;
use berth_domain::ids::MessageId;
use berth_domain::run::{Reason, Run, RunState, Trigger};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{CheckResultView, UsageView, word};

word! {
    /// What set a run off.
    TriggerWord(Trigger)
}
word! {
    /// Where a run stands.
    RunStateWord(RunState)
}
word! {
    /// Why a run ended as it did.
    ReasonWord(Reason)
}

/// One piece of work, from `queued` to exactly one terminal state.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Run)]
pub(crate) struct RunView {
    /// Its id.
    pub(crate) id: Uuid,
    /// The agent it runs, when it runs one.
    agent_id: Option<Uuid>,
    /// That agent's name when the run was accepted; null for a chat.
    pub(crate) agent_name: Option<String>,
    /// The agent's version it was given; null for a chat and for a test run of what was not saved.
    agent_version: Option<u32>,
    /// The schedule whose slot it stands for.
    schedule_id: Option<Uuid>,
    /// That slot's time.
    scheduled_at: Option<Timestamp>,
    /// The conversation it belongs to.
    conversation_id: Uuid,
    /// The message that asked for it.
    message_id: Uuid,
    /// What set it off.
    trigger: TriggerWord,
    /// The run this one repeats.
    retry_of: Option<Uuid>,
    /// Where it stands.
    state: RunStateWord,
    /// Why it ended; null until then.
    reason: Option<ReasonWord>,
    /// Whether its definition of done was met; null where there is none.
    proved: Option<bool>,
    /// Each check of its definition of done; only where a single run is asked for, and null before they were made.
    pub(crate) checks: Option<Vec<CheckResultView>>,
    /// When it was accepted.
    queued_at: Timestamp,
    /// When a runner first claimed it.
    started_at: Option<Timestamp>,
    /// When it ended.
    finished_at: Option<Timestamp>,
    /// From the first claim to the end, in milliseconds.
    duration_ms: Option<u64>,
    /// When its owner asked for it to stop.
    cancel_requested_at: Option<Timestamp>,
    /// The answer's last text, or what is known about the failure.
    result: Option<String>,
    /// Tokens and cost so far.
    usage: UsageView,
    /// How many times a runner has claimed it.
    attempt: u32,
}

impl From<Run> for RunView {
    fn from(run: Run) -> Self {
        Self {
            duration_ms: run.duration_ms(),
            id: run.id.0,
            agent_id: run.agent_id.map(|id| id.0),
            agent_name: run.agent_name,
            agent_version: run.agent_version,
            schedule_id: run.slot.map(|(schedule, _)| schedule.0),
            scheduled_at: run.slot.map(|(_, at)| at),
            checks: None,
            conversation_id: run.conversation_id.0,
            message_id: run.message_id.0,
            trigger: TriggerWord(run.trigger),
            retry_of: run.retry_of.map(|id| id.0),
            state: RunStateWord(run.state),
            reason: run.reason.map(ReasonWord),
            proved: run.proved,
            queued_at: run.queued_at,
            started_at: run.started_at,
            finished_at: run.finished_at,
            cancel_requested_at: run.cancel_requested_at,
            result: run.result,
            usage: run.usage.into(),
            attempt: run.attempt,
        }
    }
}

/// A message that is stored, and the run that answers it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Accepted)]
pub(crate) struct AcceptedView {
    /// The message.
    id: Uuid,
    /// Where it belongs.
    conversation_id: Uuid,
    /// The run.
    pub(crate) run_id: Uuid,
}

impl AcceptedView {
    /// What became of message `id`.
    pub(crate) fn new(id: MessageId, accepted: &Accepted) -> Self {
        Self {
            id: id.0,
            conversation_id: accepted.conversation_id.0,
            run_id: accepted.run_id.0,
        }
    }
}
