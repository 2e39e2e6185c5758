//! What was due becomes slots: punctual, late, and far too many at once.

#![expect(
    clippy::unwrap_used,
    reason = "a panic is how a test fails, in its helpers too"
)]

use berth_domain::schedule::{
    CatchUp, Frequency, MAX_SLOTS, Plan, PlannedSlot, ScheduleSpec, SlotDecision, SlotReason, due,
};
use jiff::{SignedDuration, Timestamp};

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

const LATE: SlotDecision = SlotDecision::Run { late: true };
const PUNCTUAL: SlotDecision = SlotDecision::Run { late: false };

fn missed(reason: SlotReason) -> SlotDecision {
    SlotDecision::Missed(reason)
}

fn decisions(slots: &[PlannedSlot]) -> Vec<SlotDecision> {
    slots.iter().map(|slot| slot.decision).collect()
}

/// Asks until everything is planned, as a caller does, with time that passes between two calls.
fn drain(
    spec: &ScheduleSpec,
    mut cursor: Timestamp,
    mut now: Timestamp,
    passes: SignedDuration,
) -> Vec<PlannedSlot> {
    let plan = plan(spec);
    let mut slots = Vec::new();
    loop {
        let due = due(&plan, spec, cursor, now);
        assert!(due.slots.len() <= MAX_SLOTS);
        assert!(due.is_complete(now) || !due.slots.is_empty(), "no progress");
        cursor = due.cursor;
        slots.extend(due.slots.iter().copied());
        if due.is_complete(now) {
            return slots;
        }
        now += passes;
    }
}

#[test]
fn a_punctual_slot_runs_whatever_the_rule() {
    for catch_up in [CatchUp::Skip, CatchUp::Latest, CatchUp::All] {
        let spec = cron("0 * * * *", catch_up);
        for delay in [0, 1, 60, 90] {
            let now = at("2026-11-21T08:00:00Z") + seconds(delay);
            let due = due(&plan(&spec), &spec, at("2026-11-21T07:00:00Z"), now);
            assert_eq!(
                decisions(&due.slots),
                [PUNCTUAL],
                "{catch_up} after {delay} s"
            );
            assert_eq!(due.cursor, at("2026-11-21T08:00:00Z"));
            assert_eq!(due.next, Some(at("2026-11-21T09:00:00Z")));
        }
    }
}

#[test]
fn off_over_five_slots() {
    use SlotReason::{CatchUpSkip, OverCatchUpMax, Superseded};
    let (cursor, now) = (at("2026-11-21T03:00:00Z"), at("2026-11-21T08:10:00Z"));
    for (catch_up, expected) in [
        (CatchUp::Skip, [missed(CatchUpSkip); 5]),
        (
            CatchUp::Latest,
            [
                missed(Superseded),
                missed(Superseded),
                missed(Superseded),
                missed(Superseded),
                LATE,
            ],
        ),
        (
            CatchUp::All,
            [
                missed(OverCatchUpMax),
                missed(OverCatchUpMax),
                LATE,
                LATE,
                LATE,
            ],
        ),
    ] {
        let spec = cron("0 * * * *", catch_up);
        let due = due(&plan(&spec), &spec, cursor, now);
        assert_eq!(decisions(&due.slots), expected, "{catch_up}");
        assert_eq!(due.slots[0].scheduled_at, at("2026-11-21T04:00:00Z"));
        assert_eq!(due.cursor, at("2026-11-21T08:00:00Z"));
        assert_eq!(due.next, Some(at("2026-11-21T09:00:00Z")));
        assert!(due.is_complete(now));
    }
}

#[test]
fn a_punctual_slot_supersedes_late_ones_and_does_not_count_as_caught_up() {
    use SlotReason::Superseded;
    let (cursor, now) = (at("2026-11-21T03:00:00Z"), at("2026-11-21T08:00:30Z"));
    let latest = cron("0 * * * *", CatchUp::Latest);
    assert_eq!(
        decisions(&due(&plan(&latest), &latest, cursor, now).slots),
        [
            missed(Superseded),
            missed(Superseded),
            missed(Superseded),
            missed(Superseded),
            PUNCTUAL
        ]
    );
    let all = cron("0 * * * *", CatchUp::All);
    assert_eq!(
        decisions(&due(&plan(&all), &all, cursor, now).slots),
        [
            missed(SlotReason::OverCatchUpMax),
            LATE,
            LATE,
            LATE,
            PUNCTUAL
        ]
    );
}

#[test]
fn the_newest_slot_runs_within_a_day_and_not_after() {
    let spec = cron("0 8 * * MON", CatchUp::Latest);
    let monday = at("2026-11-22T23:00:00Z");
    let cursor = monday - seconds(7 * 86_400);
    for (delay, expected) in [
        (91, LATE),
        (86_400, LATE),
        (86_401, missed(SlotReason::TooOld)),
    ] {
        let due = due(&plan(&spec), &spec, cursor, monday + seconds(delay));
        assert_eq!(decisions(&due.slots), [expected], "after {delay} s");
    }
}

#[test]
fn months_off_are_planned_in_parts_and_nothing_is_lost() {
    let (from, to) = (at("2026-09-20T00:00:00Z"), at("2026-11-21T08:10:30Z"));
    for (expression, catch_up, runs) in [
        ("0 * * * *", CatchUp::Skip, 0),
        ("0 * * * *", CatchUp::Latest, 1),
        ("0 * * * *", CatchUp::All, 3),
        ("*/5 * * * *", CatchUp::Latest, 1),
        ("*/5 * * * *", CatchUp::All, 4),
    ] {
        let spec = cron(expression, catch_up);
        let slots = drain(&spec, from, to, seconds(0));
        let fires = plan(&spec).between(from, to, usize::MAX);
        assert!(fires.len() > MAX_SLOTS);
        let times: Vec<_> = slots.iter().map(|slot| slot.scheduled_at).collect();
        assert_eq!(
            times,
            fires.iter().map(|fire| fire.at).collect::<Vec<_>>(),
            "{expression} {catch_up}"
        );
        let ran = slots
            .iter()
            .filter(|slot| matches!(slot.decision, SlotDecision::Run { .. }))
            .count();
        // With every fifth minute, the slot of 08:10 is punctual.
        assert_eq!(ran, runs, "{expression} {catch_up}");
        assert!(
            slots[slots.len() - runs..]
                .iter()
                .all(|slot| matches!(slot.decision, SlotDecision::Run { .. }))
        );
    }
}

#[test]
fn time_that_passes_while_parts_are_planned_adds_no_late_run() {
    let spec = cron("* * * * *", CatchUp::All);
    for backlog in 995..1_010 {
        let now = at("2026-11-21T08:00:00Z");
        let slots = drain(&spec, now - seconds(backlog * 60), now, seconds(300));
        let late = slots.iter().filter(|slot| slot.decision == LATE).count();
        assert_eq!(late, 3, "{backlog} minutes");
    }
}

#[test]
fn latest_of_a_long_backlog_knows_the_newest_from_the_first_part_on() {
    let spec = cron("* * * * *", CatchUp::Latest);
    let now = at("2026-11-21T08:05:00Z");
    // Within a day, so that the reason of the first part is what tells: a newer one is due, far beyond this part.
    let first = due(&plan(&spec), &spec, now - seconds(20 * 3_600), now);
    assert_eq!(first.slots.len(), MAX_SLOTS);
    assert!(!first.is_complete(now));
    assert!(
        decisions(&first.slots)
            .iter()
            .all(|decision| *decision == missed(SlotReason::Superseded))
    );
    assert_eq!(first.next, Some(first.cursor + seconds(60)));
}
