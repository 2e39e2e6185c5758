//! From a waiting slot to its run.

use berth_domain::agent::{Agent, AgentSnapshot, AgentStatus, VersionNote};
use berth_domain::conversation::{Origin, title_of};
use berth_domain::ids::{ConversationId, RunId};
use berth_domain::ports::agents::AgentChange;
use berth_domain::ports::runs::{CancelOutcome, Submission};
use berth_domain::ports::schedules::{Fired, Firing, Planning, Schedule, SlotRow};
use berth_domain::run::{Outcome, Reason, Run, RunState, Trigger};
use berth_domain::schedule::{Overlap, SlotOutcome, SlotReason, slot_message_id, slot_run_id};
use jiff::SignedDuration;

use crate::World;
use crate::world::agents::{planning, spec};
use crate::world::together;

async fn scheduled(w: &World) -> (Agent, Schedule) {
    let agent = w.agent(w.user().await).await;
    let schedule = w.schedule(&agent).await;
    (agent, schedule)
}

async fn run(w: &World, agent: &Agent, id: RunId) -> Run {
    let found = w.runs().run(agent.user_id, id).await.unwrap();
    found.expect("a run")
}

/// The run of a slot that must have got one just now, and those that were asked to stop for it.
fn ran(fired: Fired) -> (RunId, Vec<RunId>) {
    match fired {
        Fired::Ran {
            run_id,
            repeated: false,
            stopping,
        } => (run_id, stopping),
        other => panic!("did not run: {other:?}"),
    }
}

fn skipped(reason: SlotReason) -> Fired {
    Fired::Ended(SlotOutcome::Skipped, reason)
}

pub(crate) async fn a_slot_becomes_a_run(w: World) {
    let (agent, schedule) = scheduled(&w).await;
    let slot = w.waiting_slot(&schedule).await;
    w.pass(3);
    let (id, stopping) = ran(w.fire(&slot, Overlap::QueueOne).await);
    assert_eq!(id, slot_run_id(schedule.id, slot.scheduled_at));
    assert!(stopping.is_empty());
    let found = run(&w, &agent, id).await;
    assert_eq!(
        (found.state, found.trigger),
        (RunState::Queued, Trigger::Schedule)
    );
    assert_eq!(found.slot, Some((schedule.id, slot.scheduled_at)));
    assert_eq!(
        (found.agent_id, found.agent_version),
        (Some(agent.id), Some(1))
    );
    assert_eq!(found.agent_name.as_ref(), Some(&agent.spec.name));
    assert_eq!(found.queued_at, w.now());
    let message = slot_message_id(schedule.id, slot.scheduled_at);
    assert_eq!(found.message_id, message);
    assert_eq!(found.conversation_id, ConversationId(id.0));

    let place = w.conversations();
    let place = place
        .conversation(agent.user_id, found.conversation_id)
        .await;
    let place = place.unwrap().unwrap();
    assert_eq!(
        (place.origin, place.agent_id),
        (Origin::Run, Some(agent.id))
    );
    assert_eq!(place.title, title_of(&agent.spec.prompt));
    assert_eq!(w.kinds(place.id).await, ["message", "queued"]);
    let row = w.slot_row(&slot).await;
    let expected = SlotRow {
        outcome: SlotOutcome::Ran,
        run_id: Some(id),
        decided_at: w.now(),
        ..slot
    };
    assert_eq!(row, expected);
    let claimed = w.claim(id, &w.runner()).await;
    assert_eq!(claimed.content, agent.spec.prompt);
    assert_eq!(claimed.agent, Some(agent.snapshot()));
}

pub(crate) async fn a_slot_fired_ten_times_at_once_is_one_run(w: World) {
    let (agent, schedule) = scheduled(&w).await;
    let slot = w.waiting_slot(&schedule).await;
    let firing = Firing {
        schedule_id: schedule.id,
        scheduled_at: slot.scheduled_at,
        overlap: Overlap::Skip,
        now: w.now(),
    };
    let answers = together((0..10).map(|_| {
        let (schedules, firing) = (w.schedules(), firing.clone());
        async move { schedules.fire(&firing).await.unwrap() }
    }))
    .await;
    let id = slot_run_id(schedule.id, slot.scheduled_at);
    let answer = |repeated| Fired::Ran {
        run_id: id,
        repeated,
        stopping: Vec::new(),
    };
    let (first, again): (Vec<_>, Vec<_>) = answers
        .into_iter()
        .partition(|fired| *fired == answer(false));
    assert_eq!(first.len(), 1);
    assert!(again.iter().all(|fired| *fired == answer(true)));
    let place = run(&w, &agent, id).await.conversation_id;
    assert_eq!(w.kinds(place).await, ["message", "queued"]);
    w.complete(id).await;
    assert_eq!(w.fire(&slot, Overlap::Skip).await, answer(true));
}

