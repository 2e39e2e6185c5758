//! What Claude has proposed.

use async_trait::async_trait;
use jiff::Timestamp;

use super::StoreResult;
use crate::ids::{AgentId, ConversationId, ProposalId, UserId};
use crate::proposal::{Proposal, ProposalBody, ProposalState};

/// What its user says to a proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Yes.
    Confirm {
        /// The agent that was saved or scheduled.
        agent: AgentId,
        /// What was saved: as proposed, or as its user has edited it. It takes the place of what was proposed.
        saved: Box<ProposalBody>,
    },
    /// No.
    Decline,
}

impl Decision {
    /// Where the proposal stands then.
    pub const fn state(&self) -> ProposalState {
        match self {
            Self::Confirm { .. } => ProposalState::Confirmed,
            Self::Decline => ProposalState::Declined,
        }
    }
}

/// Answer to a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// It stands as asked for, now or already.
    Done(Box<Proposal>),
    /// It was decided the other way before.
    Otherwise(Box<Proposal>),
    /// No such proposal of this user.
    Unknown,
}

/// Proposals. Another user's id answers as if it did not exist.
#[async_trait]
pub trait Proposals: Send + Sync + std::fmt::Debug {
    /// Stores an open proposal.
    async fn add_proposal(&self, proposal: &Proposal) -> StoreResult<()>;

    /// The proposal, if it is this user's to decide.
    async fn proposal(&self, user: UserId, id: ProposalId) -> StoreResult<Option<Proposal>>;

    /// A conversation's proposals, oldest first.
    async fn proposals_in(
        &self,
        user: UserId,
        conversation: ConversationId,
    ) -> StoreResult<Vec<Proposal>>;

    /// A user's open proposals, newest first.
    async fn open_proposals(&self, user: UserId, limit: u32) -> StoreResult<Vec<Proposal>>;

    /// Decides an open one.
    async fn decide(
        &self,
        user: UserId,
        id: ProposalId,
        decision: &Decision,
        now: Timestamp,
    ) -> StoreResult<Decided>;
}
