//! Runs of agents.

use berth_domain::agent::AgentSnapshot;
use berth_domain::conversation::Origin;
use berth_domain::ids::RunId;
use berth_domain::page::PageRequest;
use berth_domain::ports::runs::{Append, Claim, Submission, Submitted};
use berth_domain::quota::Quota;
use berth_domain::run::{Outcome, Reason, RunState};
use berth_domain::usage::{MicroUsd, UsageTotals};
use jiff::SignedDuration;

use crate::World;
use crate::world::agents::spec;

pub(crate) async fn an_agents_run_is_given_its_content(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let agent = w.agent(user).await;
    // A test run of what is not saved has no version.
    let draft = AgentSnapshot {
        version: None,
        spec: spec("초안"),
        ..agent.snapshot()
    };
    for snapshot in [agent.snapshot(), draft] {
        let (id, _) = w.accept(&w.run_with(&agent, snapshot.clone())).await;
        let run = w.runs().run(user, id).await.unwrap().unwrap();
        assert_eq!(run.agent_name.as_ref(), Some(&snapshot.spec.name));
        assert_eq!(run.agent_version, snapshot.version);
        let of = async |user| w.runs().run_agent(user, id).await.unwrap();
        assert_eq!(of(user).await.as_ref(), Some(&snapshot));
        assert_eq!(of(other).await, None);
        let claimed = w.claim(id, &w.runner()).await;
        assert_eq!(claimed.agent, Some(snapshot));
        assert_eq!(claimed.run.slot, None);
    }
    let (chat, _) = w.submit(user).await;
    assert_eq!(w.runs().run_agent(user, chat).await.unwrap(), None);
    assert_eq!(w.claim(chat, &w.runner()).await.agent, None);
}

pub(crate) async fn the_log_of_a_run_is_no_conversation_of_its_user(w: World) {
    let user = w.user().await;
    let agent = w.agent(user).await;
    let (_, chat) = w.submit(user).await;
    w.pass(1);
    // A conversation that is named is left alone.
    let submission = Submission {
        conversation_id: Some(chat),
        ..w.run_of(&agent)
    };
    let (run, log) = w.accept(&submission).await;
    assert_eq!(log, submission.new_conversation_id);
    let store = w.conversations();
    let found = store.conversation(user, log).await.unwrap().unwrap();
    assert_eq!(
        (found.origin, found.agent_id),
        (Origin::Run, Some(agent.id))
    );
    assert_eq!(found.active_run_id, Some(run));
    let listed = store
        .list_conversations(user, None, &PageRequest::default())
        .await;
    let listed = listed.unwrap().items;
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].id, listed[0].origin), (chat, Origin::Chat));
    let newest = store.newest_conversation(user).await.unwrap();
    assert_eq!(newest, Some(chat));
    w.complete(run).await;
    let renamed = store.rename_conversation(user, log, "x", w.now()).await;
    assert!(!renamed.unwrap());
    let deleted = store.delete_conversation(user, log).await.unwrap();
    assert_eq!(deleted, None);
    assert_eq!(w.log(log).await.len(), 4);
}

pub(crate) async fn the_log_of_a_run_takes_no_messages(w: World) {
    let user = w.user().await;
    let agent = w.agent(user).await;
    let (run, log) = w.accept(&w.run_of(&agent)).await;
    let message = Submission {
        conversation_id: Some(log),
        ..w.submission(user)
    };
    let answer = async || w.runs().submit(&message).await.unwrap();
    assert_eq!(answer().await, Submitted::OfRun);
    w.complete(run).await;
    assert_eq!(answer().await, Submitted::OfRun);
    let repeated = w.runs().run(user, message.run_id).await.unwrap();
    assert_eq!(repeated, None);
}

/// Two agents of a user with a scheduled run each, the second one fired later.
async fn two_scheduled(w: &World) -> [RunId; 2] {
    let user = w.user().await;
    let mut runs = Vec::new();
    for _ in 0..2 {
        let schedule = w.schedule(&w.agent(user).await).await;
        runs.push(w.fired(&schedule).await);
    }
    [runs[0], runs[1]]
}

pub(crate) async fn scheduled_runs_that_wait_do_not_fill_the_quota(w: World) {
    let [first, second] = two_scheduled(&w).await;
    let user = {
        let claimed = w.claim(first, &w.runner()).await;
        claimed.run.user_id
    };
    let next = |concurrent_runs| Submission {
        quota: Quota { concurrent_runs },
        ..w.submission(user)
    };
    // The one that works counts, the one that waits does not.
    let refused = w.runs().submit(&next(1)).await.unwrap();
    assert_eq!(refused, Submitted::OverQuota { limit: 1 });
    w.accept(&next(2)).await;
    w.complete(second).await;
}

