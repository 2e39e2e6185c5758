//! Ending, once.

use berth_domain::event::{Event, Role};
use berth_domain::lease;
use berth_domain::page::PageRequest;
use berth_domain::ports::runs::{Append, Ended, Fenced};
use berth_domain::quota::Quota;
use berth_domain::run::{Outcome, Reason, RunState};

use crate::World;
use crate::world::{text, together};

pub(crate) async fn a_run_finishes_once(w: World) {
    let user = w.user().await;
    let (run, conversation) = w.submit(user).await;
    let epoch = w.claim(run, &w.runner()).await.lease.epoch;
    w.pass(2);
    let now = w.now();
    let ends = together((0..5).map(|number| {
        let runs = w.runs();
        let outcome = Outcome::new(
            RunState::Failed,
            Reason::ModelError,
            Some(format!("end {number}")),
        );
        async move {
            let last = text("last words");
            let end = runs.finish(run, epoch, &last, &outcome, None, now).await;
            (end.unwrap(), outcome)
        }
    }))
    .await;
    let won: Vec<&Outcome> = ends
        .iter()
        .filter(|(end, _)| matches!(end, Fenced::Done(_)))
        .map(|(_, outcome)| outcome)
        .collect();
    assert_eq!(won.len(), 1);

    let stored = w.runs().run(user, run).await.unwrap().unwrap();
    assert_eq!(stored.state, RunState::Failed);
    assert_eq!(stored.reason, Some(Reason::ModelError));
    assert_eq!(stored.result, won[0].result);
    assert_eq!((stored.finished_at, stored.lease), (Some(now), None));
    let log = w.log(conversation).await;
    let finished = Event::Finished {
        state: RunState::Failed,
        reason: Reason::ModelError,
        result: won[0].result.clone(),
        duration_ms: 2_000,
    };
    assert_eq!(log.len(), 5);
    assert_eq!(log[3].event.kind(), "text");
    assert_eq!(log[4].event, finished);

    assert_eq!(w.say(run, epoch, "after the end").await, Fenced::LeaseLost);
    let renewed = w.runs().renew(run, epoch, now).await.unwrap();
    assert_eq!(renewed, Fenced::LeaseLost);
    assert_eq!(w.log(conversation).await.len(), 5);
}

pub(crate) async fn finishing_races_with_takeover(w: World) {
    let user = w.user().await;
    for _ in 0..5 {
        let (run, conversation) = w.submit(user).await;
        let epoch = w.claim(run, &w.runner()).await.lease.epoch;
        w.clock.advance(lease::TTL);
        let (runs, runner, now) = (w.runs(), w.runner(), w.now());
        let taking = tokio::spawn(async move {
            runs.claim(run, &runner, Quota::default(), now)
                .await
                .unwrap()
        });
        let old = w.finish(run, epoch).await;
        taking.await.unwrap();
        let new = w.finish(run, epoch + 1).await;
        let ends = [old, new].map(|end| u8::from(end == Fenced::Done(())));
        assert_eq!(ends[0] + ends[1], 1, "{old:?} {new:?}");
        let kinds = w.kinds(conversation).await;
        assert_eq!(kinds, ["message", "queued", "started", "finished"]);
    }
}

pub(crate) async fn an_end_tells_that_somebody_waits(w: World) {
    let user = w.user().await;
    let (run, conversation) = w.submit(user).await;
    let epoch = w.claim(run, &w.runner()).await.lease.epoch;
    w.submit_to(user, conversation).await;
    let outcome = Outcome::new(RunState::Succeeded, Reason::Completed, None);
    let end = w
        .runs()
        .finish(run, epoch, &Append::default(), &outcome, None, w.now())
        .await;
    let told = Ended {
        others_may_wait: true,
    };
    assert_eq!(end.unwrap(), Fenced::Done(told));
}

pub(crate) async fn the_answer_becomes_a_message(w: World) {
    let user = w.user().await;
    let (run, conversation) = w.submit(user).await;
    let epoch = w.claim(run, &w.runner()).await.lease.epoch;
    w.pass(3);
    let outcome = Outcome::new(RunState::Succeeded, Reason::Completed, None);
    let answer = (w.id(), "| 표 |\n|---|\n".to_owned());
    let end = w
        .runs()
        .finish(
            run,
            epoch,
            &Append::default(),
            &outcome,
            Some(answer.clone()),
            w.now(),
        )
        .await;
    assert!(matches!(end.unwrap(), Fenced::Done(_)));
    let messages = w
        .conversations()
        .list_messages(user, conversation, &PageRequest::default())
        .await;
    let messages = messages.unwrap().items;
    assert_eq!(messages.len(), 2);
    let last = &messages[1];
    assert_eq!((last.id, &last.content), (answer.0, &answer.1));
    assert_eq!((last.role, last.run_id), (Role::Assistant, run));
    assert_eq!(
        (last.created_at, last.conversation_id),
        (w.now(), conversation)
    );
}
