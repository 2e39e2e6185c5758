//! Writing slots and moving the cursor.

use berth_domain::notification::{Notification, NotificationKind};
use berth_domain::page::PageRequest;
use berth_domain::ports::schedules::{PauseReason, Planning, PutSchedule, Schedule, SlotRow};
use berth_domain::schedule::{SlotOutcome, SlotReason};
use jiff::{SignedDuration, Timestamp};

use crate::World;
use crate::world::agents::planning;
use crate::world::together;

fn missed(slot: &SlotRow) -> SlotRow {
    SlotRow {
        outcome: SlotOutcome::Missed,
        reason: Some(SlotReason::Superseded),
        late: true,
        ..slot.clone()
    }
}

pub(crate) async fn planning_writes_slots_and_moves_the_cursor(w: World) {
    let user = w.user().await;
    let schedule = w.schedule(&w.agent(user).await).await;
    w.pass(7_200);
    let jitter = SignedDuration::from_secs(30);
    let slots = vec![
        missed(&w.slot(&schedule, w.now() - SignedDuration::from_hours(1))),
        SlotRow {
            dispatch_at: w.now() + jitter,
            ..w.slot(&schedule, w.now())
        },
    ];
    let planned = Planning {
        next_due_at: Some(w.now() + SignedDuration::from_hours(1)),
        ..planning(&schedule, slots.clone())
    };
    assert!(w.schedules().plan(&planned).await.unwrap());
    let now = w.current(&schedule).await;
    assert_eq!(
        (now.cursor, now.next_due_at),
        (w.now(), planned.next_due_at)
    );
    assert!(now.revision > schedule.revision);
    assert_eq!((now.paused, now.updated_at), (None, schedule.updated_at));
    for slot in slots {
        assert_eq!(w.slot_row(&slot).await, slot);
    }
}

pub(crate) async fn what_was_computed_from_an_older_state_is_refused(w: World) {
    let user = w.user().await;
    let schedule = w.schedule(&w.agent(user).await).await;
    let planned = together((0..10).map(|second| {
        let schedules = w.schedules();
        let slot = w.slot(&schedule, w.now() + SignedDuration::from_secs(second));
        let planned = planning(&schedule, vec![slot]);
        async move { schedules.plan(&planned).await.unwrap() }
    }))
    .await;
    assert_eq!(planned.iter().filter(|planned| **planned).count(), 1);
    let slots = w
        .schedules()
        .list_slots(user, schedule.agent_id, &PageRequest::default())
        .await;
    assert_eq!(slots.unwrap().items.len(), 1);
}

pub(crate) async fn many_are_planned_together_each_by_its_own_state(w: World) {
    let user = w.user().await;
    let mut plannings = Vec::new();
    for _ in 0..3 {
        let schedule = w.schedule(&w.agent(user).await).await;
        plannings.push(planning(&schedule, vec![w.slot(&schedule, w.now())]));
    }
    // Somebody has changed the second in between.
    plannings[1].revision += 1;
    let planned = w.schedules().plan_all(&plannings).await.unwrap();
    assert_eq!(planned, [true, false, true]);
    for (planning, planned) in plannings.iter().zip(planned) {
        let slot = &planning.slots[0];
        let page = PageRequest::default();
        let stored = w.schedules().list_slots(user, slot.agent_id, &page).await;
        let expected: &[SlotRow] = if planned { &planning.slots } else { &[] };
        assert_eq!(stored.unwrap().items, expected);
    }
    assert!(w.schedules().plan_all(&[]).await.unwrap().is_empty());
}

pub(crate) async fn what_is_told_of_a_plan_is_stored_with_it_once(w: World) {
    let user = w.user().await;
    let schedule = w.schedule(&w.agent(user).await).await;
    let told = Notification {
        id: w.id(),
        user_id: user,
        kind: NotificationKind::SlotMissed,
        agent_id: Some(schedule.agent_id),
        agent_name: Some("Brief".to_owned()),
        run_id: None,
        reason: None,
        detail: "1".to_owned(),
        at: w.now(),
        read_at: None,
    };
    let telling = Planning {
        told: Some((told.clone(), Vec::new())),
        ..planning(&schedule, vec![missed(&w.slot(&schedule, w.now()))])
    };
    assert!(w.schedules().plan(&telling).await.unwrap());
    // Refused, and so told of nothing.
    let refused = Planning {
        told: Some((
            Notification {
                id: w.id(),
                ..told.clone()
            },
            Vec::new(),
        )),
        ..telling.clone()
    };
    assert!(!w.schedules().plan(&refused).await.unwrap());
    // Told again, it stays as it is.
    let again = Planning {
        revision: w.current(&schedule).await.revision,
        told: Some((
            Notification {
                detail: "2".to_owned(),
                ..told.clone()
            },
            Vec::new(),
        )),
        ..telling
    };
    assert!(w.schedules().plan(&again).await.unwrap());
    let page = PageRequest::default();
    let notifications = w.notifications();
    let stored = notifications.list_notifications(user, false, &page).await;
    assert_eq!(stored.unwrap().items, [told]);
}

