//! What Claude has proposed, in SQLite.

use async_trait::async_trait;
use berth_domain::ids::{ConversationId, ProposalId, UserId};
use berth_domain::ports::StoreResult;
use berth_domain::ports::proposals::{Decided, Decision, Proposals};
use berth_domain::proposal::{Proposal, ProposalState};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::Store;
use crate::convert::{
    json, maybe_parsed, maybe_timestamp, micros, parsed, timestamp, to_json, word,
};

/// Columns in the order in which [`proposal`] reads them.
const COLUMNS: &str =
    "id, user_id, conversation_id, run_id, body, state, agent_id, created_at, decided_at";

fn proposal(row: &Row<'_>) -> rusqlite::Result<Proposal> {
    Ok(Proposal {
        id: parsed(row, 0)?,
        user_id: parsed(row, 1)?,
        conversation_id: parsed(row, 2)?,
        run_id: parsed(row, 3)?,
        body: json(row, 4)?,
        state: word(row, 5, ProposalState::parse)?,
        agent_id: maybe_parsed(row, 6)?,
        created_at: timestamp(row, 7)?,
        decided_at: maybe_timestamp(row, 8)?,
    })
}

fn find(db: &Connection, user: UserId, id: ProposalId) -> rusqlite::Result<Option<Proposal>> {
    db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM proposals WHERE id = ?1 AND user_id = ?2"
    ))?
    .query_row([id.to_string(), user.to_string()], proposal)
    .optional()
}

fn add(db: &Connection, proposal: &Proposal) -> rusqlite::Result<()> {
    db.prepare_cached(&format!(
        "INSERT INTO proposals ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (id) DO NOTHING"
    ))?
    .execute(params![
        proposal.id.to_string(),
        proposal.user_id.to_string(),
        proposal.conversation_id.to_string(),
        proposal.run_id.to_string(),
        to_json(&proposal.body)?,
        proposal.state.as_str(),
        proposal.agent_id.map(|id| id.to_string()),
        micros(proposal.created_at),
        proposal.decided_at.map(micros),
    ])?;
    Ok(())
}

fn decide(
    db: &Connection,
    user: UserId,
    id: ProposalId,
    decision: &Decision,
    now: Timestamp,
) -> rusqlite::Result<Decided> {
    let state = decision.state();
    let (agent, saved) = match decision {
        Decision::Confirm { agent, saved } => (Some(agent.to_string()), Some(to_json(saved)?)),
        Decision::Decline => (None, None),
    };
    db.prepare_cached(
        "UPDATE proposals SET state = ?3, agent_id = ?4, body = coalesce(?5, body), decided_at = ?6
         WHERE id = ?1 AND user_id = ?2 AND state = 'open'",
    )?
    .execute(params![
        id.to_string(),
        user.to_string(),
        state.as_str(),
        agent,
        saved,
        micros(now),
    ])?;
    Ok(match find(db, user, id)? {
        None => Decided::Unknown,
        Some(found) if found.state == state => Decided::Done(Box::new(found)),
        Some(found) => Decided::Otherwise(Box::new(found)),
    })
}

#[async_trait]
impl Proposals for Store {
    async fn add_proposal(&self, proposal: &Proposal) -> StoreResult<()> {
        let proposal = proposal.clone();
        self.db
            .write("proposals.add", move |db| add(db, &proposal))
            .await
    }

    async fn proposal(&self, user: UserId, id: ProposalId) -> StoreResult<Option<Proposal>> {
        self.db
            .read("proposals.get", move |db| find(db, user, id))
            .await
    }

    async fn proposals_in(
        &self,
        user: UserId,
        conversation: ConversationId,
    ) -> StoreResult<Vec<Proposal>> {
        self.db
            .read("proposals.in", move |db| {
                db.prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM proposals WHERE conversation_id = ?1 AND user_id = ?2
                     ORDER BY created_at, id"
                ))?
                .query_map([conversation.to_string(), user.to_string()], proposal)?
                .collect()
            })
            .await
    }

    async fn open_proposals(&self, user: UserId, limit: u32) -> StoreResult<Vec<Proposal>> {
        self.db
            .read("proposals.open", move |db| {
                db.prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM proposals WHERE user_id = ?1 AND state = 'open'
                     ORDER BY created_at DESC, id DESC LIMIT ?2"
                ))?
                .query_map(params![user.to_string(), limit], proposal)?
                .collect()
            })
            .await
    }

    async fn decide(
        &self,
        user: UserId,
        id: ProposalId,
        decision: &Decision,
        now: Timestamp,
    ) -> StoreResult<Decided> {
        let decision = decision.clone();
        self.db
            .write("proposals.decide", move |db| {
                decide(db, user, id, &decision, now)
            })
            .await
    }
}
