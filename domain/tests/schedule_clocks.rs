//! The days on which clocks change, written out by hand: local time, instant and note.

#![expect(
    clippy::unwrap_used,
    reason = "a panic is how a test fails, in its helpers too"
)]

use berth_domain::schedule::{FireNote, Frequency, Plan, ScheduleSpec};
use jiff::Timestamp;

fn cron(expression: &str, zone: &str) -> Plan {
    let spec = ScheduleSpec {
        cron: Some(expression.to_owned()),
        ..ScheduleSpec::new(Frequency::Cron, zone)
    };
    spec.validate().unwrap()
}

fn daily(time: &str, zone: &str) -> Plan {
    let spec = ScheduleSpec {
        time: Some(time.to_owned()),
        ..ScheduleSpec::new(Frequency::Daily, zone)
    };
    spec.validate().unwrap()
}

fn hourly(zone: &str) -> Plan {
    ScheduleSpec::new(Frequency::Hourly, zone)
        .validate()
        .unwrap()
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// "2026-03-08T07:00Z 03:00 gap": the instant, the clock's time, and the note.
fn fires(plan: &Plan, from: &str, count: usize) -> Vec<String> {
    plan.preview(count, instant(from))
        .into_iter()
        .map(|fire| {
            let note = match fire.note {
                None => "",
                Some(FireNote::Gap) => " gap",
                Some(FireNote::Repeated) => " repeated",
            };
            format!(
                "{} {}{note}",
                fire.at.strftime("%Y-%m-%dT%H:%MZ"),
                fire.local.strftime("%H:%M")
            )
        })
        .collect()
}

#[test]
fn a_time_that_does_not_exist_fires_at_the_next_minute_that_does() {
    for (zone, time, from, expected) in [
        // New York, 8 March 2026: 02:00 becomes 03:00.
        (
            "America/New_York",
            "02:30",
            "2026-03-07T12:00:00Z",
            [
                "2026-03-08T07:00Z 03:00 gap",
                "2026-03-09T06:30Z 02:30",
                "2026-03-10T06:30Z 02:30",
            ],
        ),
        // Berlin, 29 March 2026: 02:00 becomes 03:00.
        (
            "Europe/Berlin",
            "02:00",
            "2026-03-28T12:00:00Z",
            [
                "2026-03-29T01:00Z 03:00 gap",
                "2026-03-30T00:00Z 02:00",
                "2026-03-31T00:00Z 02:00",
            ],
        ),
        // Lord Howe, 4 October 2026: 02:00 becomes 02:30.
        (
            "Australia/Lord_Howe",
            "02:15",
            "2026-10-03T00:00:00Z",
            [
                "2026-10-03T15:30Z 02:30 gap",
                "2026-10-04T15:15Z 02:15",
                "2026-10-05T15:15Z 02:15",
            ],
        ),
        // Apia had no 30 December 2011.
        (
            "Pacific/Apia",
            "08:00",
            "2011-12-29T00:00:00Z",
            [
                "2011-12-29T18:00Z 08:00",
                "2011-12-30T10:00Z 00:00 gap",
                "2011-12-30T18:00Z 08:00",
            ],
        ),
    ] {
        assert_eq!(fires(&daily(time, zone), from, 3), expected, "{zone}");
    }
}

#[test]
fn a_time_that_comes_twice_fires_the_first_time_only() {
    for (zone, time, from, expected) in [
        // New York, 1 November 2026: 02:00 becomes 01:00.
        (
            "America/New_York",
            "01:30",
            "2026-10-31T12:00:00Z",
            [
                "2026-11-01T05:30Z 01:30 repeated",
                "2026-11-02T06:30Z 01:30",
            ],
        ),
        // Berlin, 25 October 2026: 03:00 becomes 02:00.
        (
            "Europe/Berlin",
            "02:00",
            "2026-10-24T12:00:00Z",
            [
                "2026-10-25T00:00Z 02:00 repeated",
                "2026-10-26T01:00Z 02:00",
            ],
        ),
        // Lord Howe, 5 April 2026: 02:00 becomes 01:30.
        (
            "Australia/Lord_Howe",
            "01:45",
            "2026-04-04T00:00:00Z",
            [
                "2026-04-04T14:45Z 01:45 repeated",
                "2026-04-05T15:15Z 01:45",
            ],
        ),
    ] {
        assert_eq!(fires(&daily(time, zone), from, 2), expected, "{zone}");
    }
}

#[test]
fn asked_in_the_second_pass_a_repeated_time_has_fired() {
    // 05:40 is 01:40 the first time, 06:10 is 01:10 the second time.
    let plan = daily("01:30", "America/New_York");
    for now in [
        "2026-11-01T05:30:00Z",
        "2026-11-01T05:40:00Z",
        "2026-11-01T06:10:00Z",
        "2026-11-01T06:30:00Z",
    ] {
        assert_eq!(fires(&plan, now, 1), ["2026-11-02T06:30Z 01:30"], "{now}");
    }
}

#[test]
fn hourly_follows_the_clock_on_the_wall() {
    // Forward: the hour that is left out and the one that follows it are one fire.
    assert_eq!(
        fires(&hourly("America/New_York"), "2026-03-08T05:00:00Z", 3),
        [
            "2026-03-08T06:00Z 01:00",
            "2026-03-08T07:00Z 03:00",
            "2026-03-08T08:00Z 04:00"
        ]
    );
    // Back: the hour that comes twice is one fire.
    assert_eq!(
        fires(&hourly("America/New_York"), "2026-11-01T04:00:00Z", 3),
        [
            "2026-11-01T05:00Z 01:00 repeated",
            "2026-11-01T07:00Z 02:00",
            "2026-11-01T08:00Z 03:00"
        ]
    );
    // Half an hour forward: 02:00 is moved to 02:30.
    assert_eq!(
        fires(&hourly("Australia/Lord_Howe"), "2026-10-03T14:30:00Z", 3),
        [
            "2026-10-03T15:30Z 02:30 gap",
            "2026-10-03T16:00Z 03:00",
            "2026-10-03T17:00Z 04:00"
        ]
    );
}

#[test]
fn many_times_in_one_gap_are_one_fire() {
    assert_eq!(
        fires(
            &cron("5,25,45 * * * *", "Europe/Berlin"),
            "2026-03-29T00:45:00Z",
            3
        ),
        [
            "2026-03-29T01:00Z 03:00 gap",
            "2026-03-29T01:05Z 03:05",
            "2026-03-29T01:25Z 03:25"
        ]
    );
    // A whole day of hours, in the night that Apia went from 29 to 31 December.
    assert_eq!(
        fires(&hourly("Pacific/Apia"), "2011-12-30T08:00:00Z", 3),
        [
            "2011-12-30T09:00Z 23:00",
            "2011-12-30T10:00Z 00:00",
            "2011-12-30T11:00Z 01:00"
        ]
    );
}

#[test]
fn a_weekday_that_was_left_out_fires_when_the_next_day_begins() {
    // 30 December 2011 would have been a Friday.
    assert_eq!(
        fires(
            &cron("0 8 * * FRI", "Pacific/Apia"),
            "2011-12-24T00:00:00Z",
            2
        ),
        ["2011-12-30T10:00Z 00:00 gap", "2012-01-05T18:00Z 08:00"]
    );
}

#[test]
fn a_zone_without_changes_has_no_notes() {
    let plan = cron("*/30 * * * *", "Asia/Seoul");
    let from = instant("2026-01-01T00:00:00Z");
    let fires = plan.between(from, instant("2027-01-01T00:00:00Z"), usize::MAX);
    assert_eq!(fires.len(), 365 * 48);
    assert!(fires.iter().all(|fire| fire.note.is_none()));
}
