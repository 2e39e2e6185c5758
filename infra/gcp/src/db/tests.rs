//! A commit whose answer is lost has happened or not, and happens once.

use std::sync::{Arc, PoisonError};

use berth_domain::event::Event;
use berth_domain::ids::{ConversationId, MessageId, RunId, UserId};
use berth_domain::lease::RunnerId;
use berth_domain::ports::StoreResult;
use berth_domain::ports::conversations::Conversations as _;
use berth_domain::ports::events::Events as _;
use berth_domain::ports::runs::{Append, Claim, Fenced, Runs as _, Submission, Submitted};
use berth_domain::quota::Quota;
use berth_domain::run::{Outcome, Reason, RunState, Trigger};
use berth_embedded::SecretKey;
use berth_emulators::Firestore;
use firestore::gcloud_sdk::tonic::Status;
use jiff::Timestamp;
use uuid::Uuid;

use super::Db;
use crate::{Database, Store};

/// How the network behaves after the next commit has happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Network {
    #[default]
    Fine,
    /// Its answer is lost.
    LosesAnAnswer,
    /// Its answer is lost, and nothing can be asked.
    GoesAway,
    Away,
}

impl Db {
    fn network(&self, change: impl FnOnce(Network) -> Network) -> Network {
        let mut network = self
            .0
            .network
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let before = *network;
        *network = change(before);
        before
    }

    pub(super) fn answer_may_be_lost(&self) -> Result<(), Status> {
        let next = |network| match network {
            Network::Fine | Network::LosesAnAnswer => Network::Fine,
            Network::GoesAway | Network::Away => Network::Away,
        };
        match self.network(next) {
            Network::Fine => Ok(()),
            _ => Err(Status::unavailable("the answer is lost")),
        }
    }

    pub(super) fn service_may_be_away(&self) -> Result<(), Status> {
        match self.network(|network| network) {
            Network::Away => Err(Status::unavailable("away")),
            _ => Ok(()),
        }
    }
}

fn now() -> Timestamp {
    "2026-11-21T09:00:00Z".parse().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "ids nobody else has")]
fn uuid() -> Uuid {
    Uuid::new_v4()
}

/// A run that somebody works on.
struct Stage {
    store: Store,
    submission: Submission,
    epoch: u64,
    _emulator: Firestore,
}

impl Stage {
    async fn new() -> Self {
        let emulator = Firestore::shared().await.unwrap();
        let database = Database::emulated(emulator.url(), emulator.project());
        let store = Store::open(&database, Arc::new(SecretKey::new([7; 32])))
            .await
            .unwrap();
        let submission = Submission {
            user_id: UserId(uuid()),
            message_id: MessageId(uuid()),
            conversation_id: None,
            new_conversation_id: ConversationId(uuid()),
            run_id: RunId(uuid()),
            agent_id: None,
            agent: None,
            content: "hello".to_owned(),
            trigger: Trigger::Chat,
            retry_of: None,
            quota: Quota::default(),
            now: now(),
        };
        let submitted = store.submit(&submission).await.unwrap();
        assert!(matches!(submitted, Submitted::Accepted { .. }));
        let mut stage = Self {
            store,
            submission,
            epoch: 0,
            _emulator: emulator,
        };
        stage.epoch = stage.claim().await.expect("a claim");
        stage
    }

    fn network(&self, network: Network) {
        self.store.db.network(|_| network);
    }

    async fn claim(&self) -> Option<u64> {
        let runner = RunnerId {
            name: uuid().to_string(),
            incarnation: uuid(),
        };
        let run = self.submission.run_id;
        let claim = self.store.claim(run, &runner, Quota::default(), now());
        match claim.await.unwrap() {
            Claim::Yours(claimed) => Some(claimed.lease.epoch),
            Claim::NotNow | Claim::NotHere(_) => None,
        }
    }

    async fn append(&self) -> StoreResult<Fenced<u64>> {
        let run = self.submission.run_id;
        self.store.append(run, self.epoch, &says(), now()).await
    }

    async fn finish(&self) -> StoreResult<Fenced<()>> {
        let outcome = Outcome::new(RunState::Succeeded, Reason::Completed, None);
        let run = self.submission.run_id;
        let last = says();
        let ended = self
            .store
            .finish(run, self.epoch, &last, &outcome, None, now());
        ended.await.map(|done| done.map(drop))
    }

