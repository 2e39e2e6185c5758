//! Cases of the port `events`.

use berth_domain::event::{Event, Role, Status};
use berth_domain::ports::runs::{Append, Fenced};
use berth_domain::run::{Reason, RunState};
use futures::{FutureExt as _, StreamExt as _};
use jiff::SignedDuration;
use serde_json::json;

use crate::World;
use crate::world::{text, within};

/// One of each kind, with what is hard about each.
fn one_of_each(w: &World) -> Vec<Event> {
    vec![
        Event::Message {
            id: w.id(),
            role: Role::Assistant,
            content: "'\"\\ \u{2028} 👩‍👩‍👧".to_owned(),
        },
        Event::Queued,
        Event::Started,
        Event::Status {
            label: Status::StartingWorkspace,
        },
        Event::Text {
            block: u32::MAX,
            text: "가".repeat(80_000),
        },
        Event::ToolUse {
            tool_use_id: "toolu_1".to_owned(),
            name: "Bash".to_owned(),
            input: json!({"command": "echo 'a\u{7}'", "n": [1, 2.5, null, -9_007_199_254_740_993_i64]}),
        },
        Event::ToolResult {
            tool_use_id: "toolu_1".to_owned(),
            is_error: true,
            content: String::new(),
        },
        Event::File {
            path: "보고서/2026 매출.csv".to_owned(),
            size: 1 << 53,
            media_type: "text/csv".to_owned(),
        },
        Event::Usage {
            input_tokens: 1,
            output_tokens: 2,
            cache_read_tokens: 3,
            cache_write_tokens: 4,
            cost_usd: 0.1,
            model: Some("claude-opus-5-5".to_owned()),
        },
        Event::Retrying {
            attempt: 1,
            max_attempts: 10,
            delay_ms: 500,
            status: Some(529),
        },
        Event::Finished {
            state: RunState::Failed,
            reason: Reason::ModelError,
            result: None,
            duration_ms: 7,
        },
    ]
}

pub(crate) async fn every_kind_of_event_comes_back_as_it_was(w: World) {
    let user = w.user().await;
    let (run, conversation) = w.submit(user).await;
    let epoch = w.claim(run, &w.runner()).await.lease.epoch;
    let append = Append {
        events: one_of_each(&w),
        ..Append::default()
    };
    w.pass(1);
    let done = w.runs().append(run, epoch, &append, w.now()).await;
    assert_eq!(done.unwrap(), Fenced::Done(3 + append.events.len() as u64));
    let log = w.log(conversation).await;
    let stored: Vec<Event> = log[3..].iter().map(|stored| stored.event.clone()).collect();
    assert_eq!(stored, append.events);
    assert!(
        log[3..]
            .iter()
            .all(|stored| stored.at == w.now() && stored.run_id == run)
    );
}

pub(crate) async fn events_are_read_after_a_number(w: World) {
    let user = w.user().await;
    let (run, conversation) = w.submit(user).await;
    let epoch = w.claim(run, &w.runner()).await.lease.epoch;
    for words in ["a", "b", "c"] {
        w.say(run, epoch, words).await;
    }
    let numbers = async |after, limit| -> Vec<u64> {
        let page = w.events().events_after(conversation, after, limit).await;
        page.unwrap().iter().map(|event| event.seq).collect()
    };
    assert_eq!(numbers(0, 100).await, [1, 2, 3, 4, 5, 6]);
    assert_eq!(numbers(2, 2).await, [3, 4]);
    assert_eq!(numbers(5, 100).await, [6]);
    assert!(numbers(6, 100).await.is_empty());
    assert!(numbers(u64::MAX, 100).await.is_empty());
    let unknown = w.events().events_after(w.id(), 0, 100).await.unwrap();
    assert!(unknown.is_empty());
}

pub(crate) async fn a_run_has_its_own_events(w: World) {
    let user = w.user().await;
    let (first, conversation) = w.submit(user).await;
    let second = w.submit_to(user, conversation).await;
    w.complete(first).await;
    w.complete(second).await;
    let of = async |run, after| -> Vec<u64> {
        let page = w.events().run_events_after(run, after, 100).await.unwrap();
        page.iter().map(|event| event.seq).collect()
    };
    assert_eq!(of(first, 0).await, [1, 2, 5, 6]);
    assert_eq!(of(second, 0).await, [3, 4, 7, 8]);
    assert_eq!(of(second, 4).await, [7, 8]);
    let bounded = w.events().run_events_after(first, 0, 3).await.unwrap();
    assert_eq!(bounded.len(), 3);
}

