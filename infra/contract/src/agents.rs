//! Cases of the port `agents`.

use berth_domain::agent::{Agent, AgentSpec, AgentStatus, VersionNote};
use berth_domain::ids::{AgentId, UserId};
use berth_domain::page::{Page, PageRequest};
use berth_domain::ports::agents::{AgentChange, ChangedAgent, CreatedAgent, NewAgent};
use berth_domain::ports::schedules::Fired;
use berth_domain::schedule::{Overlap, SlotOutcome, SlotReason};

use crate::World;
use crate::world::agents::spec;
use crate::world::together;

async fn find(w: &World, user: UserId, id: AgentId) -> Option<Agent> {
    w.agents().agent(user, id).await.unwrap()
}

fn edited(w: &World, spec: AgentSpec, expected_version: Option<u32>) -> AgentChange {
    AgentChange {
        spec,
        expected_version,
        note: VersionNote::Edited,
        now: w.now(),
    }
}

/// Changes what must be there.
async fn change(w: &World, agent: &Agent, change: &AgentChange) -> Agent {
    let changed = w
        .agents()
        .change_agent(agent.user_id, agent.id, change)
        .await;
    match changed.unwrap() {
        ChangedAgent::Saved(agent) => *agent,
        other => panic!("not saved: {other:?}"),
    }
}

pub(crate) async fn an_agent_comes_back_as_it_was_saved(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let new = NewAgent {
        status: AgentStatus::Inactive,
        ..w.new_agent(user, "'\"; -- 시장 👩‍👩‍👧")
    };
    let saved = w.save(&new).await;
    let expected = Agent {
        id: new.id,
        user_id: user,
        number: 1,
        status: AgentStatus::Inactive,
        version: 1,
        spec: new.spec.clone(),
        created_at: w.now(),
        updated_at: w.now(),
    };
    assert_eq!(saved, expected);
    assert_eq!(find(&w, user, new.id).await, Some(expected));
    assert_eq!(find(&w, other, new.id).await, None);
    assert_eq!(find(&w, user, w.id()).await, None);
}

pub(crate) async fn saving_the_same_id_again_saves_nothing(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let new = w.new_agent(user, "하나");
    let answers = together((0..5).map(|_| {
        let (agents, new) = (w.agents(), new.clone());
        async move { agents.create_agent(&new).await.unwrap() }
    }))
    .await;
    let saved = find(&w, user, new.id).await.unwrap();
    let same = CreatedAgent::Saved(Box::new(saved));
    assert!(answers.iter().all(|answer| *answer == same));
    let again = NewAgent {
        spec: spec("other content"),
        limit: 0,
        ..new.clone()
    };
    assert_eq!(w.agents().create_agent(&again).await.unwrap(), same);
    let stolen = NewAgent {
        user_id: other,
        ..new.clone()
    };
    let answer = w.agents().create_agent(&stolen).await.unwrap();
    assert_eq!(answer, CreatedAgent::IdTaken);
}

pub(crate) async fn the_quota_of_agents_holds_when_many_are_saved_at_once(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    w.agent(other).await;
    let answers = together((0..8).map(|_| {
        let agents = w.agents();
        let new = NewAgent {
            limit: 3,
            ..w.new_agent(user, "여럿")
        };
        async move { agents.create_agent(&new).await.unwrap() }
    }))
    .await;
    let mut saved = Vec::new();
    for answer in answers {
        match answer {
            CreatedAgent::Saved(agent) => saved.push(*agent),
            refused => assert_eq!(refused, CreatedAgent::OverQuota { limit: 3 }),
        }
    }
    let mut numbers: Vec<u32> = saved.iter().map(|agent| agent.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3]);
    let deleted = w.agents().delete_agent(user, saved[0].id, w.now()).await;
    assert!(deleted.unwrap());
    let next = NewAgent {
        limit: 3,
        ..w.new_agent(user, "자리가 났다")
    };
    assert_eq!(w.save(&next).await.number, 4, "numbers are not given again");
}

pub(crate) async fn agents_are_listed_newest_first_while_others_are_added(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    w.agent(other).await;
    let mut expected = Vec::new();
    for _ in 0..7 {
        expected.insert(0, w.agent(user).await.id);
    }
    let gone = expected.remove(2);
    let deleted = w.agents().delete_agent(user, gone, w.now()).await;
    assert!(deleted.unwrap());
    let mut request = PageRequest {
        cursor: None,
        limit: Some(2),
    };
    let mut seen = Vec::new();
    loop {
        let page = w.agents().list_agents(user, &request).await;
        let Page { items, next } = page.unwrap();
        assert!(items.len() <= 2);
        seen.extend(items.iter().map(|agent| agent.id));
        w.agent(user).await;
        request.cursor = next;
        if request.cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, expected);
}

