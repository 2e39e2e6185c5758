//! Runs, in SQLite: each verb is one transaction.

pub(crate) mod activity;
pub(crate) mod claim;
pub(crate) mod finish;
mod list;
pub(crate) mod row;
pub(crate) mod submit;

use async_trait::async_trait;
use berth_domain::agent::AgentSnapshot;
use berth_domain::ids::{AgentId, ConversationId, MessageId, RunId, UserId};
use berth_domain::lease::RunnerId;
use berth_domain::page::{Page, PageRequest};
use berth_domain::ports::StoreResult;
use berth_domain::ports::runs::{
    AgentActivity, Append, CancelOutcome, Claim, Ended, Fenced, MayClaim, Renewed, RunFilter, Runs,
    Submission, Submitted,
};
use berth_domain::quota::Quota;
use berth_domain::run::{Outcome, Reason, Run};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use crate::Store;
use crate::convert::{maybe_json, parsed};
use crate::db::Survives;
use row::{COLUMNS, run};

#[async_trait]
impl Runs for Store {
    async fn submit(&self, submission: &Submission) -> StoreResult<Submitted> {
        let submission = submission.clone();
        self.db
            .write("runs.submit", move |db| submit::submit(db, &submission))
            .await
    }

    async fn run(&self, user: UserId, id: RunId) -> StoreResult<Option<Run>> {
        self.db
            .read("runs.get", move |db| {
                db.prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM executions WHERE id = ?1 AND user_id = ?2"
                ))?
                .query_row(params![id.to_string(), user.to_string()], run)
                .optional()
            })
            .await
    }

    async fn list_runs(
        &self,
        user: UserId,
        filter: &RunFilter,
        request: &PageRequest,
    ) -> StoreResult<Page<Run>> {
        let (filter, request) = (filter.clone(), request.clone());
        self.db
            .read("runs.list", move |db| {
                list::list(db, user, &filter, &request)
            })
            .await
    }

    async fn run_content(&self, user: UserId, id: RunId) -> StoreResult<Option<String>> {
        self.db
            .read("runs.content", move |db| {
                db.prepare_cached(
                    "SELECT m.content FROM messages m JOIN executions e ON e.message_id = m.id
                     WHERE e.id = ?1 AND e.user_id = ?2",
                )?
                .query_row(params![id.to_string(), user.to_string()], |row| row.get(0))
                .optional()
            })
            .await
    }

    async fn run_agent(&self, user: UserId, id: RunId) -> StoreResult<Option<AgentSnapshot>> {
        self.db
            .read("runs.agent", move |db| {
                let agent = db
                    .prepare_cached("SELECT agent FROM executions WHERE id = ?1 AND user_id = ?2")?
                    .query_row(params![id.to_string(), user.to_string()], |row| {
                        maybe_json(row, 0)
                    })
                    .optional()?;
                Ok(agent.flatten())
            })
            .await
    }

    async fn agent_activity(
        &self,
        user: UserId,
        agents: &[AgentId],
        since: Timestamp,
    ) -> StoreResult<Vec<AgentActivity>> {
        let agents = agents.to_vec();
        self.db
            .read("runs.agent_activity", move |db| {
                agents
                    .iter()
                    .map(|agent| activity::of(db, user, *agent, since))
                    .collect()
            })
            .await
    }

    async fn claim_if(
        &self,
        id: RunId,
        runner: &RunnerId,
        quota: Quota,
        now: Timestamp,
        may: MayClaim,
    ) -> StoreResult<Claim> {
        let runner = runner.clone();
        self.db
            // A machine that loses its power loses what was claimed as well: the run waits again, as if nobody had taken it.
            .write_surviving(Survives::ThisProcess, "runs.claim", move |db| {
                claim::claim(db, id, &runner, quota, now, &may)
            })
            .await
    }

    async fn claimable(
        &self,
        runner: &RunnerId,
        quota: Quota,
        now: Timestamp,
        limit: u32,
    ) -> StoreResult<Vec<RunId>> {
        let runner = runner.clone();
        self.db
            .read("runs.claimable", move |db| {
                claim::claimable(db, &runner, quota, now, limit)
            })
            .await
    }

    async fn renew(&self, id: RunId, epoch: u64, now: Timestamp) -> StoreResult<Fenced<Renewed>> {
        self.db
            .write_surviving(Survives::ThisProcess, "runs.renew", move |db| {
                claim::renew(db, id, epoch, now)
            })
            .await
    }

    async fn append(
        &self,
        id: RunId,
        epoch: u64,
        append: &Append,
        now: Timestamp,
    ) -> StoreResult<Fenced<u64>> {
        let append = append.clone();
        self.db
            .write("runs.append", move |db| {
                finish::append(db, id, epoch, &append, now)
            })
            .await
    }

    async fn finish(
        &self,
        id: RunId,
        epoch: u64,
        last: &Append,
        outcome: &Outcome,
        answer: Option<(MessageId, String)>,
        now: Timestamp,
    ) -> StoreResult<Fenced<Ended>> {
        let (last, outcome) = (last.clone(), outcome.clone());
        self.db
            .write("runs.finish", move |db| {
                finish::finish(db, id, epoch, &last, &outcome, answer.as_ref(), now)
            })
            .await
    }

    async fn request_cancel(
        &self,
        user: UserId,
        id: RunId,
        now: Timestamp,
    ) -> StoreResult<CancelOutcome> {
        self.db
            .write("runs.request_cancel", move |db| {
                finish::request_cancel(db, user, id, Reason::StoppedByUser, now)
            })
            .await
    }

    async fn unfinished(
        &self,
        user: UserId,
        conversation: ConversationId,
    ) -> StoreResult<Vec<RunId>> {
        self.db
            .read("runs.unfinished", move |db| {
                db.prepare_cached(
                    "SELECT id FROM executions
                     WHERE conversation_id = ?1 AND user_id = ?2 AND state IN ('queued', 'running')
                     ORDER BY position",
                )?
                .query_map(params![conversation.to_string(), user.to_string()], |row| {
                    parsed(row, 0)
                })?
                .collect()
            })
            .await
    }
}
