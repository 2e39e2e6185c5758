//! Taking a run.

use std::sync::Arc;

use berth_domain::ids::{RunId, UserId};
use berth_domain::lease::{self, RunnerId};
use berth_domain::ports::runs::{Append, Claim, MayClaim, Submission};
use berth_domain::quota::Quota;
use berth_domain::run::{Progress, RunState};

use crate::World;
use crate::world::together;

/// Which of these runs the runner would find, in the order found.
async fn claimable(w: &World, runner: &RunnerId, among: &[RunId]) -> Vec<RunId> {
    let found = w
        .runs()
        .claimable(runner, Quota::default(), w.now(), 100_000)
        .await
        .unwrap();
    found.into_iter().filter(|id| among.contains(id)).collect()
}

pub(crate) async fn of_many_claims_one_wins(w: World) {
    let user = w.user().await;
    let (run, conversation) = w.submit(user).await;
    let now = w.now();
    let claims = together((0..10).map(|_| {
        let (runs, runner) = (w.runs(), w.runner());
        async move {
            runs.claim(run, &runner, Quota::default(), now)
                .await
                .unwrap()
        }
    }))
    .await;
    let won = claims
        .iter()
        .filter(|claim| matches!(claim, Claim::Yours(_)))
        .count();
    assert_eq!(won, 1);
    assert_eq!(
        w.kinds(conversation).await,
        ["message", "queued", "started"]
    );
}

pub(crate) async fn whose_run_it_is_decides_last_and_changes_nothing(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let (run, conversation) = w.submit(user).await;
    let runner = w.runner();
    let only = move |whose: UserId| -> MayClaim { Arc::new(move |user| user == whose) };
    let claim = async |id, by: &RunnerId, whose| {
        let (runs, now) = (w.runs(), w.now());
        let claim = runs.claim_if(id, by, Quota::default(), now, only(whose));
        claim.await.unwrap()
    };
    let refused = claim(run, &runner, other).await;
    assert!(matches!(refused, Claim::NotHere(whose) if whose == user));
    assert_eq!(w.kinds(conversation).await, ["message", "queued"]);
    assert!(matches!(claim(run, &runner, user).await, Claim::Yours(_)));
    // There is nothing to decide about what could not be claimed.
    let rival = w.runner();
    assert!(matches!(claim(run, &rival, other).await, Claim::NotNow));
    let nobodys = w.id();
    assert!(matches!(claim(nobodys, &rival, other).await, Claim::NotNow));
}

pub(crate) async fn a_claim_brings_what_the_runner_needs(w: World) {
    let user = w.user().await;
    let submission = Submission {
        content: "-rf $(reboot)\n끝".to_owned(),
        ..w.submission(user)
    };
    let (run, _) = w.accept(&submission).await;
    w.pass(5);
    let runner = w.runner();
    let claimed = w.claim(run, &runner).await;
    assert_eq!(claimed.content, submission.content);
    assert_eq!((claimed.session, claimed.progress), (None, None));
    assert_eq!(claimed.lease.runner, runner);
    assert_eq!(claimed.lease.expires_at, w.now() + lease::TTL);
    assert_eq!((claimed.lease.epoch, claimed.run.attempt), (1, 1));
    assert_eq!(claimed.run.state, RunState::Running);
    assert_eq!(claimed.run.started_at, Some(w.now()));
    assert_eq!(claimed.run.lease.as_ref(), Some(&claimed.lease));
    let stored = w.runs().run(user, run).await.unwrap();
    assert_eq!(stored, Some(claimed.run));
}

pub(crate) async fn nothing_is_claimed_that_is_ended_or_unknown(w: World) {
    let user = w.user().await;
    let (run, conversation) = w.submit(user).await;
    w.complete(run).await;
    let runner = w.runner();
    w.pass(3_600);
    assert!(w.try_claim(run, &runner).await.is_none());
    assert!(w.try_claim(w.id(), &runner).await.is_none());
    assert!(claimable(&w, &runner, &[run]).await.is_empty());
    assert_eq!(w.kinds(conversation).await.last(), Some(&"finished"));
}

pub(crate) async fn runs_of_a_conversation_go_one_after_the_other(w: World) {
    let user = w.user().await;
    let (first, conversation) = w.submit(user).await;
    let second = w.submit_to(user, conversation).await;
    let (elsewhere, _) = w.submit(user).await;
    let runner = w.runner();
    assert!(w.try_claim(second, &runner).await.is_none(), "first waits");
    let epoch = w.claim(first, &runner).await.lease.epoch;
    assert!(w.try_claim(second, &runner).await.is_none(), "first works");
    w.claim(elsewhere, &runner).await;
    w.pass(3_600);
    assert!(
        w.try_claim(second, &runner).await.is_none(),
        "first was lost, not ended"
    );
    w.finish(first, epoch).await;
    w.claim(second, &runner).await;
}

pub(crate) async fn claimable_lists_oldest_first_what_a_claim_would_get(w: World) {
    let user = w.user().await;
    let (old, conversation) = w.submit(user).await;
    let behind = w.submit_to(user, conversation).await;
    w.pass(1);
    let (young, _) = w.submit(user).await;
    let (held, _) = w.submit(user).await;
    let all = [old, behind, young, held];
    let (holder, other) = (w.runner(), w.runner());
    w.claim(held, &holder).await;

    assert_eq!(claimable(&w, &other, &all).await, [old, young]);
    assert_eq!(claimable(&w, &holder, &all).await, [old, young]);
    let reborn = w.restarted(&holder);
    assert_eq!(claimable(&w, &reborn, &all).await, [old, young, held]);
    w.clock.advance(lease::TTL);
    assert_eq!(claimable(&w, &other, &all).await, [old, young, held]);
    assert_eq!(claimable(&w, &holder, &all).await, [old, young, held]);
    for run in claimable(&w, &other, &all).await {
        w.complete(run).await;
    }
    assert_eq!(claimable(&w, &other, &all).await, [behind]);
}

pub(crate) async fn claimable_is_bounded(w: World) {
    let user = w.user().await;
    for _ in 0..3 {
        w.submit(user).await;
    }
    let runner = w.runner();
    let found = w
        .runs()
        .claimable(&runner, Quota::default(), w.now(), 2)
        .await
        .unwrap();
    assert_eq!(found.len(), 2);
}

pub(crate) async fn a_taken_over_run_started_once(w: World) {
    let user = w.user().await;
    let (run, conversation) = w.submit(user).await;
    let first = w.claim(run, &w.runner()).await;
    let progress = Progress {
        offset: 7,
        ..Progress::default()
    };
    let append = Append {
        progress: progress.clone(),
        ..Append::default()
    };
    let done = w
        .runs()
        .append(run, first.lease.epoch, &append, w.now())
        .await;
    done.unwrap();
    w.clock.advance(lease::TTL);
    let second = w.claim(run, &w.runner()).await;
    assert_eq!((second.lease.epoch, second.run.attempt), (2, 2));
    assert_eq!(second.run.started_at, first.run.started_at);
    assert_eq!(second.progress, Some(progress));
    assert_eq!(
        w.kinds(conversation).await,
        ["message", "queued", "started"]
    );
}
