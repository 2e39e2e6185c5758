//! Clocks that are set back, schedules that change while due, pauses and backfills.

#![expect(
    clippy::unwrap_used,
    reason = "a panic is how a test fails, in its helpers too"
)]

use berth_domain::schedule::{
    CatchUp, Due, Frequency, Plan, PlannedSlot, ScheduleSpec, SlotDecision, TooMany, due, respec,
    resume,
};
use jiff::{SignedDuration, Timestamp};

const PUNCTUAL: SlotDecision = SlotDecision::Run { late: false };

fn cron(expression: &str, catch_up: CatchUp) -> ScheduleSpec {
    ScheduleSpec {
        cron: Some(expression.to_owned()),
        catch_up,
        ..ScheduleSpec::new(Frequency::Cron, "Asia/Seoul")
    }
}

fn plan(spec: &ScheduleSpec) -> Plan {
    spec.validate().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

fn decisions(slots: &[PlannedSlot]) -> Vec<SlotDecision> {
    slots.iter().map(|slot| slot.decision).collect()
}

#[test]
fn a_clock_that_was_set_back_plans_nothing_twice() {
    let spec = cron("*/10 * * * *", CatchUp::All);
    let plan = plan(&spec);
    let before = due(
        &plan,
        &spec,
        at("2026-11-21T07:50:00Z"),
        at("2026-11-21T08:00:05Z"),
    );
    assert_eq!(decisions(&before.slots), [PUNCTUAL]);
    let back = at("2026-11-21T07:00:05Z");
    let during = due(&plan, &spec, before.cursor, back);
    assert_eq!(
        during,
        Due {
            slots: Vec::new(),
            cursor: before.cursor,
            next: Some(at("2026-11-21T08:10:00Z")),
        }
    );
    assert!(during.is_complete(back));
    let after = due(&plan, &spec, during.cursor, at("2026-11-21T08:10:05Z"));
    assert_eq!(after.slots.len(), 1);
    assert_eq!(after.slots[0].scheduled_at, at("2026-11-21T08:10:00Z"));
}

#[test]
fn a_zone_that_changes_while_due_plans_the_old_slots_first() {
    let old = ScheduleSpec {
        time: Some("08:00".to_owned()),
        ..ScheduleSpec::new(Frequency::Daily, "Asia/Seoul")
    };
    let new = ScheduleSpec {
        time_zone: "Europe/Berlin".to_owned(),
        ..old.clone()
    };
    // 08:00 in Seoul is 23:00; ten seconds later nobody has planned it yet.
    let (cursor, now) = (at("2026-11-20T00:00:00Z"), at("2026-11-20T23:00:10Z"));
    let change = respec((&plan(&old), &old), (&plan(&new), &new), cursor, now);
    assert!(change.complete);
    assert_eq!(change.slots.len(), 1);
    assert_eq!(change.slots[0].scheduled_at, at("2026-11-20T23:00:00Z"));
    assert_eq!(change.slots[0].decision, PUNCTUAL);
    assert_eq!(change.cursor, now);
    assert_eq!(change.next, Some(at("2026-11-21T07:00:00Z")));
}

#[test]
fn a_changed_schedule_makes_up_for_nothing_of_its_own() {
    let old = cron("0 20 * * *", CatchUp::All);
    let new = cron("* * * * *", CatchUp::All);
    let now = at("2026-11-21T08:00:30Z");
    let change = respec(
        (&plan(&old), &old),
        (&plan(&new), &new),
        at("2026-11-20T20:00:00Z"),
        now,
    );
    assert_eq!(change.slots, []);
    assert_eq!(change.next, Some(at("2026-11-21T08:01:00Z")));
    // The clock was set back before the change: never before what the old one planned.
    let ahead = at("2026-11-21T09:00:00Z");
    let change = respec((&plan(&old), &old), (&plan(&new), &new), ahead, now);
    assert_eq!(
        (change.cursor, change.next),
        (ahead, Some(at("2026-11-21T09:01:00Z")))
    );
}

#[test]
fn a_change_with_a_long_backlog_asks_to_be_called_again() {
    let old = cron("* * * * *", CatchUp::Skip);
    let new = cron("0 8 * * *", CatchUp::Skip);
    let now = at("2026-11-21T08:00:00Z");
    let mut cursor = now - seconds(2_500 * 60);
    let mut slots = 0;
    let next = loop {
        let change = respec((&plan(&old), &old), (&plan(&new), &new), cursor, now);
        cursor = change.cursor;
        slots += change.slots.len();
        if change.complete {
            break change.next;
        }
    };
    assert_eq!((slots, cursor), (2_500, now));
    assert_eq!(next, Some(at("2026-11-21T23:00:00Z")));
}

#[test]
fn a_pause_has_no_slots_and_resuming_makes_up_for_none() {
    let active = cron("0 * * * *", CatchUp::All);
    let paused = ScheduleSpec {
        paused: true,
        ..active.clone()
    };
    let plan = plan(&active);
    let (cursor, now) = (at("2026-11-14T08:00:00Z"), at("2026-11-21T08:30:00Z"));
    let pausing = respec(
        (&plan, &active),
        (&plan, &paused),
        cursor,
        cursor + seconds(5),
    );
    assert_eq!((pausing.slots.len(), pausing.next), (0, None));
    let asked = due(&plan, &paused, cursor, now);
    assert_eq!(
        (asked.slots.len(), asked.cursor, asked.next),
        (0, cursor, None)
    );
    assert!(asked.is_complete(now));
    assert_eq!(
        resume(&plan, &active, Some(cursor), now),
        (now, Some(at("2026-11-21T09:00:00Z")))
    );
    assert_eq!(
        resume(&plan, &active, None, now),
        (now, Some(at("2026-11-21T09:00:00Z")))
    );
    assert_eq!(resume(&plan, &paused, None, now), (now, None));
    let resumed = due(&plan, &active, now, at("2026-11-21T09:00:01Z"));
    assert_eq!(decisions(&resumed.slots), [PUNCTUAL]);
}

#[test]
fn a_backfill_is_asked_for_and_bounded() {
    let plan = plan(&cron("0 * * * *", CatchUp::Latest));
    let (from, to) = (at("2026-11-20T00:00:00Z"), at("2026-11-20T05:00:00Z"));
    let fires = plan.backfill(from, to, 6).unwrap();
    assert_eq!((fires[0].at, fires[5].at, fires.len()), (from, to, 6));
    assert_eq!(plan.backfill(from, to, 5), Err(TooMany { max: 5 }));
    assert_eq!(plan.backfill(to, from, 5), Ok(Vec::new()));
}
