//! What Claude has proposed, in Firestore.

use async_trait::async_trait;
use berth_domain::ids::{AgentId, ConversationId, ProposalId, RunId, UserId};
use berth_domain::ports::StoreResult;
use berth_domain::ports::proposals::{Decided, Decision, Proposals};
use berth_domain::proposal::{Proposal, ProposalBody, ProposalState};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::convert::{at, json, key, maybe_at};
use crate::db::query::{Query, text};
use crate::db::work::Work;
use crate::db::{Done, Path, Record};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ProposalRecord {
    id: ProposalId,
    user_id: UserId,
    conversation_id: ConversationId,
    run_id: RunId,
    #[serde(with = "json")]
    body: ProposalBody,
    state: ProposalState,
    agent_id: Option<AgentId>,
    #[serde(with = "at")]
    created_at: Timestamp,
    #[serde(default, with = "maybe_at")]
    decided_at: Option<Timestamp>,
}

impl Record for ProposalRecord {
    const COLLECTION: &'static str = "proposals";
}

fn path(id: ProposalId) -> Path<ProposalRecord> {
    Path::new(&key(id.0))
}

impl From<&Proposal> for ProposalRecord {
    fn from(proposal: &Proposal) -> Self {
        Self {
            id: proposal.id,
            user_id: proposal.user_id,
            conversation_id: proposal.conversation_id,
            run_id: proposal.run_id,
            body: proposal.body.clone(),
            state: proposal.state,
            agent_id: proposal.agent_id,
            created_at: proposal.created_at,
            decided_at: proposal.decided_at,
        }
    }
}

impl From<ProposalRecord> for Proposal {
    fn from(record: ProposalRecord) -> Self {
        Self {
            id: record.id,
            user_id: record.user_id,
            conversation_id: record.conversation_id,
            run_id: record.run_id,
            body: record.body,
            state: record.state,
            agent_id: record.agent_id,
            created_at: record.created_at,
            decided_at: record.decided_at,
        }
    }
}

async fn decide(
    work: &Work,
    user: UserId,
    id: ProposalId,
    decision: &Decision,
    now: Timestamp,
) -> Done<Decided> {
    let found = work.get(&path(id)).await?;
    let Some(mut found) = found.filter(|found| found.user_id == user) else {
        return Ok(Decided::Unknown);
    };
    if found.state == ProposalState::Open {
        found.state = decision.state();
        if let Decision::Confirm { agent, saved } = decision {
            found.agent_id = Some(*agent);
            found.body = (**saved).clone();
        }
        found.decided_at = Some(now);
        work.put(&path(id), &found)?;
    }
    let decided = found.state == decision.state();
    let proposal = Box::new(found.into());
    Ok(if decided {
        Decided::Done(proposal)
    } else {
        Decided::Otherwise(proposal)
    })
}

#[async_trait]
impl Proposals for Store {
    async fn add_proposal(&self, proposal: &Proposal) -> StoreResult<()> {
        let record = ProposalRecord::from(proposal);
        let record = &record;
        self.db
            .change("proposals.add", |work| async move {
                let path = path(record.id);
                if work.get(&path).await?.is_none() {
                    work.put(&path, record)?;
                }
                Ok(())
            })
            .await
    }

    async fn proposal(&self, user: UserId, id: ProposalId) -> StoreResult<Option<Proposal>> {
        let found = self.db.get(&path(id)).await;
        let found = found.map_err(|trouble| trouble.at("proposals.get"))?;
        Ok(found
            .filter(|found| found.user_id == user)
            .map(Proposal::from))
    }

    async fn proposals_in(
        &self,
        user: UserId,
        conversation: ConversationId,
    ) -> StoreResult<Vec<Proposal>> {
        let mut found: Vec<ProposalRecord> = Query::of::<ProposalRecord>()
            .equal("conversation_id", text(conversation.to_string()))
            .equal("user_id", text(user.to_string()))
            .records(&self.db)
            .await
            .map_err(|trouble| trouble.at("proposals.in"))?;
        // A conversation has a few.
        found.sort_unstable_by_key(|found| (found.created_at, found.id));
        Ok(found.into_iter().map(Proposal::from).collect())
    }

    async fn open_proposals(&self, user: UserId, limit: u32) -> StoreResult<Vec<Proposal>> {
        let mut found: Vec<ProposalRecord> = Query::of::<ProposalRecord>()
            .equal("user_id", text(user.to_string()))
            .equal("state", text(ProposalState::Open.as_str()))
            .down("created_at")
            .limit(limit)
            .records(&self.db)
            .await
            .map_err(|trouble| trouble.at("proposals.open"))?;
        found.sort_unstable_by_key(|found| std::cmp::Reverse((found.created_at, found.id)));
        Ok(found.into_iter().map(Proposal::from).collect())
    }

    async fn decide(
        &self,
        user: UserId,
        id: ProposalId,
        decision: &Decision,
        now: Timestamp,
    ) -> StoreResult<Decided> {
        self.db
            .change("proposals.decide", |work| async move {
                decide(&work, user, id, decision, now).await
            })
            .await
    }
}