pub(crate) async fn a_scheduled_run_waits_for_room(w: World) {
    let [first, second] = two_scheduled(&w).await;
    let one = Quota { concurrent_runs: 1 };
    let runner = w.runner();
    let claimable = async || {
        let found = w.runs().claimable(&runner, one, w.now(), 100_000).await;
        let ours = found
            .unwrap()
            .into_iter()
            .filter(|id| [first, second].contains(id));
        ours.collect::<Vec<_>>()
    };
    let claim = async |id| w.runs().claim(id, &runner, one, w.now()).await.unwrap();
    assert_eq!(claimable().await, [first, second]);
    let Claim::Yours(claimed) = claim(first).await else {
        panic!("there is room");
    };
    assert!(claimable().await.is_empty());
    let refused = claim(second).await;
    assert!(matches!(refused, Claim::NotNow));
    // Whoever is there and asks is not kept waiting by it.
    let (chat, _) = w.submit(claimed.run.user_id).await;
    w.claim(chat, &w.runner()).await;
    w.finish(first, claimed.lease.epoch).await;
    assert!(claimable().await.is_empty(), "the chat runs");
    let epoch = w.runs().run(claimed.run.user_id, chat).await.unwrap();
    w.finish(chat, epoch.unwrap().epoch).await;
    assert_eq!(claimable().await, [second]);
}

pub(crate) async fn a_scheduled_run_waits_for_the_one_before_of_its_agent(w: World) {
    let user = w.user().await;
    let agent = w.agent(user).await;
    let schedule = w.schedule(&agent).await;
    let (manual, _) = w.accept(&w.run_of(&agent)).await;
    let epoch = w.claim(manual, &w.runner()).await.lease.epoch;
    let scheduled = w.fired(&schedule).await;
    // Started by a person after it: not held up, and it does not hold up the earlier one.
    let (later, _) = w.accept(&w.run_of(&agent)).await;
    let runner = w.runner();
    let claimable = async || {
        let quota = Quota {
            concurrent_runs: 100,
        };
        let found = w.runs().claimable(&runner, quota, w.now(), 100_000).await;
        let ours = [scheduled, later];
        let found = found.unwrap().into_iter().filter(|id| ours.contains(id));
        found.collect::<Vec<_>>()
    };
    assert_eq!(claimable().await, [later]);
    assert!(w.try_claim(scheduled, &runner).await.is_none());
    w.claim(later, &runner).await;
    w.finish(manual, epoch).await;
    assert_eq!(claimable().await, [scheduled]);
    w.claim(scheduled, &runner).await;
}

pub(crate) async fn a_verdict_is_stored(w: World) {
    let user = w.user().await;
    let agent = w.agent(user).await;
    for proved in [Some(true), Some(false), None] {
        let (id, _) = w.accept(&w.run_of(&agent)).await;
        let epoch = w.claim(id, &w.runner()).await.lease.epoch;
        let outcome = Outcome::new(RunState::Succeeded, Reason::Completed, None).judged(proved);
        w.end_with(id, epoch, &outcome).await;
        let run = w.runs().run(user, id).await.unwrap().unwrap();
        assert_eq!((run.state, run.proved), (RunState::Succeeded, proved));
    }
}

pub(crate) async fn an_agents_activity_is_its_runs_since_an_instant(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let (busy, idle) = (w.agent(user).await, w.agent(user).await);
    let chat = Submission {
        agent_id: Some(busy.id),
        ..w.submission(user)
    };
    let (old, _) = w.accept(&w.run_of(&busy)).await;
    w.complete(old).await;
    w.pass(100);
    let since = w.now();
    let (ended, _) = w.accept(&w.run_of(&busy)).await;
    let epoch = w.claim(ended, &w.runner()).await.lease.epoch;
    let usage = UsageTotals {
        cost_micro_usd: MicroUsd(1_234_567),
        ..UsageTotals::default()
    };
    let append = Append {
        usage: Some(usage),
        ..Append::default()
    };
    let said = w.runs().append(ended, epoch, &append, w.now()).await;
    said.unwrap();
    let outcome = Outcome::new(RunState::Succeeded, Reason::Completed, None).judged(Some(true));
    w.end_with(ended, epoch, &outcome).await;
    w.pass(1);
    let (waiting, _) = w.accept(&w.run_of(&busy)).await;
    w.accept(&chat).await;

    let activity = async |user, since| {
        let agents = [idle.id, busy.id];
        let found = w.runs().agent_activity(user, &agents, since).await;
        found.unwrap()
    };
    let found = activity(user, since).await;
    assert_eq!((found[0].agent_id, found[1].agent_id), (idle.id, busy.id));
    assert!(found[0].last.is_none() && found[0].marks.is_empty());
    assert_eq!(found[1].last.as_ref().map(|run| run.id), Some(waiting));
    let marks = &found[1].marks;
    assert_eq!((marks.len(), marks[0].id, marks[1].id), (2, waiting, ended));
    let mark = |at: usize| (marks[at].state, marks[at].reason, marks[at].proved);
    assert_eq!(mark(0), (RunState::Queued, None, None));
    let done = (RunState::Succeeded, Some(Reason::Completed), Some(true));
    assert_eq!(mark(1), done);
    assert_eq!(
        (marks[1].cost, marks[1].queued_at),
        (MicroUsd(1_234_567), since)
    );
    let later = activity(user, w.now() + SignedDuration::from_secs(1)).await;
    assert!(later[1].marks.is_empty());
    assert_eq!(later[1].last.as_ref().map(|run| run.id), Some(waiting));
    assert!(activity(other, since).await[1].last.is_none());
}