    async fn kinds(&self) -> Vec<&'static str> {
        let conversation = self.submission.new_conversation_id;
        let log = self.store.events_after(conversation, 0, 100).await.unwrap();
        let numbers: Vec<u64> = log.iter().map(|event| event.seq).collect();
        assert_eq!(numbers, (1..=log.len() as u64).collect::<Vec<_>>());
        log.iter().map(|event| event.event.kind()).collect()
    }
}

fn says() -> Append {
    Append {
        events: vec![Event::Text {
            block: 0,
            text: "once".to_owned(),
        }],
        ..Append::default()
    }
}

#[tokio::test]
async fn an_append_whose_answer_is_lost_happens_once() {
    let stage = Stage::new().await;
    stage.network(Network::LosesAnAnswer);
    assert_eq!(stage.append().await.unwrap(), Fenced::Done(4));
    let kinds = stage.kinds().await;
    assert_eq!(kinds, ["message", "queued", "started", "text"]);
    // The same words again are other words.
    assert_eq!(stage.append().await.unwrap(), Fenced::Done(5));
}

#[tokio::test]
async fn an_append_that_nobody_could_ask_about_is_found_by_the_next_try() {
    let stage = Stage::new().await;
    stage.network(Network::GoesAway);
    stage.append().await.unwrap_err();
    stage.append().await.unwrap_err();
    stage.network(Network::Fine);
    assert_eq!(stage.append().await.unwrap(), Fenced::Done(4));
    let kinds = stage.kinds().await;
    assert_eq!(kinds, ["message", "queued", "started", "text"]);
    assert_eq!(stage.append().await.unwrap(), Fenced::Done(5));
}

#[tokio::test]
async fn an_end_whose_answer_is_lost_is_the_end() {
    let stage = Stage::new().await;
    stage.network(Network::GoesAway);
    stage.finish().await.unwrap_err();
    stage.network(Network::Fine);
    assert_eq!(stage.finish().await.unwrap(), Fenced::Done(()));
    let kinds = stage.kinds().await;
    assert_eq!(kinds, ["message", "queued", "started", "text", "finished"]);
    // A third one is somebody else's.
    assert_eq!(stage.finish().await.unwrap(), Fenced::LeaseLost);
}

#[tokio::test]
async fn a_submission_and_a_claim_whose_answers_are_lost_stand() {
    let stage = Stage::new().await;
    stage.finish().await.unwrap();
    let next = Submission {
        message_id: MessageId(uuid()),
        run_id: RunId(uuid()),
        conversation_id: Some(stage.submission.new_conversation_id),
        ..stage.submission.clone()
    };
    stage.network(Network::LosesAnAnswer);
    let accepted = Submitted::Accepted {
        run_id: next.run_id,
        conversation_id: stage.submission.new_conversation_id,
        repeated: false,
    };
    assert_eq!(stage.store.submit(&next).await.unwrap(), accepted);
    let stage = Stage {
        submission: next,
        ..stage
    };
    stage.network(Network::LosesAnAnswer);
    assert_eq!(stage.claim().await, Some(1));
    assert_eq!(stage.claim().await, None);
}

#[tokio::test]
async fn a_deletion_that_is_broken_off_is_gone_on_with() {
    let stage = Stage::new().await;
    stage.finish().await.unwrap();
    let sent = &stage.submission;
    let delete = async || {
        let deleted = stage
            .store
            .delete_conversation(sent.user_id, sent.new_conversation_id);
        deleted.await
    };
    stage.network(Network::GoesAway);
    let _ = delete().await;
    stage.network(Network::Fine);
    assert_eq!(delete().await.unwrap(), None, "nobody sees it any more");
    let left = stage.store.run(sent.user_id, sent.run_id).await.unwrap();
    assert!(left.is_some(), "it was broken off");

    assert_eq!(stage.store.finish_deletions().await.unwrap(), 1);
    assert_eq!(stage.store.finish_deletions().await.unwrap(), 0);
    let left = stage.store.run(sent.user_id, sent.run_id).await.unwrap();
    assert_eq!(left, None);
    // Its ids are nobody's again.
    let accepted = Submitted::Accepted {
        run_id: sent.run_id,
        conversation_id: sent.new_conversation_id,
        repeated: false,
    };
    assert_eq!(stage.store.submit(sent).await.unwrap(), accepted);
    assert_eq!(stage.kinds().await, ["message", "queued"]);
}
