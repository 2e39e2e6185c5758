//! Asking for a run to stop.

use berth_domain::event::Event;
use berth_domain::ids::{RunId, UserId};
use berth_domain::ports::runs::{CancelOutcome, Fenced};
use berth_domain::run::{Reason, RunState};

use crate::World;

async fn cancel(w: &World, user: UserId, run: RunId) -> CancelOutcome {
    w.runs().request_cancel(user, run, w.now()).await.unwrap()
}

pub(crate) async fn a_waiting_run_is_cancelled_at_once(w: World) {
    let user = w.user().await;
    let (first, conversation) = w.submit(user).await;
    let second = w.submit_to(user, conversation).await;
    w.pass(4);
    assert_eq!(cancel(&w, user, first).await, CancelOutcome::Ended);
    let run = w.runs().run(user, first).await.unwrap().unwrap();
    assert_eq!(run.state, RunState::Cancelled);
    assert_eq!(run.reason, Some(Reason::StoppedByUser));
    assert_eq!(run.finished_at, Some(w.now()));
    let finished = Event::Finished {
        state: RunState::Cancelled,
        reason: Reason::StoppedByUser,
        result: None,
        duration_ms: 0,
    };
    let log = w.log(conversation).await;
    assert_eq!((log[4].run_id, &log[4].event), (first, &finished));
    assert!(w.try_claim(first, &w.runner()).await.is_none());
    w.claim(second, &w.runner()).await;
}

pub(crate) async fn a_working_run_is_told_to_stop(w: World) {
    let user = w.user().await;
    let (run, conversation) = w.submit(user).await;
    let runner = w.runner();
    let epoch = w.claim(run, &runner).await.lease.epoch;
    w.pass(1);
    let asked = w.now();
    assert_eq!(cancel(&w, user, run).await, CancelOutcome::Requested);
    w.pass(1);
    assert_eq!(cancel(&w, user, run).await, CancelOutcome::Requested);
    let stored = w.runs().run(user, run).await.unwrap().unwrap();
    assert_eq!(stored.state, RunState::Running);
    assert_eq!(stored.cancel_requested_at, Some(asked), "the first counts");
    let renewed = w.runs().renew(run, epoch, w.now()).await.unwrap();
    assert!(matches!(renewed, Fenced::Done(renewed) if renewed.cancel_requested));
    let taken_over = w.claim(run, &w.restarted(&runner)).await;
    assert_eq!(taken_over.run.cancel_requested_at, Some(asked));
    assert_eq!(w.log(conversation).await.len(), 3);
    assert!(matches!(
        w.finish(run, taken_over.lease.epoch).await,
        Fenced::Done(())
    ));
}

pub(crate) async fn a_cancel_after_the_end_changes_nothing(w: World) {
    let user = w.user().await;
    let (run, conversation) = w.submit(user).await;
    w.complete(run).await;
    let before = w.runs().run(user, run).await.unwrap();
    assert_eq!(cancel(&w, user, run).await, CancelOutcome::AlreadyEnded);
    assert_eq!(w.runs().run(user, run).await.unwrap(), before);
    assert_eq!(w.log(conversation).await.len(), 4);
}

pub(crate) async fn another_users_run_is_not_cancelled(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let (run, conversation) = w.submit(user).await;
    assert_eq!(cancel(&w, other, run).await, CancelOutcome::Unknown);
    assert_eq!(cancel(&w, user, w.id()).await, CancelOutcome::Unknown);
    w.claim(run, &w.runner()).await;
    assert_eq!(cancel(&w, other, run).await, CancelOutcome::Unknown);
    let stored = w.runs().run(user, run).await.unwrap().unwrap();
    assert_eq!(stored.cancel_requested_at, None);
    assert_eq!(w.log(conversation).await.len(), 3);
}

/// Whichever comes first: a cancelled run is never claimed, a claimed run is never ended behind its runner's back.
pub(crate) async fn cancel_and_claim_leave_one_end(w: World) {
    let user = w.user().await;
    for _ in 0..5 {
        let (run, conversation) = w.submit(user).await;
        let (runs, now) = (w.runs(), w.now());
        let cancelling =
            tokio::spawn(async move { runs.request_cancel(user, run, now).await.unwrap() });
        let claimed = w.try_claim(run, &w.runner()).await;
        let outcome = cancelling.await.unwrap();
        if let Some(claimed) = claimed {
            assert_eq!(outcome, CancelOutcome::Requested);
            let end = w.finish(run, claimed.lease.epoch).await;
            assert_eq!(end, Fenced::Done(()));
        } else {
            assert_eq!(outcome, CancelOutcome::Ended);
        }
        let kinds = w.kinds(conversation).await;
        let ends = kinds.iter().filter(|kind| **kind == "finished").count();
        assert_eq!((ends, kinds.last()), (1, Some(&"finished")));
    }
}
