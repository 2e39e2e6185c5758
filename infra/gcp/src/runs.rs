//! Runs, in Firestore: each verb is one commit.

mod activity;
pub(crate) mod claim;
mod claimable;
pub(crate) mod finish;
mod list;
mod places;
pub(crate) mod row;
pub(crate) mod submit;
pub(crate) mod thread;

use async_trait::async_trait;
use berth_domain::agent::AgentSnapshot;
use berth_domain::ids::{AgentId, ConversationId, MessageId, RunId, UserId};
use berth_domain::lease::RunnerId;
use berth_domain::page::{Page, PageRequest};
use berth_domain::ports::runs::{
    AgentActivity, Append, CancelOutcome, Claim, Ended, Fenced, MayClaim, Renewed, RunFilter, Runs,
    Submission, Submitted,
};
use berth_domain::ports::{StoreError, StoreErrorKind, StoreResult};
use berth_domain::quota::Quota;
use berth_domain::run::{Outcome, Reason, Run};
use jiff::Timestamp;

use crate::Store;
use crate::conversations;
use crate::conversations::messages;
use crate::db::Done;
use finish::Under;
use row::RunRecord;

pub(crate) use places::Places;

impl Store {
    /// The run, if this user owns it.
    async fn own_run(&self, user: UserId, id: RunId) -> Done<Option<RunRecord>> {
        let found = self.db.get(&row::path(id)).await?;
        Ok(found.filter(|run| run.user_id == user))
    }

    async fn content(&self, user: UserId, id: RunId) -> Done<Option<String>> {
        let Some(run) = self.own_run(user, id).await? else {
            return Ok(None);
        };
        match (run.log, run.agent) {
            (Some(_), Some(agent)) => Ok(Some(agent.spec.prompt)),
            _ => messages::content(&self.db, run.message_id).await,
        }
    }

    async fn waiting_in(&self, user: UserId, conversation: ConversationId) -> Done<Vec<RunId>> {
        if let Some(found) = self.db.get(&conversations::path(conversation)).await? {
            let own = found.user_id == user;
            return Ok(if own { found.log.active } else { Vec::new() });
        }
        let run = conversations::run_of(&self.db, conversation).await?;
        let own = run.filter(|run| run.user_id == user);
        Ok(own
            .and_then(|run| run.log)
            .map_or_else(Vec::new, |log| log.active))
    }

    /// What a write under a lease is under; `None`: there is no such run.
    async fn under(
        &self,
        operation: &'static str,
        run: RunId,
        epoch: u64,
        now: Timestamp,
    ) -> StoreResult<Option<Under>> {
        let place = self.places.of(&self.db, run).await;
        let place = place.map_err(|trouble| trouble.at(operation))?;
        Ok(place.map(|conversation| Under {
            run,
            conversation,
            epoch,
            now,
        }))
    }

    /// Appends pieces of what is too much for one commit; `is_last` tells whether the last of them is the end.
    async fn append_pieces(
        &self,
        under: Under,
        pieces: &[Append],
        is_last: bool,
    ) -> StoreResult<Fenced<u64>> {
        let mut answer = Fenced::LeaseLost;
        for (number, piece) in pieces.iter().enumerate() {
            let is_last = is_last && number + 1 == pieces.len();
            let key = under
                .key(&format!("append-{number}"), piece)
                .map_err(unreadable("runs.append"))?;
            answer = self
                .db
                .change_once("runs.append", key, |work| async move {
                    finish::append(&work, under, piece, is_last).await
                })
                .await?;
            if answer == Fenced::LeaseLost {
                break;
            }
        }
        Ok(answer)
    }
}

fn unreadable(operation: &'static str) -> impl Fn(serde_json::Error) -> StoreError {
    move |error| StoreError::new(StoreErrorKind::Broken, operation, error)
}

#[async_trait]
impl Runs for Store {
    async fn submit(&self, submission: &Submission) -> StoreResult<Submitted> {
        self.db
            .change("runs.submit", |work| async move {
                submit::submit(&work, submission).await
            })
            .await
    }

