//! Runs, in SQLite: each verb is one transaction.

mod claim;
mod finish;
mod row;
mod submit;

use async_trait::async_trait;
use berth_domain::ids::{ConversationId, MessageId, RunId, UserId};
use berth_domain::lease::RunnerId;
use berth_domain::page::{Page, PageRequest};
use berth_domain::ports::StoreResult;
use berth_domain::ports::runs::{
    Append, CancelOutcome, Claim, Fenced, Renewed, RunFilter, Runs, Submission, Submitted,
};
use berth_domain::run::{Outcome, Run};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use crate::Store;
use crate::conversations::page;
use crate::convert::{cursor, parse_cursor, parsed};
use row::{COLUMNS, position_and_run, run};

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
                let before = parse_cursor(request.cursor.as_deref()).map_or(i64::MAX, |(at, _)| at);
                let rows = db
                    .prepare_cached(&format!(
                        "SELECT {COLUMNS}, position FROM executions
                         WHERE user_id = ?1 AND position < ?2
                           AND (?3 IS NULL OR agent_id = ?3)
                           AND (?4 IS NULL OR conversation_id = ?4)
                         ORDER BY position DESC LIMIT ?5"
                    ))?
                    .query_map(
                        params![
                            user.to_string(),
                            before,
                            filter.agent_id.map(|id| id.to_string()),
                            filter.conversation_id.map(|id| id.to_string()),
                            request.limit() + 1
                        ],
                        position_and_run,
                    )?
                    .collect::<rusqlite::Result<Vec<_>>>()?;
                let page = page(rows, request.limit(), |(position, run)| {
                    cursor(*position, run.id)
                });
                Ok(Page {
                    items: page.items.into_iter().map(|(_, run)| run).collect(),
                    next: page.next,
                })
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

    async fn claim(&self, id: RunId, runner: &RunnerId, now: Timestamp) -> StoreResult<Claim> {
        let runner = runner.clone();
        self.db
            .write("runs.claim", move |db| claim::claim(db, id, &runner, now))
            .await
    }

    async fn claimable(
        &self,
        runner: &RunnerId,
        now: Timestamp,
        limit: u32,
    ) -> StoreResult<Vec<RunId>> {
        let runner = runner.clone();
        self.db
            .read("runs.claimable", move |db| {
                claim::claimable(db, &runner, now, limit)
            })
            .await
    }

    async fn renew(&self, id: RunId, epoch: u64, now: Timestamp) -> StoreResult<Fenced<Renewed>> {
        self.db
            .write("runs.renew", move |db| claim::renew(db, id, epoch, now))
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
    ) -> StoreResult<Fenced<()>> {
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
                finish::request_cancel(db, user, id, now)
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