pub(crate) async fn many_are_fired_together_in_their_order(w: World) {
    let (_, schedule) = scheduled(&w).await;
    let (_, other) = scheduled(&w).await;
    let first = w.waiting_slot(&schedule).await;
    w.pass(1);
    let second = w.waiting_slot(&schedule).await;
    let third = w.waiting_slot(&other).await;
    let unknown = w.slot(&other, w.now() + SignedDuration::from_secs(1));
    let firings = [&first, &second, &unknown, &third].map(|slot| Firing {
        schedule_id: slot.schedule_id,
        scheduled_at: slot.scheduled_at,
        overlap: Overlap::Skip,
        now: w.now(),
    });
    let fired = w.schedules().fire_all(&firings).await.unwrap();
    let ran = |slot: &SlotRow, repeated| Fired::Ran {
        run_id: slot_run_id(slot.schedule_id, slot.scheduled_at),
        repeated,
        stopping: Vec::new(),
    };
    // The second of an agent finds the run of the first, though both are of one call.
    let skipped = skipped(SlotReason::Overlap);
    let expected = [
        ran(&first, false),
        skipped.clone(),
        Fired::Unknown,
        ran(&third, false),
    ];
    assert_eq!(fired, expected);
    let again = w.schedules().fire_all(&firings).await.unwrap();
    assert_eq!(
        again,
        [
            ran(&first, true),
            skipped,
            Fired::Unknown,
            ran(&third, true)
        ]
    );
}

pub(crate) async fn a_slot_that_ended_otherwise_stays_so(w: World) {
    let (agent, schedule) = scheduled(&w).await;
    let missed = SlotRow {
        outcome: SlotOutcome::Missed,
        reason: Some(SlotReason::TooOld),
        late: true,
        ..w.slot(&schedule, w.now())
    };
    w.plan(&schedule, vec![missed.clone()]).await;
    let ended = Fired::Ended(SlotOutcome::Missed, SlotReason::TooOld);
    assert_eq!(w.fire(&missed, Overlap::QueueOne).await, ended);
    let unknown = w.slot(&schedule, w.now() + SignedDuration::from_secs(1));
    assert_eq!(w.fire(&unknown, Overlap::QueueOne).await, Fired::Unknown);
    let id = slot_run_id(schedule.id, missed.scheduled_at);
    assert_eq!(w.runs().run(agent.user_id, id).await.unwrap(), None);
}

pub(crate) async fn an_inactive_agent_skips_its_slots(w: World) {
    let (agent, schedule) = scheduled(&w).await;
    let slot = w.waiting_slot(&schedule).await;
    let set = async |status| {
        let set = w
            .agents()
            .set_agent_status(agent.user_id, agent.id, status, w.now())
            .await;
        assert!(set.unwrap().is_some());
    };
    set(AgentStatus::Inactive).await;
    let expected = skipped(SlotReason::AgentInactive);
    assert_eq!(w.fire(&slot, Overlap::QueueOne).await, expected);
    set(AgentStatus::Active).await;
    assert_eq!(w.fire(&slot, Overlap::QueueOne).await, expected);
    let row = w.slot_row(&slot).await;
    assert_eq!((row.outcome, row.run_id), (SlotOutcome::Skipped, None));
    assert_eq!(row.reason, Some(SlotReason::AgentInactive));
}

pub(crate) async fn what_was_decided_with_its_row_runs_though_switched_off_since(w: World) {
    let (agent, schedule) = scheduled(&w).await;
    let slot = w.slot(&schedule, w.now());
    let planned = Planning {
        decide: true,
        ..planning(&schedule, vec![slot.clone()])
    };
    assert!(w.schedules().plan(&planned).await.unwrap());
    assert_eq!(w.slot_row(&slot).await.outcome, SlotOutcome::Pending);
    let off = w.agents();
    let off = off.set_agent_status(agent.user_id, agent.id, AgentStatus::Inactive, w.now());
    assert!(off.await.unwrap().is_some());
    let fired = w.fire(&slot, Overlap::QueueOne).await;
    if w.differences.decides_with_the_row {
        ran(fired);
    } else {
        assert_eq!(fired, skipped(SlotReason::AgentInactive));
    }
}

pub(crate) async fn a_slot_runs_the_version_of_its_moment(w: World) {
    let (agent, schedule) = scheduled(&w).await;
    let slot = w.waiting_slot(&schedule).await;
    let change = |spec| AgentChange {
        spec,
        expected_version: None,
        note: VersionNote::Edited,
        now: w.now(),
    };
    let edit = async |name| {
        let change = change(spec(name));
        let changed = w
            .agents()
            .change_agent(agent.user_id, agent.id, &change)
            .await;
        changed.unwrap();
    };
    edit("둘째").await;
    let (id, _) = ran(w.fire(&slot, Overlap::QueueOne).await);
    edit("셋째").await;
    let expected = AgentSnapshot {
        number: agent.number,
        version: Some(2),
        spec: spec("둘째"),
    };
    let given = w.runs().run_agent(agent.user_id, id).await.unwrap();
    assert_eq!(given.as_ref(), Some(&expected));
    assert_eq!(w.claim(id, &w.runner()).await.agent, Some(expected));
}