    async fn run(&self, user: UserId, id: RunId) -> StoreResult<Option<Run>> {
        let found = self.own_run(user, id).await;
        let found = found.map_err(|trouble| trouble.at("runs.get"))?;
        Ok(found.map(RunRecord::into_domain))
    }

    async fn list_runs(
        &self,
        user: UserId,
        filter: &RunFilter,
        request: &PageRequest,
    ) -> StoreResult<Page<Run>> {
        list::list(&self.db, user, filter, request)
            .await
            .map_err(|trouble| trouble.at("runs.list"))
    }

    async fn run_content(&self, user: UserId, id: RunId) -> StoreResult<Option<String>> {
        let content = self.content(user, id).await;
        content.map_err(|trouble| trouble.at("runs.content"))
    }

    async fn run_agent(&self, user: UserId, id: RunId) -> StoreResult<Option<AgentSnapshot>> {
        let found = self.own_run(user, id).await;
        let found = found.map_err(|trouble| trouble.at("runs.agent"))?;
        Ok(found.and_then(|run| run.agent))
    }

    async fn agent_activity(
        &self,
        user: UserId,
        agents: &[AgentId],
        since: Timestamp,
    ) -> StoreResult<Vec<AgentActivity>> {
        let asked = agents
            .iter()
            .map(|agent| activity::of(&self.db, user, *agent, since));
        futures::future::try_join_all(asked)
            .await
            .map_err(|trouble| trouble.at("runs.agent_activity"))
    }

    async fn claim_if(
        &self,
        id: RunId,
        runner: &RunnerId,
        quota: Quota,
        now: Timestamp,
        may: MayClaim,
    ) -> StoreResult<Claim> {
        let may = &may;
        self.db
            .change("runs.claim", |work| async move {
                claim::claim(&work, id, runner, quota, now, may).await
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
        claimable::claimable(&self.db, runner, quota, now, limit)
            .await
            .map_err(|trouble| trouble.at("runs.claimable"))
    }

    async fn renew(&self, id: RunId, epoch: u64, now: Timestamp) -> StoreResult<Fenced<Renewed>> {
        self.db
            .change("runs.renew", |work| async move {
                claim::renew(&work, id, epoch, now).await
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
        let Some(under) = self.under("runs.append", id, epoch, now).await? else {
            return Ok(Fenced::LeaseLost);
        };
        let pieces = finish::pieces(append).map_err(unreadable("runs.append"))?;
        self.append_pieces(under, &pieces, true).await
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
        const OPERATION: &str = "runs.finish";
        let Some(under) = self.under(OPERATION, id, epoch, now).await? else {
            return Ok(Fenced::LeaseLost);
        };
        let mut pieces = finish::pieces(last).map_err(unreadable(OPERATION))?;
        let last = pieces.pop().unwrap_or_default();
        if !pieces.is_empty()
            && self.append_pieces(under, &pieces, false).await? == Fenced::LeaseLost
        {
            return Ok(Fenced::LeaseLost);
        }
        let key = under.key(OPERATION, &last).map_err(unreadable(OPERATION))?;
        let (last, answer) = (&last, answer.as_ref());
        let finish = self.db.change_once(OPERATION, key, |work| async move {
            finish::finish(&work, under, last, outcome, answer).await
        });
        // Whether somebody waits is a question of its own here, which costs no more when it is asked afterwards.
        let ended = Ended {
            others_may_wait: true,
        };
        Ok(finish.await?.map(|()| ended))
    }

    async fn request_cancel(
        &self,
        user: UserId,
        id: RunId,
        now: Timestamp,
    ) -> StoreResult<CancelOutcome> {
        self.db
            .change("runs.request_cancel", |work| async move {
                finish::request_cancel(&work, user, id, Reason::StoppedByUser, now).await
            })
            .await
    }

    async fn unfinished(
        &self,
        user: UserId,
        conversation: ConversationId,
    ) -> StoreResult<Vec<RunId>> {
        self.waiting_in(user, conversation)
            .await
            .map_err(|trouble| trouble.at("runs.unfinished"))
    }
}
