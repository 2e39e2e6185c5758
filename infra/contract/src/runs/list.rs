//! Looking at runs.

use berth_domain::ids::{RunId, UserId};
use berth_domain::page::{Page, PageRequest};
use berth_domain::ports::runs::{Append, RunFilter, Submission};
use berth_domain::run::{Outcome, Reason, Run, RunState};

use crate::World;

async fn page(w: &World, user: UserId, filter: &RunFilter, request: &PageRequest) -> Page<Run> {
    w.runs().list_runs(user, filter, request).await.unwrap()
}

async fn all(w: &World, user: UserId, filter: RunFilter) -> Vec<RunId> {
    let page = page(w, user, &filter, &PageRequest::default()).await;
    assert_eq!(page.next, None);
    page.items.iter().map(|run| run.id).collect()
}

pub(crate) async fn runs_are_listed_newest_first(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let (a, conversation) = w.submit(user).await;
    w.submit(other).await;
    w.pass(1);
    let b = w.submit_to(user, conversation).await;
    w.pass(1);
    let (c, _) = w.submit(user).await;
    w.complete(a).await;
    assert_eq!(all(&w, user, RunFilter::default()).await, [c, b, a]);
}

pub(crate) async fn filters_narrow_the_list(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let agent = w.id();
    let with_agent = async |user| {
        let submission = Submission {
            agent_id: Some(agent),
            ..w.submission(user)
        };
        w.accept(&submission).await
    };
    let (a, conversation) = with_agent(user).await;
    w.pass(1);
    let b = w.submit_to(user, conversation).await;
    w.submit(user).await;
    with_agent(other).await;
    let of_agent = RunFilter {
        agent_id: Some(agent),
        ..RunFilter::default()
    };
    assert_eq!(all(&w, user, of_agent.clone()).await, [a]);
    let of_conversation = RunFilter {
        conversation_id: Some(conversation),
        ..RunFilter::default()
    };
    assert_eq!(all(&w, user, of_conversation.clone()).await, [b, a]);
    let of_both = RunFilter {
        agent_id: of_agent.agent_id,
        ..of_conversation.clone()
    };
    assert_eq!(all(&w, user, of_both).await, [a]);
    assert!(all(&w, other, of_conversation).await.is_empty());
}

pub(crate) async fn pages_hold_every_run_while_others_are_added(w: World) {
    let user = w.user().await;
    let mut expected = Vec::new();
    for _ in 0..7 {
        expected.insert(0, w.submit(user).await.0);
        w.pass(1);
    }
    let mut request = PageRequest {
        cursor: None,
        limit: Some(3),
    };
    let mut seen = Vec::new();
    loop {
        let Page { items, next } = page(&w, user, &RunFilter::default(), &request).await;
        assert!(items.len() <= 3);
        seen.extend(items.iter().map(|run| run.id));
        w.submit(user).await;
        w.pass(1);
        request.cursor = next;
        if request.cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, expected);
}

pub(crate) async fn unfinished_runs_come_oldest_first(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let (ended, conversation) = w.submit(user).await;
    w.complete(ended).await;
    let working = w.submit_to(user, conversation).await;
    let waiting = w.submit_to(user, conversation).await;
    w.claim(working, &w.runner()).await;
    w.submit(user).await;
    let of = async |who| w.runs().unfinished(who, conversation).await.unwrap();
    assert_eq!(of(user).await, [working, waiting]);
    assert!(of(other).await.is_empty());
}

pub(crate) async fn a_run_is_its_owners(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let (run, _) = w.submit(user).await;
    assert!(w.runs().run(user, run).await.unwrap().is_some());
    assert_eq!(w.runs().run(other, run).await.unwrap(), None);
    assert!(w.runs().run_content(user, run).await.unwrap().is_some());
    assert_eq!(w.runs().run_content(other, run).await.unwrap(), None);
    assert_eq!(w.runs().run(user, w.id()).await.unwrap(), None);
}

pub(crate) async fn every_outcome_comes_back_as_it_was(w: World) {
    let user = w.user().await;
    let ends = RunState::ALL.iter().filter(|state| state.is_final());
    let pairs = ends.cycle().zip(Reason::ALL);
    for (state, reason) in pairs {
        let (run, _) = w.submit(user).await;
        let epoch = w.claim(run, &w.runner()).await.lease.epoch;
        let outcome = Outcome::new(*state, *reason, Some(format!("끝 {reason}")));
        let end = w
            .runs()
            .finish(run, epoch, &Append::default(), &outcome, None, w.now())
            .await;
        end.unwrap();
        let stored = w.runs().run(user, run).await.unwrap().unwrap();
        assert_eq!((stored.state, stored.reason), (*state, Some(*reason)));
        assert_eq!(stored.result, outcome.result);
    }
}
