//! What is larger than a document, or than a commit.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

#[expect(dead_code, reason = "networks that break are not needed here")]
mod common;

use berth_domain::conversation::Message;
use berth_domain::dispatch::MAX_CONTENT;
use berth_domain::event::{Event, MAX_EVENT_TEXT, StoredEvent};
use berth_domain::ids::{ConversationId, MessageId, RunId, UserId};
use berth_domain::lease::RunnerId;
use berth_domain::page::PageRequest;
use berth_domain::ports::conversations::Conversations as _;
use berth_domain::ports::events::Events as _;
use berth_domain::ports::runs::{Append, Claim, Fenced, Runs as _, Submission, Submitted};
use berth_domain::quota::Quota;
use berth_domain::run::{Outcome, Reason, RunState, Trigger};
use berth_gcp::Store;
use common::{Emulated, uuid};
use jiff::Timestamp;

fn now() -> Timestamp {
    "2026-11-21T09:00:00Z".parse().unwrap()
}

fn submission(content: String) -> Submission {
    Submission {
        user_id: UserId(uuid()),
        message_id: MessageId(uuid()),
        conversation_id: None,
        new_conversation_id: ConversationId(uuid()),
        run_id: RunId(uuid()),
        agent_id: None,
        agent: None,
        content,
        trigger: Trigger::Chat,
        retry_of: None,
        quota: Quota::default(),
        now: now(),
    }
}

async fn submit(store: &Store, submission: &Submission) {
    let submitted = store.submit(submission).await.unwrap();
    assert!(matches!(submitted, Submitted::Accepted { .. }));
}

async fn claim(store: &Store, run: RunId) -> (u64, String) {
    let runner = RunnerId {
        name: uuid().to_string(),
        incarnation: uuid(),
    };
    match store
        .claim(run, &runner, Quota::default(), now())
        .await
        .unwrap()
    {
        Claim::Yours(claimed) => (claimed.lease.epoch, claimed.content),
        Claim::NotNow | Claim::NotHere(_) => panic!("not claimed"),
    }
}

async fn log(store: &Store, conversation: ConversationId, limit: u32) -> Vec<StoredEvent> {
    let mut log: Vec<StoredEvent> = Vec::new();
    loop {
        let after = log.last().map_or(0, |event| event.seq);
        let page = store
            .events_after(conversation, after, limit)
            .await
            .unwrap();
        assert!(page.len() <= limit as usize);
        if page.is_empty() {
            break;
        }
        log.extend(page);
    }
    let numbers: Vec<u64> = log.iter().map(|event| event.seq).collect();
    assert_eq!(numbers, (1..=log.len() as u64).collect::<Vec<_>>());
    log
}

async fn messages(store: &Store, submission: &Submission) -> Vec<Message> {
    let (user, place) = (submission.user_id, submission.new_conversation_id);
    let page = store
        .list_messages(user, place, &PageRequest::default())
        .await;
    page.unwrap().items
}

#[tokio::test]
async fn the_longest_message_comes_back_whole_and_goes_whole() {
    let emulated = Emulated::new().await;
    let store = &emulated.store;
    let mut content = "가\n\"".repeat(MAX_CONTENT / 5);
    content.push_str("the end");
    let sent = submission(content);
    submit(store, &sent).await;
    let (epoch, claimed) = claim(store, sent.run_id).await;
    assert!(claimed == sent.content);
    let found = log(store, sent.new_conversation_id, 100).await;
    let Event::Message { content, .. } = &found[0].event else {
        panic!("{:?}", found[0].event.kind());
    };
    assert!(*content == sent.content);
    assert!(messages(store, &sent).await[0].content == sent.content);
    let outcome = Outcome::new(RunState::Succeeded, Reason::Completed, None);
    let answer = Some((MessageId(uuid()), sent.content.clone()));
    let last = Append::default();
    let done = store.finish(sent.run_id, epoch, &last, &outcome, answer, now());
    assert!(matches!(done.await.unwrap(), Fenced::Done(_)));
    assert!(messages(store, &sent).await[1].content == sent.content);
    let (user, place) = (sent.user_id, sent.new_conversation_id);
    let deleted = store.delete_conversation(user, place).await.unwrap();
    assert_eq!(deleted, Some(true));
    // The message's id is nobody's again, and so are the documents with its rest.
    submit(store, &sent).await;
}

#[tokio::test]
async fn an_event_that_is_longer_on_paper_comes_back_whole() {
    let emulated = Emulated::new().await;
    let store = &emulated.store;
    let sent = submission("hello".to_owned());
    submit(store, &sent).await;
    let (epoch, _) = claim(store, sent.run_id).await;
    // Six times as long as JSON.
    let result = Event::ToolResult {
        tool_use_id: "toolu_1".to_owned(),
        is_error: false,
        content: "\u{1}".repeat(MAX_EVENT_TEXT),
    };
    let append = Append {
        events: vec![Event::Queued, result.clone(), Event::Queued],
        ..Append::default()
    };
    let done = store.append(sent.run_id, epoch, &append, now()).await;
    assert_eq!(done.unwrap(), Fenced::Done(6));
    let found = log(store, sent.new_conversation_id, 2).await;
    assert!(found[4].event == result);
}

#[tokio::test]
async fn more_than_a_commit_takes_is_stored_and_read_page_by_page() {
    const EVENTS: usize = 100;
    let emulated = Emulated::new().await;
    let store = &emulated.store;
    let sent = submission("hello".to_owned());
    submit(store, &sent).await;
    let behind = Submission {
        message_id: MessageId(uuid()),
        run_id: RunId(uuid()),
        conversation_id: Some(sent.new_conversation_id),
        ..sent.clone()
    };
    submit(store, &behind).await;
    let (epoch, _) = claim(store, sent.run_id).await;
    let mut events = vec![Event::Text {
        block: 0,
        text: "a".repeat(150 * 1024),
    }];
    events.resize(EVENTS, events[0].clone());
    let file = |path: &str| Event::File {
        path: path.to_owned(),
        size: 1,
        media_type: "text/plain".to_owned(),
    };
    events.insert(0, file("first"));
    events.push(file("last"));
    let append = Append {
        events,
        ..Append::default()
    };
    let done = store.append(sent.run_id, epoch, &append, now()).await;
    assert_eq!(done.unwrap(), Fenced::Done(5 + EVENTS as u64 + 2));
    let found = log(store, sent.new_conversation_id, 9).await;
    assert_eq!(found.len(), 5 + EVENTS + 2);

    let mut own: Vec<StoredEvent> = Vec::new();
    loop {
        let after = own.last().map_or(0, |event| event.seq);
        let page = store.run_events_after(sent.run_id, after, 7).await.unwrap();
        if page.is_empty() {
            break;
        }
        own.extend(page);
    }
    let expected = found.iter().filter(|event| event.run_id == sent.run_id);
    assert!(own.iter().eq(expected));
    let of_other = store.run_events_after(behind.run_id, 0, 100).await.unwrap();
    assert_eq!(of_other.len(), 2);
    let none = store.run_events_after(sent.run_id, u64::MAX, 7).await;
    assert!(none.unwrap().is_empty());

    let marks = async |limit| -> Vec<u64> {
        let marks = store.run_marks(sent.run_id, limit).await.unwrap();
        marks.iter().map(|event| event.seq).collect()
    };
    assert_eq!(marks(10).await, [6, 5 + EVENTS as u64 + 2]);
    assert_eq!(marks(1).await, [5 + EVENTS as u64 + 2]);
}
