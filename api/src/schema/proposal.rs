//! What Claude has proposed.

use berth_domain::proposal::{Proposal, ProposalBody, ProposalState};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::agent::AgentSpecView;
use super::schedule::ScheduleSpecView;

/// Something Claude proposed in a conversation. Nothing of it is saved before its user has confirmed it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Proposal)]
pub(crate) struct ProposalView {
    /// Its id.
    id: Uuid,
    /// Where it was made.
    conversation_id: Uuid,
    /// By which run.
    run_id: Uuid,
    /// What is proposed.
    kind: ProposalKind,
    /// The agent that is proposed; null in one of kind `schedule`.
    agent: Option<AgentSpecView>,
    /// When it would run by itself.
    schedule: Option<ScheduleSpecView>,
    /// The agent that would be scheduled, or that was saved.
    agent_id: Option<Uuid>,
    /// That agent's name.
    agent_name: Option<String>,
    /// What became of it.
    state: ProposalStateWord,
    /// When it was made.
    created_at: Timestamp,
    /// When it was decided.
    decided_at: Option<Timestamp>,
}

impl ProposalView {
    /// The view; `agent_name` is that of an agent that exists.
    pub(crate) fn new(proposal: Proposal, agent_name: Option<String>) -> Self {
        let (kind, agent, schedule, about) = match proposal.body {
            ProposalBody::Agent { agent, schedule } => {
                (ProposalKind::Agent, Some(agent), schedule, None)
            }
            ProposalBody::Schedule { agent_id, schedule } => {
                (ProposalKind::Schedule, None, Some(schedule), Some(agent_id))
            }
        };
        Self {
            id: proposal.id.0,
            conversation_id: proposal.conversation_id.0,
            run_id: proposal.run_id.0,
            kind,
            agent: agent.map(AgentSpecView::from),
            schedule: schedule.map(ScheduleSpecView::from),
            agent_id: proposal.agent_id.or(about).map(|id| id.0),
            agent_name,
            state: proposal.state.into(),
            created_at: proposal.created_at,
            decided_at: proposal.decided_at,
        }
    }
}

/// What is proposed.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ProposalKind {
    /// A new agent, with or without a schedule.
    Agent,
    /// A schedule for an agent that exists.
    Schedule,
}

/// What became of a proposal.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = ProposalState)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProposalStateWord {
    /// Its user has not decided.
    Open,
    /// Saved.
    Confirmed,
    /// Not wanted.
    Declined,
}

impl From<ProposalState> for ProposalStateWord {
    fn from(state: ProposalState) -> Self {
        match state {
            ProposalState::Open => Self::Open,
            ProposalState::Confirmed => Self::Confirmed,
            ProposalState::Declined => Self::Declined,
        }
    }
}
