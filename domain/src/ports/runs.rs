//! Runs: accepted once, claimed by lease, written under a fencing epoch, ended once.

use async_trait::async_trait;
use jiff::Timestamp;

use super::StoreResult;
use crate::event::Event;
use crate::ids::{AgentId, ConversationId, MessageId, RunId, UserId};
use crate::lease::{Lease, RunnerId};
use crate::page::{Page, PageRequest};
use crate::quota::Quota;
use crate::run::{Outcome, Progress, Run, Trigger};
use crate::usage::UsageTotals;

/// A message to be stored together with the run that answers it.
#[derive(Debug, Clone)]
pub struct Submission {
    /// Who sends it.
    pub user_id: UserId,
    /// The client's id; the same id again finds the first submission.
    pub message_id: MessageId,
    /// Where it belongs; `None` begins a conversation.
    pub conversation_id: Option<ConversationId>,
    /// Id for the conversation that is begun.
    pub new_conversation_id: ConversationId,
    /// Id for the run.
    pub run_id: RunId,
    /// The agent it is for.
    pub agent_id: Option<AgentId>,
    /// The text.
    pub content: String,
    /// What set it off.
    pub trigger: Trigger,
    /// The run that it repeats.
    pub retry_of: Option<RunId>,
    /// The user's limits.
    pub quota: Quota,
    /// Now.
    pub now: Timestamp,
}

/// Answer to a [`Submission`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Submitted {
    /// Stored, now or earlier.
    Accepted {
        /// The run.
        run_id: RunId,
        /// Where it belongs.
        conversation_id: ConversationId,
        /// Whether this id had been stored before.
        repeated: bool,
    },
    /// The named conversation does not exist, or is somebody else's.
    NoConversation,
    /// As many runs as allowed are queued or running.
    OverQuota {
        /// How many that is.
        limit: u32,
    },
    /// The id belongs to another user's message.
    IdTaken,
}

/// What a runner gets with a claim.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The run; its lease is the claimer's.
    pub run: Run,
    /// The claimer's lease.
    pub lease: Lease,
    /// What to say to Claude.
    pub content: String,
    /// The conversation's Claude Code session, once one has begun.
    pub session: Option<String>,
    /// Where an earlier claim got to.
    pub progress: Option<Progress>,
}

/// Answer to a claim.
#[derive(Debug)]
pub enum Claim {
    /// It is yours.
    Yours(Box<Claimed>),
    /// There is nothing to do: ended, unknown, leased, or an earlier run of the conversation is unfinished.
    NotNow,
}

/// Answer to a write under a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fenced<T> {
    /// Written.
    Done(T),
    /// The lease has passed to another epoch, or the run has ended: stop all work on it.
    LeaseLost,
}

/// What a renewal tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewed {
    /// The lease as it now stands.
    pub lease: Lease,
    /// Whether the owner wants the run to stop.
    pub cancel_requested: bool,
}

/// Answer to a request to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelOutcome {
    /// It was waiting and has ended now.
    Ended,
    /// Its runner is told.
    Requested,
    /// It had ended before.
    AlreadyEnded,
    /// There is no such run of this user.
    Unknown,
}

/// What one append writes, all or nothing.
#[derive(Debug, Clone, Default)]
pub struct Append {
    /// New events, in order; numbered by the store.
    pub events: Vec<Event>,
    /// Where reading goes on after them.
    pub progress: Progress,
    /// The Claude Code session, when it has become known or has changed.
    pub session: Option<String>,
    /// Tokens and cost so far, when they have changed.
    pub usage: Option<UsageTotals>,
}

/// Which runs to list.
#[derive(Debug, Clone, Default)]
pub struct RunFilter {
    /// Of one agent only.
    pub agent_id: Option<AgentId>,
    /// Of one conversation only.
    pub conversation_id: Option<ConversationId>,
}

/// The runs.
#[async_trait]
pub trait Runs: Send + Sync + std::fmt::Debug {
    /// Stores message, run and the events `message` and `queued` in one transaction, once for each message id.
    async fn submit(&self, submission: &Submission) -> StoreResult<Submitted>;

    /// The run, if this user owns it.
    async fn run(&self, user: UserId, id: RunId) -> StoreResult<Option<Run>>;

    /// Newest first.
    async fn list_runs(
        &self,
        user: UserId,
        filter: &RunFilter,
        page: &PageRequest,
    ) -> StoreResult<Page<Run>>;

    /// The text that set a run off.
    async fn run_content(&self, user: UserId, id: RunId) -> StoreResult<Option<String>>;

    /// Tries to take a run. The first claim writes the event `started`.
    async fn claim(&self, id: RunId, runner: &RunnerId, now: Timestamp) -> StoreResult<Claim>;

    /// Runs that `runner` could claim, oldest first: queued, or with a lease that has expired or is a dead incarnation's.
    async fn claimable(
        &self,
        runner: &RunnerId,
        now: Timestamp,
        limit: u32,
    ) -> StoreResult<Vec<RunId>>;

    /// Prolongs the lease.
    async fn renew(&self, id: RunId, epoch: u64, now: Timestamp) -> StoreResult<Fenced<Renewed>>;

    /// Appends events; answers the number of the last one.
    async fn append(
        &self,
        id: RunId,
        epoch: u64,
        append: &Append,
        now: Timestamp,
    ) -> StoreResult<Fenced<u64>>;

    /// Ends the run: last events, `finished`, the assistant's message, outcome and release of the lease in one transaction.
    async fn finish(
        &self,
        id: RunId,
        epoch: u64,
        last: &Append,
        outcome: &Outcome,
        answer: Option<(MessageId, String)>,
        now: Timestamp,
    ) -> StoreResult<Fenced<()>>;

    /// Asks for a run to stop; one that nobody has claimed ends at once.
    async fn request_cancel(
        &self,
        user: UserId,
        id: RunId,
        now: Timestamp,
    ) -> StoreResult<CancelOutcome>;

    /// Unfinished runs of a conversation, oldest first.
    async fn unfinished(
        &self,
        user: UserId,
        conversation: ConversationId,
    ) -> StoreResult<Vec<RunId>>;
}