pub(crate) async fn skip_runs_only_when_nothing_is_unfinished(w: World) {
    let (agent, schedule) = scheduled(&w).await;
    // What a person started counts as well; a chat about the agent does not.
    let chat = Submission {
        agent_id: Some(agent.id),
        ..w.submission(agent.user_id)
    };
    w.accept(&chat).await;
    let (manual, _) = w.accept(&w.run_of(&agent)).await;
    let first = w.waiting_slot(&schedule).await;
    let expected = skipped(SlotReason::Overlap);
    assert_eq!(w.fire(&first, Overlap::Skip).await, expected);
    let epoch = w.claim(manual, &w.runner()).await.lease.epoch;
    w.pass(1);
    let second = w.waiting_slot(&schedule).await;
    assert_eq!(w.fire(&second, Overlap::Skip).await, expected);
    w.finish(manual, epoch).await;
    w.pass(1);
    let third = w.waiting_slot(&schedule).await;
    ran(w.fire(&third, Overlap::Skip).await);
}

pub(crate) async fn queue_one_lets_one_wait_behind_what_runs(w: World) {
    let (_, schedule) = scheduled(&w).await;
    let first = w.fired(&schedule).await;
    let epoch = w.claim(first, &w.runner()).await.lease.epoch;
    let second = w.fired(&schedule).await;
    w.pass(1);
    let third = w.waiting_slot(&schedule).await;
    let fired = w.fire(&third, Overlap::QueueOne).await;
    assert_eq!(fired, skipped(SlotReason::Overlap));
    let early = w.try_claim(second, &w.runner()).await;
    assert!(early.is_none(), "the one before it is at work");
    w.finish(first, epoch).await;
    w.claim(second, &w.runner()).await;
}

pub(crate) async fn cancel_previous_stops_what_is_unfinished(w: World) {
    let (agent, schedule) = scheduled(&w).await;
    let working = w.fired(&schedule).await;
    let epoch = w.claim(working, &w.runner()).await.lease.epoch;
    let waiting = w.fired(&schedule).await;
    w.pass(1);
    let slot = w.waiting_slot(&schedule).await;
    let (next, stopping) = ran(w.fire(&slot, Overlap::CancelPrevious).await);
    assert_eq!(stopping, [working]);
    let ended = run(&w, &agent, waiting).await;
    assert_eq!(ended.state, RunState::Cancelled);
    assert_eq!(ended.reason, Some(Reason::ReplacedByNext));
    let told = run(&w, &agent, working).await;
    assert_eq!(told.cancel_requested_at, Some(w.now()));
    assert!(w.try_claim(next, &w.runner()).await.is_none());
    // The runner only knows that it was to stop; a person who presses "stop" as well changes nothing.
    let runs = w.runs();
    let pressed = runs.request_cancel(agent.user_id, working, w.now());
    assert_eq!(pressed.await.unwrap(), CancelOutcome::Requested);
    let stopped = Outcome::new(RunState::Cancelled, Reason::StoppedByUser, None);
    w.end_with(working, epoch, &stopped).await;
    let stopped = run(&w, &agent, working).await;
    assert_eq!(stopped.reason, Some(Reason::ReplacedByNext));
    w.claim(next, &w.runner()).await;
}

pub(crate) async fn the_late_slots_of_one_catch_up_do_not_overlap(w: World) {
    let (agent, schedule) = scheduled(&w).await;
    let late = |minutes| SlotRow {
        late: true,
        ..w.slot(&schedule, w.now() - SignedDuration::from_mins(minutes))
    };
    let slots = vec![late(30), late(20), late(10)];
    w.plan(&schedule, slots.clone()).await;
    let mut runs = Vec::new();
    for slot in &slots {
        runs.push(ran(w.fire(slot, Overlap::Skip).await).0);
    }
    // One after the other, oldest first.
    for (at, id) in runs.iter().enumerate() {
        for later in &runs[at + 1..] {
            assert!(w.try_claim(*later, &w.runner()).await.is_none());
        }
        w.complete(*id).await;
    }
    // But the run of a person overlaps them, and they overlap the next slot.
    let more = vec![late(9), late(8)];
    w.plan(&schedule, more.clone()).await;
    ran(w.fire(&more[0], Overlap::Skip).await);
    let punctual = w.waiting_slot(&schedule).await;
    let fired = w.fire(&punctual, Overlap::Skip).await;
    assert_eq!(fired, skipped(SlotReason::Overlap));
    w.accept(&w.run_of(&agent)).await;
    let fired = w.fire(&more[1], Overlap::Skip).await;
    assert_eq!(fired, skipped(SlotReason::Overlap));
}