pub(crate) async fn conversations_are_numbered_apart(w: World) {
    let user = w.user().await;
    let (_, one) = w.submit(user).await;
    let (_, other) = w.submit(user).await;
    assert_eq!(w.kinds(one).await, ["message", "queued"]);
    assert_eq!(w.kinds(other).await, ["message", "queued"]);
}

pub(crate) async fn a_change_after_arming_wakes(w: World) {
    let user = w.user().await;
    let (run, conversation) = w.submit(user).await;
    let arm = || w.events().event_changes(conversation);

    let mut changes = arm();
    let claimed = w.claim(run, &w.runner()).await;
    within("claim wakes", changes.next()).await.unwrap();

    let (mut early, mut late) = (arm(), arm());
    w.say(run, claimed.lease.epoch, "a").await;
    within("append wakes", early.next()).await.unwrap();
    within("append wakes everybody", late.next()).await.unwrap();

    let mut changes = arm();
    let second = w.submit_to(user, conversation).await;
    within("submit wakes", changes.next()).await.unwrap();

    let mut changes = arm();
    w.runs()
        .request_cancel(user, second, w.now())
        .await
        .unwrap();
    within("cancel wakes", changes.next()).await.unwrap();

    let mut changes = arm();
    w.finish(run, claimed.lease.epoch).await;
    within("finish wakes", changes.next()).await.unwrap();
}

/// What a change brings along is what is stored, number, time and all; and it is never more than was added.
pub(crate) async fn what_a_change_brings_is_what_is_stored(w: World) {
    let user = w.user().await;
    let (run, conversation) = w.submit(user).await;
    let mut changes = w.events().event_changes(conversation);
    let epoch = w.claim(run, &w.runner()).await.lease.epoch;
    w.clock.advance(SignedDuration::from_nanos(1_234_567));
    for step in ["started", "text", "finished"] {
        match step {
            "text" => drop(w.say(run, epoch, "a").await),
            "finished" => drop(w.finish(run, epoch).await),
            _ => {}
        }
        let added = within("a change wakes", changes.next()).await.unwrap();
        let Some(first) = added.first() else { continue };
        let stored = w
            .events()
            .events_after(conversation, first.seq - 1, 10)
            .await
            .unwrap();
        assert!(stored.starts_with(&added), "{stored:?} {added:?}");
        assert_eq!(added.last().unwrap().event.kind(), step);
    }
}

/// The protocol of every reader: arm, read to the end, wait, read to the end, …
pub(crate) async fn a_follower_misses_nothing(w: World) {
    const APPENDS: u64 = 60;
    let user = w.user().await;
    let (run, conversation) = w.submit(user).await;
    let epoch = w.claim(run, &w.runner()).await.lease.epoch;
    let (runs, events, now) = (w.runs(), w.events(), w.now());
    let writer = tokio::spawn(async move {
        for _ in 0..APPENDS {
            runs.append(run, epoch, &text("word"), now).await.unwrap();
        }
    });
    within("the follower sees the last event", async {
        let mut changes = events.event_changes(conversation);
        let mut seen = 0;
        while seen < 3 + APPENDS {
            for event in events.events_after(conversation, seen, 7).await.unwrap() {
                assert_eq!(event.seq, seen + 1);
                seen = event.seq;
            }
            let more = events.events_after(conversation, seen, 1).await.unwrap();
            if more.is_empty() && seen < 3 + APPENDS {
                changes.next().await.unwrap();
            }
        }
    })
    .await;
    writer.await.unwrap();
}

/// A caller may be dropped in the middle of a call (a closed socket, a time-out). What was stored all the same is announced.
pub(crate) async fn a_change_whose_caller_went_away_wakes(w: World) {
    let user = w.user().await;
    let (run, conversation) = w.submit(user).await;
    let epoch = w.claim(run, &w.runner()).await.lease.epoch;
    let mut changes = w.events().event_changes(conversation);
    let runs = w.runs();
    assert!(
        runs.append(run, epoch, &text("word"), w.now())
            .now_or_never()
            .is_none_or(|done| done.is_ok())
    );
    // Any later write of the same store comes after it, where it was stored at all.
    w.runs().renew(run, epoch, w.now()).await.unwrap();
    if w.log(conversation).await.len() > 3 {
        within("the stored event wakes", changes.next())
            .await
            .unwrap();
    }
}
