//! Storing, replacing and removing schedules.

use berth_domain::agent::{Agent, AgentStatus};
use berth_domain::page::PageRequest;
use berth_domain::ports::schedules::{PauseReason, PutResult, PutSchedule, Schedule};
use berth_domain::schedule::{Overlap, ScheduleSpec, SlotOutcome, SlotReason};
use jiff::SignedDuration;

use crate::World;
use crate::world::agents::hourly;
use crate::world::together;

pub(crate) async fn a_schedule_comes_back_as_it_was_stored(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let agent = w.agent(user).await;
    let put = w.new_schedule(&agent);
    let stored = w.put(&put).await;
    let expected = Schedule {
        id: put.id,
        agent_id: agent.id,
        user_id: user,
        spec: put.spec.clone(),
        cursor: put.cursor,
        next_due_at: put.next_due_at,
        paused: None,
        failures: 0,
        revision: stored.revision,
        created_at: w.now(),
        updated_at: w.now(),
    };
    assert_eq!(stored, expected);
    let of = async |user| w.schedules().schedule(user, agent.id).await.unwrap();
    assert_eq!(of(user).await.as_ref(), Some(&expected));
    assert_eq!(of(other).await, None);
    let by_id = async |id| w.schedules().schedule_by_id(id).await.unwrap();
    assert_eq!(by_id(put.id).await, Some(expected));
    assert_eq!(by_id(w.id()).await, None);
}

pub(crate) async fn a_replaced_schedule_keeps_its_id(w: World) {
    let user = w.user().await;
    let first = w.schedule(&w.agent(user).await).await;
    w.pass(60);
    let put = PutSchedule {
        id: w.id(),
        user_id: user,
        agent_id: first.agent_id,
        spec: ScheduleSpec {
            overlap: Overlap::CancelPrevious,
            ..hourly()
        },
        expected_revision: Some(first.revision),
        slots: vec![w.slot(&first, w.now())],
        cursor: w.now(),
        next_due_at: Some(w.now() + SignedDuration::from_secs(5)),
        paused: None,
        now: w.now(),
    };
    let second = w.put(&put).await;
    assert_eq!((second.id, second.created_at), (first.id, first.created_at));
    assert_eq!((&second.spec, second.cursor), (&put.spec, put.cursor));
    assert_eq!(
        (second.next_due_at, second.updated_at),
        (put.next_due_at, w.now())
    );
    assert!(second.revision > first.revision);
    // What was due already by the old one.
    assert_eq!(w.slot_row(&put.slots[0]).await, put.slots[0]);
}

pub(crate) async fn of_puts_on_one_revision_one_wins(w: World) {
    let user = w.user().await;
    let agent = w.agent(user).await;
    let race = async |expected_revision| {
        let answers = together((0..4).map(|_| {
            let schedules = w.schedules();
            let put = PutSchedule {
                expected_revision,
                ..w.new_schedule(&agent)
            };
            async move { schedules.put_schedule(&put).await.unwrap() }
        }))
        .await;
        let refused = answers
            .iter()
            .filter(|answer| **answer == PutResult::Conflict)
            .count();
        assert_eq!(refused, 3);
    };
    race(None).await;
    let stored = w.schedules().schedule(user, agent.id).await.unwrap();
    let stored = stored.unwrap();
    race(Some(stored.revision)).await;
    // A slot that was planned is a change as well.
    let before = w.current(&stored).await;
    w.waiting_slot(&before).await;
    race_lost(&w, &agent, before.revision).await;
}

async fn race_lost(w: &World, agent: &Agent, revision: u64) {
    let late = PutSchedule {
        expected_revision: Some(revision),
        ..w.new_schedule(agent)
    };
    let answer = w.schedules().put_schedule(&late).await.unwrap();
    assert_eq!(answer, PutResult::Conflict);
}

pub(crate) async fn only_an_own_agent_is_scheduled(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let (agent, deleted) = (w.agent(user).await, w.agent(user).await);
    let gone = w.agents().delete_agent(user, deleted.id, w.now()).await;
    assert!(gone.unwrap());
    let foreign = PutSchedule {
        user_id: other,
        ..w.new_schedule(&agent)
    };
    for put in [foreign, w.new_schedule(&deleted)] {
        let answer = w.schedules().put_schedule(&put).await.unwrap();
        assert_eq!(answer, PutResult::UnknownAgent);
    }
    assert_eq!(w.schedules().schedule(user, agent.id).await.unwrap(), None);
}

