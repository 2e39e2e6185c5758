//! Looking at slots.

use berth_domain::page::{Page, PageRequest};
use berth_domain::ports::schedules::SlotRow;
use berth_domain::schedule::{SlotOutcome, SlotReason};
use jiff::SignedDuration;

use crate::World;

pub(crate) async fn waiting_slots_come_oldest_first(w: World) {
    let user = w.user().await;
    let schedule = w.schedule(&w.agent(user).await).await;
    let at = |seconds| w.now() + SignedDuration::from_secs(seconds);
    let slot = |scheduled, dispatch| SlotRow {
        dispatch_at: at(dispatch),
        ..w.slot(&schedule, at(scheduled))
    };
    // A whole catch-up waits for one instant.
    let (a, b, c, later) = (slot(0, 9), slot(1, 10), slot(2, 10), slot(3, 11));
    let ended = SlotRow {
        outcome: SlotOutcome::Skipped,
        reason: Some(SlotReason::Budget),
        ..slot(4, 0)
    };
    let planned = vec![c.clone(), later, ended, b.clone(), a.clone()];
    w.plan(&schedule, planned).await;
    let waiting = async |now| {
        let waiting = w.schedules().waiting_slots(now, 100_000).await.unwrap();
        let ours = waiting
            .into_iter()
            .filter(|slot| slot.schedule_id == schedule.id);
        ours.collect::<Vec<_>>()
    };
    assert_eq!(waiting(at(10)).await, [a, b, c]);
    assert!(waiting(at(8)).await.is_empty());
    let one = w.schedules().waiting_slots(at(10), 1).await;
    assert_eq!(one.unwrap().len(), 1);
}

pub(crate) async fn pages_hold_every_slot_while_others_are_added(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let agent = w.agent(user).await;
    let first = w.schedule(&agent).await;
    let mut expected = Vec::new();
    for _ in 0..4 {
        w.pass(1);
        let slot = w.waiting_slot(&first).await;
        expected.push((slot.scheduled_at, slot.schedule_id));
    }
    let removed = w.schedules().delete_schedule(user, agent.id, w.now()).await;
    assert!(removed.unwrap());
    // The agent's next schedule has a slot at the same time.
    let second = w.schedule(&agent).await;
    for _ in 0..3 {
        let slot = w.waiting_slot(&second).await;
        expected.push((slot.scheduled_at, slot.schedule_id));
        w.pass(1);
    }
    let mut request = PageRequest {
        cursor: None,
        limit: Some(2),
    };
    let mut seen = Vec::new();
    loop {
        let page = w.schedules().list_slots(user, agent.id, &request).await;
        let Page { items, next } = page.unwrap();
        assert!(items.len() <= 2);
        seen.extend(
            items
                .iter()
                .map(|slot| (slot.scheduled_at, slot.schedule_id)),
        );
        w.waiting_slot(&second).await;
        w.pass(1);
        request.cursor = next;
        if request.cursor.is_none() {
            break;
        }
    }
    let times = |slots: &[(_, _)]| slots.iter().map(|(at, _)| *at).collect::<Vec<_>>();
    assert!(times(&seen).is_sorted_by(|later, earlier| later >= earlier));
    seen.sort_unstable();
    expected.sort_unstable();
    assert_eq!(seen, expected);
    let foreign = w
        .schedules()
        .list_slots(other, agent.id, &PageRequest::default())
        .await;
    assert!(foreign.unwrap().items.is_empty());
}

pub(crate) async fn missed_slots_are_listed_by_when_they_were_found_missed(w: World) {
    let (user, other) = (w.user().await, w.user().await);
    let schedule = w.schedule(&w.agent(user).await).await;
    let foreign = w.schedule(&w.agent(other).await).await;
    let missed = |schedule, hours| SlotRow {
        outcome: SlotOutcome::Missed,
        reason: Some(SlotReason::CatchUpSkip),
        late: true,
        ..w.slot(schedule, w.now() - SignedDuration::from_hours(hours))
    };
    let before = missed(&schedule, 1);
    w.plan(&schedule, vec![before.clone()]).await;
    w.pass(10);
    let since = w.now();
    let (older, newer) = (missed(&schedule, 30), missed(&schedule, 20));
    let waiting = w.slot(&schedule, w.now());
    w.plan(&schedule, vec![older.clone(), newer.clone(), waiting])
        .await;
    w.plan(&foreign, vec![missed(&foreign, 1)]).await;
    let found = async |since, limit| {
        let found = w.schedules().missed_slots(user, since, limit).await;
        found.unwrap()
    };
    assert_eq!(found(since, 10).await, [newer.clone(), older.clone()]);
    assert_eq!(found(since, 1).await, std::slice::from_ref(&newer));
    let all = found(since - SignedDuration::from_secs(10), 10).await;
    assert_eq!(all, [newer, older, before]);
}