pub(crate) async fn a_slot_that_is_there_stays_as_it_is(w: World) {
    let user = w.user().await;
    let schedule = w.schedule(&w.agent(user).await).await;
    let first = w.waiting_slot(&schedule).await;
    w.plan(&schedule, vec![missed(&first)]).await;
    assert_eq!(w.slot_row(&first).await, first);
}

pub(crate) async fn a_schedule_that_stops_itself_is_not_due(w: World) {
    let user = w.user().await;
    let agent = w.agent(user).await;
    let schedule = w.schedule(&agent).await;
    let stop = Planning {
        next_due_at: None,
        pause: Some(PauseReason::CannotCompute),
        ..planning(&schedule, Vec::new())
    };
    assert!(w.schedules().plan(&stop).await.unwrap());
    let stopped = w.current(&schedule).await;
    assert_eq!(stopped.paused, Some(PauseReason::CannotCompute));
    assert!(stopped.spec.paused);
    assert_eq!(stopped.next_due_at, None);
    // A backfill plans slots of a schedule that is paused, and leaves it so.
    w.plan(&schedule, vec![w.slot(&schedule, w.now())]).await;
    let still = w.current(&schedule).await;
    assert_eq!(still.paused, Some(PauseReason::CannotCompute));
    let again = PutSchedule {
        expected_revision: Some(still.revision),
        ..w.new_schedule(&agent)
    };
    assert_eq!(w.put(&again).await.paused, None);
}

/// A schedule whose next slot is at this time.
async fn due_at(w: &World, at: Option<Timestamp>) -> Schedule {
    let agent = w.agent(w.user().await).await;
    let put = PutSchedule {
        next_due_at: at,
        ..w.new_schedule(&agent)
    };
    w.put(&put).await
}

/// A time long before that of every other case, so that what they do stands behind it.
fn long_ago(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
}

pub(crate) async fn due_schedules_come_longest_due_first(w: World) {
    let b = due_at(&w, Some(long_ago(20))).await;
    let a = due_at(&w, Some(long_ago(10))).await;
    let later = due_at(&w, Some(long_ago(21))).await;
    let paused = due_at(&w, None).await;
    let ours = [a.id, b.id, later.id, paused.id];
    let due = async |now, limit| {
        let due = w.schedules().due_schedules(now, limit).await.unwrap();
        let found = due.into_iter().filter(|found| ours.contains(&found.id));
        found.collect::<Vec<_>>()
    };
    assert_eq!(due(long_ago(20), 1_000).await, [a.clone(), b]);
    assert!(due(long_ago(9), 1_000).await.is_empty());
    let one = w.schedules().due_schedules(long_ago(20), 1).await;
    assert_eq!(one.unwrap().len(), 1);
}

pub(crate) async fn the_timer_learns_what_comes_next(w: World) {
    // A time of its own in the far future, for the store may be shared.
    let begin = w.now() + SignedDuration::from_hours(24 * 365 * 100);
    let after = |seconds| begin + SignedDuration::from_secs(seconds);
    let wake = async |now| w.schedules().next_wake(now).await.unwrap();
    let schedule = due_at(&w, Some(after(50))).await;
    assert_eq!(wake(begin).await, Some(after(50)));
    let slot = SlotRow {
        dispatch_at: after(30),
        ..w.slot(&schedule, after(20))
    };
    w.plan(&schedule, vec![slot]).await;
    assert_eq!(wake(begin).await, Some(after(30)));
    assert_eq!(wake(after(30)).await, Some(after(50)));
    let mut stop = planning(&w.current(&schedule).await, Vec::new());
    stop.next_due_at = None;
    assert!(w.schedules().plan(&stop).await.unwrap());
    assert_eq!(wake(begin).await, Some(after(30)));
}