pub(crate) async fn a_paused_schedule_is_not_due_and_its_waiting_slots_end(w: World) {
    let user = w.user().await;
    let agent = w.agent(user).await;
    let schedule = w.schedule(&agent).await;
    let slot = w.waiting_slot(&schedule).await;
    w.pass(1);
    let pause = PutSchedule {
        spec: ScheduleSpec {
            paused: true,
            ..hourly()
        },
        expected_revision: Some(w.current(&schedule).await.revision),
        next_due_at: None,
        paused: Some(PauseReason::User),
        ..w.new_schedule(&agent)
    };
    let paused = w.put(&pause).await;
    assert_eq!(paused.paused, Some(PauseReason::User));
    assert!(paused.spec.paused);
    let row = w.slot_row(&slot).await;
    let ended = (SlotOutcome::Skipped, Some(SlotReason::Paused));
    assert_eq!((row.outcome, row.reason), ended);

    let resume = PutSchedule {
        expected_revision: Some(paused.revision),
        ..w.new_schedule(&agent)
    };
    let resumed = w.put(&resume).await;
    assert_eq!((resumed.paused, resumed.spec.paused), (None, false));
    assert_eq!(resumed.next_due_at, resume.next_due_at);
}

pub(crate) async fn a_removed_schedule_leaves_its_slots(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let agent = w.agent(user).await;
    let schedule = w.schedule(&agent).await;
    let run = w.fired(&schedule).await;
    w.pass(1);
    let waiting = w.waiting_slot(&schedule).await;
    let delete = async |user| {
        let deleted = w.schedules().delete_schedule(user, agent.id, w.now()).await;
        deleted.unwrap()
    };
    assert!(!delete(other).await);
    w.pass(1);
    assert!(delete(user).await);
    assert!(!delete(user).await);
    assert_eq!(w.schedules().schedule(user, agent.id).await.unwrap(), None);
    let slots = w
        .schedules()
        .list_slots(user, agent.id, &PageRequest::default())
        .await;
    let slots = slots.unwrap().items;
    assert_eq!(slots.len(), 2);
    let skipped = (SlotOutcome::Skipped, Some(SlotReason::ScheduleChanged));
    assert_eq!((slots[0].outcome, slots[0].reason), skipped);
    assert_eq!(slots[0].scheduled_at, waiting.scheduled_at);
    assert_eq!(
        (slots[1].outcome, slots[1].run_id),
        (SlotOutcome::Ran, Some(run))
    );
    // Another one may follow; it is another schedule.
    let next = w.schedule(&agent).await;
    assert_ne!(next.id, schedule.id);
}

pub(crate) async fn schedules_are_found_by_their_agents(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let (a, b, without) = (
        w.agent(user).await,
        w.agent(user).await,
        w.agent(user).await,
    );
    let foreign = w.agent(other).await;
    let (of_a, of_b) = (w.schedule(&a).await, w.schedule(&b).await);
    w.schedule(&foreign).await;
    let agents = [b.id, without.id, a.id, foreign.id];
    let mut found = w.schedules().schedules_of(user, &agents).await.unwrap();
    found.sort_by_key(|schedule| schedule.id);
    let mut expected = vec![of_a, of_b];
    expected.sort_by_key(|schedule| schedule.id);
    assert_eq!(found, expected);
    assert!(
        w.schedules()
            .schedules_of(user, &[])
            .await
            .unwrap()
            .is_empty()
    );
}

pub(crate) async fn the_next_schedules_come_soonest_first(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let at = async |user, minutes: Option<i64>| {
        let agent = w.agent(user).await;
        let put = PutSchedule {
            next_due_at: minutes.map(|minutes| w.now() + SignedDuration::from_mins(minutes)),
            ..w.new_schedule(&agent)
        };
        w.put(&put).await
    };
    let (late, soon) = (at(user, Some(9)).await, at(user, Some(3)).await);
    let off = at(user, Some(1)).await;
    let inactive = AgentStatus::Inactive;
    let set = w
        .agents()
        .set_agent_status(user, off.agent_id, inactive, w.now())
        .await;
    set.unwrap();
    at(user, None).await;
    at(other, Some(2)).await;
    let next = async |limit| w.schedules().next_schedules(user, limit).await.unwrap();
    assert_eq!(next(10).await, [soon.clone(), late]);
    assert_eq!(next(1).await, [soon]);
}
