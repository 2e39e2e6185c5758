//! What Claude proposes in a chat: nothing is saved or scheduled before its user has confirmed it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::agent::AgentSpec;
use crate::ids::{AgentId, ConversationId, ProposalId, RunId, UserId};
use crate::schedule::ScheduleSpec;

/// What is proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ProposalBody {
    /// A new agent, with or without a schedule.
    Agent {
        /// The agent.
        agent: AgentSpec,
        /// When it runs.
        schedule: Option<ScheduleSpec>,
    },
    /// A schedule for an agent that exists; it replaces the one it has.
    Schedule {
        /// Whose.
        agent_id: AgentId,
        /// When it runs.
        schedule: ScheduleSpec,
    },
}

impl ProposalBody {
    /// The word in `kind`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Agent { .. } => "agent",
            Self::Schedule { .. } => "schedule",
        }
    }
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposalState {
    /// Its user has not decided.
    Open,
    /// Saved.
    Confirmed,
    /// Not wanted.
    Declined,
}

impl ProposalState {
    /// The word on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Confirmed => "confirmed",
            Self::Declined => "declined",
        }
    }

    /// The value of a word; `None` when there is no such word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Open, Self::Confirmed, Self::Declined]
            .into_iter()
            .find(|state| state.as_str() == word)
    }
}

/// A proposal, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// Its id.
    pub id: ProposalId,
    /// Who decides.
    pub user_id: UserId,
    /// Where it was made.
    pub conversation_id: ConversationId,
    /// By which run.
    pub run_id: RunId,
    /// What is proposed; of a confirmed one what was saved, which its user may have edited.
    pub body: ProposalBody,
    /// What became of it.
    pub state: ProposalState,
    /// The agent that was saved or scheduled.
    pub agent_id: Option<AgentId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
}
