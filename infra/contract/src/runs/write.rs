//! Writing under a lease.

use berth_domain::ports::runs::{Append, Fenced};
use berth_domain::run::Progress;
use berth_domain::usage::{MicroUsd, Tokens, UsageTotals};
use serde_json::json;

use crate::World;
use crate::world::{text, together};

pub(crate) async fn an_append_is_numbered_densely(w: World) {
    let user = w.user().await;
    let (run, conversation) = w.submit(user).await;
    let epoch = w.claim(run, &w.runner()).await.lease.epoch;
    let mut append = text("a");
    append.events.extend(text("b").events);
    let now = w.now();
    let mut numbers = together((0..10).map(|_| {
        let (runs, append) = (w.runs(), append.clone());
        async move { runs.append(run, epoch, &append, now).await.unwrap() }
    }))
    .await;
    numbers.sort_by_key(|done| match done {
        Fenced::Done(number) => *number,
        Fenced::LeaseLost => 0,
    });
    let expected: Vec<_> = (1..=10).map(|n| Fenced::Done(3 + 2 * n)).collect();
    assert_eq!(numbers, expected);
    assert_eq!(w.log(conversation).await.len(), 23);
    let nothing = w.runs().append(run, epoch, &Append::default(), now).await;
    assert_eq!(nothing.unwrap(), Fenced::Done(23));
}

pub(crate) async fn an_append_stores_where_reading_goes_on(w: World) {
    let user = w.user().await;
    let (run, _) = w.submit(user).await;
    let runner = w.runner();
    let epoch = w.claim(run, &runner).await.lease.epoch;
    let append = Append {
        progress: Progress {
            version: 1,
            process_id: Some("process-1".to_owned()),
            offset: 1 << 40,
            reader: Some(json!({"blocks": [1, {"open": null}], "rest": "\u{1}가"})),
        },
        session: Some("session-1".to_owned()),
        ..text("word")
    };
    let done = w.runs().append(run, epoch, &append, w.now()).await;
    assert_eq!(done.unwrap(), Fenced::Done(4));
    let again = w.claim(run, &w.restarted(&runner)).await;
    assert_eq!(again.progress, Some(append.progress));
    assert_eq!(again.session.as_deref(), Some("session-1"));
}

pub(crate) async fn a_session_outlives_its_run(w: World) {
    let user = w.user().await;
    let (first, conversation) = w.submit(user).await;
    let epoch = w.claim(first, &w.runner()).await.lease.epoch;
    let append = Append {
        session: Some("session-1".to_owned()),
        ..Append::default()
    };
    let done = w.runs().append(first, epoch, &append, w.now()).await;
    done.unwrap();
    w.say(first, epoch, "a later append that does not name it")
        .await;
    w.finish(first, epoch).await;
    let second = w.submit_to(user, conversation).await;
    let claimed = w.claim(second, &w.runner()).await;
    assert_eq!(claimed.session.as_deref(), Some("session-1"));
    assert_eq!(claimed.progress, None, "progress is the run's own");
    let found = w.conversations().conversation(user, conversation).await;
    assert_eq!(
        found.unwrap().unwrap().session.as_deref(),
        Some("session-1")
    );
    let (elsewhere, _) = w.submit(user).await;
    assert_eq!(w.claim(elsewhere, &w.runner()).await.session, None);
}

pub(crate) async fn usage_so_far_is_kept(w: World) {
    let user = w.user().await;
    let (run, _) = w.submit(user).await;
    let epoch = w.claim(run, &w.runner()).await.lease.epoch;
    let mut usage = UsageTotals::default();
    for calls in 1..=2 {
        usage.add(
            Tokens {
                input: 1,
                output: 2,
                cache_read: 3,
                cache_write: 4,
            },
            MicroUsd(1_000_001),
        );
        let append = Append {
            usage: Some(usage),
            ..Append::default()
        };
        let done = w.runs().append(run, epoch, &append, w.now()).await;
        done.unwrap();
        w.say(run, epoch, "changes nothing about it").await;
        let stored = w.runs().run(user, run).await.unwrap().unwrap();
        assert_eq!((stored.usage, stored.usage.calls), (usage, calls));
    }
}
