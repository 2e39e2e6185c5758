//! A commit whose answer is lost has happened or not, and happens once.

mod common;

use berth_domain::event::Event;
use berth_domain::ids::{ConversationId, MessageId, RunId, UserId};
use berth_domain::lease::RunnerId;
use berth_domain::ports::StoreResult;
use berth_domain::ports::events::Events as _;
use berth_domain::ports::runs::{Append, Claim, Fenced, Runs as _, Submission, Submitted};
use berth_domain::quota::Quota;
use berth_domain::run::{Outcome, Progress, Reason, RunState, Trigger};
use common::proxy::Proxy;
use common::{Emulated, uuid};
use futures::StreamExt as _;
use jiff::Timestamp;

fn now() -> Timestamp {
    "2026-11-21T09:00:00Z".parse().unwrap()
}

/// A run that a runner behind a bad network works on.
struct Stage {
    /// Reaches the same database over a good network.
    direct: Emulated,
    behind: Emulated,
    proxy: Proxy,
    run: RunId,
    conversation: ConversationId,
    epoch: u64,
}

impl Stage {
    async fn new() -> Self {
        let direct = Emulated::new().await;
        let proxy = Proxy::before(direct.address()).await;
        let behind = direct.over(&proxy).await;
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
        let submitted = behind.store.submit(&submission).await.unwrap();
        assert!(matches!(submitted, Submitted::Accepted { .. }));
        let runner = RunnerId {
            name: "runner".to_owned(),
            incarnation: uuid(),
        };
        let run = submission.run_id;
        let claim = behind.store.claim(run, &runner, Quota::default(), now());
        let Claim::Yours(claimed) = claim.await.unwrap() else {
            panic!("not claimed");
        };
        Self {
            direct,
            behind,
            proxy,
            run,
            conversation: submission.new_conversation_id,
            epoch: claimed.lease.epoch,
        }
    }

    async fn append(&self, append: &Append) -> StoreResult<Fenced<u64>> {
        let store = &self.behind.store;
        store.append(self.run, self.epoch, append, now()).await
    }

    async fn finish(&self) -> StoreResult<Fenced<()>> {
        let outcome = Outcome::new(RunState::Succeeded, Reason::Completed, None);
        let last = says("the end");
        let store = &self.behind.store;
        store
            .finish(self.run, self.epoch, &last, &outcome, None, now())
            .await
    }

    /// Waits until the log has so many events, looking over the good network.
    async fn stored(&self, events: u64) {
        let store = &self.direct.store;
        let mut changes = store.event_changes(self.conversation);
        loop {
            let found = store.events_after(self.conversation, 0, 100).await.unwrap();
            if found.len() as u64 == events {
                break;
            }
            changes.next().await.unwrap();
        }
    }

    async fn kinds(&self) -> Vec<&'static str> {
        let found = self
            .direct
            .store
            .events_after(self.conversation, 0, 100)
            .await
            .unwrap();
        let numbers: Vec<u64> = found.iter().map(|event| event.seq).collect();
        let dense: Vec<u64> = (1..=found.len() as u64).collect();
        assert_eq!(numbers, dense);
        found.iter().map(|event| event.event.kind()).collect()
    }
}

fn says(words: &str) -> Append {
    Append {
        events: vec![Event::Text {
            block: 0,
            text: words.to_owned(),
        }],
        progress: Progress {
            offset: 7,
            ..Progress::default()
        },
        ..Append::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_whose_answer_is_lost_happens_once() {
    let stage = Stage::new().await;
    stage.proxy.hold_answers();
    let (appended, ()) = tokio::join!(stage.append(&says("once")), async {
        stage.stored(4).await;
        stage.proxy.cut();
    });
    assert_eq!(appended.unwrap(), Fenced::Done(4));
    assert_eq!(
        stage.kinds().await,
        ["message", "queued", "started", "text"]
    );
    // The same words again are other words.
    assert_eq!(stage.append(&says("once")).await.unwrap(), Fenced::Done(5));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_that_nobody_could_ask_about_is_found_by_the_next_try() {
    let stage = Stage::new().await;
    stage.proxy.hold_answers();
    let (appended, ()) = tokio::join!(stage.append(&says("once")), async {
        stage.stored(4).await;
        stage.proxy.refuse();
    });
    appended.unwrap_err();
    stage.proxy.accept();
    assert_eq!(stage.append(&says("once")).await.unwrap(), Fenced::Done(4));
    assert_eq!(
        stage.kinds().await,
        ["message", "queued", "started", "text"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_whose_answer_is_lost_is_the_end() {
    let stage = Stage::new().await;
    stage.proxy.hold_answers();
    let (finished, ()) = tokio::join!(stage.finish(), async {
        stage.stored(5).await;
        stage.proxy.refuse();
    });
    finished.unwrap_err();
    stage.proxy.accept();
    assert_eq!(stage.finish().await.unwrap(), Fenced::Done(()));
    let kinds = stage.kinds().await;
    assert_eq!(kinds, ["message", "queued", "started", "text", "finished"]);
    // A third one is somebody else's.
    assert_eq!(stage.finish().await.unwrap(), Fenced::LeaseLost);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn following_goes_on_after_the_stream_broke() {
    let stage = Stage::new().await;
    let mut changes = stage.behind.store.event_changes(stage.conversation);
    // The first word is the stream's own.
    changes.next().await.unwrap();
    stage.proxy.cut();
    let store = &stage.direct.store;
    store
        .append(stage.run, stage.epoch, &says("while it was away"), now())
        .await
        .unwrap();
    let mut seen = 0;
    while seen < 4 {
        changes.next().await.unwrap();
        let behind = &stage.behind.store;
        if let Ok(found) = behind.events_after(stage.conversation, 0, 100).await {
            seen = found.len();
        }
    }
}
