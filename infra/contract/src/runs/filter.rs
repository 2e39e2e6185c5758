//! Filters of the list of runs.

use berth_domain::agent::Agent;
use berth_domain::ids::{RunId, UserId};
use berth_domain::page::PageRequest;
use berth_domain::ports::runs::{RunFilter, Submission};
use berth_domain::run::{Outcome, Reason, RunState, Trigger};
use jiff::SignedDuration;

use crate::World;

/// A chat that waits; ten seconds later a run of an agent that began and needed ten seconds to end unproved; at that moment one
/// that failed; and ten seconds later, now, one that waits.
struct Stage {
    user: UserId,
    agent: Agent,
    chat: RunId,
    unproved: RunId,
    failed: RunId,
    waiting: RunId,
}

async fn stage(w: &World) -> Stage {
    let user = w.user().await;
    let agent = w.agent(user).await;
    let (chat, _) = w.submit(user).await;
    w.pass(10);
    let (unproved, _) = w.accept(&w.run_of(&agent)).await;
    let epoch = w.claim(unproved, &w.runner()).await.lease.epoch;
    w.pass(10);
    let outcome = Outcome::new(RunState::Succeeded, Reason::Completed, None).judged(Some(false));
    w.end_with(unproved, epoch, &outcome).await;
    let failing = Submission {
        trigger: Trigger::Api,
        ..w.run_of(&agent)
    };
    let (failed, _) = w.accept(&failing).await;
    let epoch = w.claim(failed, &w.runner()).await.lease.epoch;
    let outcome = Outcome::failed(Reason::NeedsYou);
    w.end_with(failed, epoch, &outcome).await;
    w.pass(10);
    let (waiting, _) = w.accept(&w.run_of(&agent)).await;
    Stage {
        user,
        agent,
        chat,
        unproved,
        failed,
        waiting,
    }
}

async fn expect<const N: usize>(w: &World, user: UserId, filter: RunFilter, expected: [RunId; N]) {
    let request = PageRequest::default();
    let page = w.runs().list_runs(user, &filter, &request).await.unwrap();
    let found: Vec<_> = page.items.iter().map(|run| run.id).collect();
    assert_eq!(found, expected, "{filter:?}");
}

/// The empty filter after these changes.
fn filter(change: impl FnOnce(&mut RunFilter)) -> RunFilter {
    let mut filter = RunFilter::default();
    change(&mut filter);
    filter
}

pub(crate) async fn runs_are_filtered_by_what_they_are(w: World) {
    let stage = stage(&w).await;
    let Stage {
        user,
        chat,
        unproved,
        failed,
        waiting,
        ..
    } = stage;
    let agents = filter(|f| f.of_agents = Some(true));
    expect(&w, user, agents, [waiting, failed, unproved]).await;
    expect(&w, user, filter(|f| f.of_agents = Some(false)), [chat]).await;
    let states = filter(|f| f.states = vec![RunState::Queued, RunState::Failed]);
    expect(&w, user, states, [waiting, failed, chat]).await;
    let triggers = filter(|f| f.triggers = vec![Trigger::Api, Trigger::Chat]);
    expect(&w, user, triggers, [failed, chat]).await;
    let reason = filter(|f| f.reason = Some(Reason::NeedsYou));
    expect(&w, user, reason, [failed]).await;
    expect(&w, user, filter(|f| f.proved = Some(false)), [unproved]).await;
    expect(&w, user, filter(|f| f.proved = Some(true)), []).await;
    let several = filter(|f| {
        f.agent_id = Some(stage.agent.id);
        f.states = vec![RunState::Succeeded];
        f.proved = Some(false);
    });
    expect(&w, user, several, [unproved]).await;
}

pub(crate) async fn runs_are_filtered_by_time(w: World) {
    let stage = stage(&w).await;
    let Stage {
        user,
        chat,
        unproved,
        failed,
        waiting,
        ..
    } = stage;
    let ago = |seconds| Some(w.now() - SignedDuration::from_secs(seconds));
    let from = filter(|f| f.from = ago(10));
    expect(&w, user, from, [waiting, failed]).await;
    expect(&w, user, filter(|f| f.to = ago(10)), [unproved, chat]).await;
    let between = filter(|f| {
        f.from = ago(20);
        f.to = ago(0);
    });
    expect(&w, user, between, [failed, unproved]).await;
    let ended = filter(|f| f.finished_from = ago(10));
    expect(&w, user, ended, [failed, unproved]).await;
    expect(&w, user, filter(|f| f.finished_from = ago(9)), []).await;
}
