//! Runs: accepted once, claimed by lease, written under a fencing epoch, ended once.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use super::StoreResult;
use crate::agent::AgentSnapshot;
use crate::event::Event;
use crate::ids::{AgentId, ConversationId, MessageId, RunId, UserId};
use crate::lease::{Lease, RunnerId};
use crate::page::{Page, PageRequest};
use crate::quota::Quota;
use crate::run::{Outcome, Progress, Reason, Run, RunState, Trigger};
use crate::usage::{MicroUsd, UsageTotals};

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
    /// The agent it is for, or is about.
    pub agent_id: Option<AgentId>,
    /// The agent's content, when this is a run of it and not a chat: then its conversation is a new one, of origin
    /// [`Origin::Run`](crate::conversation::Origin::Run), and `content` is its prompt.
    pub agent: Option<AgentSnapshot>,
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
    /// The named conversation is the log of an agent's run, which takes no further messages.
    OfRun,
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
    /// The agent it runs; `None` for a chat.
    pub agent: Option<AgentSnapshot>,
    /// The conversation's Claude Code session, once one has begun.
    pub session: Option<String>,
    /// Where an earlier claim got to.
    pub progress: Option<Progress>,
}

/// Says whose runs a runner may claim: of users whose workspaces live on it. A message with a run's id may be forged or misrouted, and does
/// not say whose run it is.
pub type MayClaim = Arc<dyn Fn(UserId) -> bool + Send + Sync>;

/// Answer to a claim.
#[derive(Debug, Clone)]
pub enum Claim {
    /// It is yours.
    Yours(Box<Claimed>),
    /// It could be claimed, but not by this runner: it is this user's, whose runs it may not claim.
    NotHere(UserId),
    /// There is nothing to do: ended, unknown, leased, or an earlier run of the conversation is unfinished.
    NotNow,
}

/// What is known when a run has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Whether another run may have waited for this end: one of the same conversation, or one of a schedule. Never missed, but a store may
    /// say so for nothing.
    pub others_may_wait: bool,
}

/// Answer to a write under a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fenced<T> {
    /// Written.
    Done(T),
    /// The lease has passed to another epoch, or the run has ended: stop all work on it.
    LeaseLost,
}

impl<T> Fenced<T> {
    /// The same answer with something else in it.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Fenced<U> {
        match self {
            Self::Done(done) => Fenced::Done(change(done)),
            Self::LeaseLost => Fenced::LeaseLost,
        }
    }
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
    /// `true`: runs of agents only; `false`: chats only.
    pub of_agents: Option<bool>,
    /// In one of these states only; empty is any.
    pub states: Vec<RunState>,
    /// Set off in one of these ways only; empty is any.
    pub triggers: Vec<Trigger>,
    /// Ended for this reason only.
    pub reason: Option<Reason>,
    /// With this verdict of their definition of done only.
    pub proved: Option<bool>,
    /// Accepted at or after.
    pub from: Option<Timestamp>,
    /// Accepted before.
    pub to: Option<Timestamp>,
    /// Ended at or after.
    pub finished_from: Option<Timestamp>,
}

/// One ended run among an agent's last ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunMark {
    /// Which.
    pub id: RunId,
    /// When it was accepted.
    pub queued_at: Timestamp,
    /// Where it stands.
    pub state: RunState,
    /// Why it ended; `None` before.
    pub reason: Option<Reason>,
    /// The verdict of its definition of done.
    pub proved: Option<bool>,
    /// What it cost.
    pub cost: MicroUsd,
}

/// What an agent has done lately.
#[derive(Debug, Clone)]
pub struct AgentActivity {
    /// Which agent.
    pub agent_id: AgentId,
    /// Its newest run.
    pub last: Option<Run>,
    /// Its runs since the asked instant, newest first, at most 200.
    pub marks: Vec<RunMark>,
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

    /// The agent's content a run was given; `None` for a chat, and for a run of somebody else.
    async fn run_agent(&self, user: UserId, id: RunId) -> StoreResult<Option<AgentSnapshot>>;

    /// What a user's agents have done since an instant, in the order of `agents`.
    async fn agent_activity(
        &self,
        user: UserId,
        agents: &[AgentId],
        since: Timestamp,
    ) -> StoreResult<Vec<AgentActivity>>;

    /// Tries to take a run. The first claim writes the event `started`. A scheduled run waits while an earlier run of its agent is
    /// unfinished, and while as many runs of its user are running as `quota` allows: nobody is there to be refused.
    async fn claim(
        &self,
        id: RunId,
        runner: &RunnerId,
        quota: Quota,
        now: Timestamp,
    ) -> StoreResult<Claim> {
        self.claim_if(id, runner, quota, now, Arc::new(|_| true))
            .await
    }

    /// The same, where `may` decides last, and without another look into the store, whether it may be this runner's.
    async fn claim_if(
        &self,
        id: RunId,
        runner: &RunnerId,
        quota: Quota,
        now: Timestamp,
        may: MayClaim,
    ) -> StoreResult<Claim>;

    /// Runs that `runner` could claim, oldest first: queued, or with a lease that has expired or is a dead incarnation's.
    async fn claimable(
        &self,
        runner: &RunnerId,
        quota: Quota,
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
    ) -> StoreResult<Fenced<Ended>>;

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
