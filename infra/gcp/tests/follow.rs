//! Following a log from another process, over a network that breaks.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod common;

use berth_domain::ids::{ConversationId, MessageId, RunId, UserId};
use berth_domain::ports::events::Events as _;
use berth_domain::ports::runs::{Runs as _, Submission, Submitted};
use berth_domain::quota::Quota;
use berth_domain::run::Trigger;
use berth_gcp::Store;
use common::proxy::Proxy;
use common::{Emulated, uuid};
use futures::StreamExt as _;

fn submission(user: UserId, conversation: Option<ConversationId>) -> Submission {
    Submission {
        user_id: user,
        message_id: MessageId(uuid()),
        conversation_id: conversation,
        new_conversation_id: ConversationId(uuid()),
        run_id: RunId(uuid()),
        agent_id: None,
        agent: None,
        content: "hello".to_owned(),
        trigger: Trigger::Chat,
        retry_of: None,
        quota: Quota {
            concurrent_runs: 100,
        },
        now: "2026-11-21T09:00:00Z".parse().unwrap(),
    }
}

async fn submit(store: &Store, submission: &Submission) -> ConversationId {
    match store.submit(submission).await.unwrap() {
        Submitted::Accepted {
            conversation_id, ..
        } => conversation_id,
        other => panic!("not accepted: {other:?}"),
    }
}

async fn follow(store: &Store, conversation: ConversationId, until: usize) {
    let mut changes = store.event_changes(conversation);
    loop {
        let found = store.events_after(conversation, 0, 100).await;
        if found.is_ok_and(|found| found.len() >= until) {
            return;
        }
        changes.next().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_process_writes_is_heard_of() {
    let writer = Emulated::new().await;
    let reader = writer.beside().await;
    let user = UserId(uuid());
    let conversation = submit(&writer.store, &submission(user, None)).await;
    let others = submit(&writer.store, &submission(user, None)).await;
    let write = async {
        for place in [conversation, others, conversation, others] {
            submit(&writer.store, &submission(user, Some(place))).await;
        }
    };
    tokio::join!(
        write,
        follow(&reader.store, conversation, 6),
        follow(&reader.store, others, 6)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn following_goes_on_after_the_stream_broke() {
    let writer = Emulated::new().await;
    let proxy = Proxy::before(writer.address()).await;
    let reader = writer.over(&proxy).await;
    let user = UserId(uuid());
    let conversation = submit(&writer.store, &submission(user, None)).await;
    let mut changes = reader.store.event_changes(conversation);
    // The first word is the stream's own: it is there.
    changes.next().await.unwrap();
    proxy.cut();
    submit(&writer.store, &submission(user, Some(conversation))).await;
    // Nobody waits for a beat here: what was written while the stream was broken wakes the one who waited before.
    let mut seen = 0;
    while seen < 4 {
        changes.next().await.unwrap();
        let found = reader.store.events_after(conversation, 0, 100).await;
        seen = found.map_or(0, |found| found.len());
    }
}