pub(crate) async fn every_change_is_a_version(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let first = w.agent(user).await;
    w.pass(1);
    let second = change(&w, &first, &edited(&w, spec("둘"), Some(1))).await;
    assert_eq!((second.version, second.updated_at), (2, w.now()));
    assert_eq!(
        (&second.spec, second.created_at),
        (&spec("둘"), first.created_at)
    );
    w.pass(1);
    let back = AgentChange {
        note: VersionNote::RolledBack { to: 1 },
        ..edited(&w, first.spec.clone(), None)
    };
    let third = change(&w, &first, &back).await;
    assert_eq!((third.version, &third.spec), (3, &first.spec));

    let pages = async |user, cursor| {
        let request = PageRequest {
            cursor,
            limit: Some(2),
        };
        let page = w.agents().list_versions(user, first.id, &request).await;
        page.unwrap()
    };
    let newest = pages(user, None).await;
    assert_eq!(newest.items[0].note, VersionNote::RolledBack { to: 1 });
    assert_eq!(newest.items[1].note, VersionNote::Edited);
    assert_eq!(newest.items[1].spec, spec("둘"));
    let oldest = pages(user, newest.next).await;
    assert_eq!((oldest.items.len(), oldest.next), (1, None));
    let created = &oldest.items[0];
    assert_eq!((created.version, created.note), (1, VersionNote::Created));
    assert_eq!(created.created_at, first.created_at);
    let one = async |user, number| {
        let found = w.agents().agent_version(user, first.id, number).await;
        found.unwrap()
    };
    assert_eq!(one(user, 1).await.as_ref(), Some(created));
    assert_eq!(one(user, 4).await, None);
    assert_eq!(one(other, 1).await, None);
    assert!(pages(other, None).await.items.is_empty());
}

pub(crate) async fn a_change_of_nothing_makes_no_version(w: World) {
    let user = w.user().await;
    let agent = w.agent(user).await;
    w.pass(1);
    // Also when it comes a second time, because its answer was lost.
    for expected in [Some(1), None, Some(7)] {
        let same = edited(&w, agent.spec.clone(), expected);
        assert_eq!(change(&w, &agent, &same).await, agent);
    }
}

pub(crate) async fn of_changes_to_one_version_one_wins(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let agent = w.agent(user).await;
    let answers = together((0..6).map(|number| {
        let (agents, id) = (w.agents(), agent.id);
        let change = edited(&w, spec(&number.to_string()), Some(1));
        async move { agents.change_agent(user, id, &change).await.unwrap() }
    }))
    .await;
    let conflicts = answers
        .iter()
        .filter(|answer| **answer == ChangedAgent::Conflict { version: 2 })
        .count();
    assert_eq!(conflicts, 5);
    let foreign = edited(&w, spec("theirs"), None);
    let answer = w.agents().change_agent(other, agent.id, &foreign).await;
    assert_eq!(answer.unwrap(), ChangedAgent::Unknown);
}

pub(crate) async fn a_status_is_no_version(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let agent = w.agent(user).await;
    w.pass(1);
    let set = async |user, status| {
        let set = w
            .agents()
            .set_agent_status(user, agent.id, status, w.now())
            .await;
        set.unwrap()
    };
    let off = set(user, AgentStatus::Inactive).await.unwrap();
    let expected = Agent {
        status: AgentStatus::Inactive,
        updated_at: w.now(),
        ..agent.clone()
    };
    assert_eq!(off, expected);
    w.pass(1);
    assert_eq!(set(user, AgentStatus::Inactive).await, Some(expected));
    assert_eq!(set(other, AgentStatus::Active).await, None);
    let found = find(&w, user, agent.id).await.unwrap();
    assert_eq!(found.status, AgentStatus::Inactive);
}

pub(crate) async fn a_deleted_agent_leaves_its_runs_and_its_slots(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let agent = w.agent(user).await;
    let schedule = w.schedule(&agent).await;
    let run = w.fired(&schedule).await;
    w.pass(1);
    let slot = w.waiting_slot(&schedule).await;
    let delete = async |user| {
        let deleted = w.agents().delete_agent(user, agent.id, w.now()).await;
        deleted.unwrap()
    };
    assert!(!delete(other).await);
    w.pass(1);
    assert!(delete(user).await);
    assert!(!delete(user).await);
    assert_eq!(find(&w, user, agent.id).await, None);
    let versions = w
        .agents()
        .list_versions(user, agent.id, &PageRequest::default())
        .await;
    assert!(versions.unwrap().items.is_empty());
    assert_eq!(w.schedules().schedule(user, agent.id).await.unwrap(), None);

    let row = w.slot_row(&slot).await;
    assert_eq!(row.outcome, SlotOutcome::Skipped);
    assert_eq!(row.reason, Some(SlotReason::AgentDeleted));
    assert_eq!(row.decided_at, w.now());
    let fired = w.fire(&slot, Overlap::QueueOne).await;
    let skipped = Fired::Ended(SlotOutcome::Skipped, SlotReason::AgentDeleted);
    assert_eq!(fired, skipped);

    let claimed = w.claim(run, &w.runner()).await;
    assert_eq!(claimed.agent, Some(agent.snapshot()));
    let again = NewAgent {
        id: agent.id,
        ..w.new_agent(user, "같은 아이디")
    };
    let answer = w.agents().create_agent(&again).await.unwrap();
    assert_eq!(answer, CreatedAgent::IdTaken);
    let change = edited(&w, spec("늦었다"), None);
    let answer = w.agents().change_agent(user, agent.id, &change).await;
    assert_eq!(answer.unwrap(), ChangedAgent::Unknown);
    let active = AgentStatus::Active;
    let set = w
        .agents()
        .set_agent_status(user, agent.id, active, w.now())
        .await;
    assert_eq!(set.unwrap(), None);
}
