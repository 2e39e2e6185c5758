//! Every kind of schedule over two years in five zones, against a reckoning that works the other way round.
//!
//! `Plan` goes from local times to instants. The reckoning here watches a clock on the wall instead, real minute after real
//! minute, and keeps the latest time it has shown: a minute later than that is new, several at once are a jump forward, and
//! anything else has been shown before. It knows nothing of offsets, gaps or folds.

#![expect(
    clippy::unwrap_used,
    reason = "a panic is how a test fails, in its helpers too"
)]

use berth_domain::schedule::{Fire, FireNote, Frequency, ScheduleSpec, Weekday};
use jiff::civil::{DateTime, Weekday as Day};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp, ToSpan as _};

/// One kind of schedule: how a person writes it, and the local minutes it means, in plain words.
struct Kind {
    name: &'static str,
    spec: ScheduleSpec,
    means: fn(DateTime) -> bool,
}

/// What the wall clock does in a real minute that it was not seen to do before.
struct Shown {
    at: Timestamp,
    /// The minutes shown for the first time: one, or all that a jump forward passed over and the one it ended at.
    first: DateTime,
    last: DateTime,
    /// Whether the clock shows this minute again later.
    again: bool,
}

fn at(hour: i8, minute: i8) -> impl Fn(DateTime) -> bool {
    move |local| (local.hour(), local.minute()) == (hour, minute)
}

fn kinds() -> Vec<Kind> {
    let spec = |frequency, time: &str| ScheduleSpec {
        time: Some(time.to_owned()),
        ..ScheduleSpec::new(frequency, "")
    };
    let cron = |expression: &str| ScheduleSpec {
        cron: Some(expression.to_owned()),
        ..ScheduleSpec::new(Frequency::Cron, "")
    };
    let kind = |name, spec, means| Kind { name, spec, means };
    vec![
        kind(
            "hourly",
            ScheduleSpec::new(Frequency::Hourly, ""),
            |local| local.minute() == 0,
        ),
        kind("hourly at 15", spec(Frequency::Hourly, "00:15"), |local| {
            local.minute() == 15
        }),
        kind("hourly at 45", spec(Frequency::Hourly, "23:45"), |local| {
            local.minute() == 45
        }),
        kind("daily 00:00", spec(Frequency::Daily, "00:00"), |local| {
            at(0, 0)(local)
        }),
        kind("daily 01:30", spec(Frequency::Daily, "01:30"), |local| {
            at(1, 30)(local)
        }),
        kind("daily 02:15", spec(Frequency::Daily, "02:15"), |local| {
            at(2, 15)(local)
        }),
        kind("daily 03:00", spec(Frequency::Daily, "03:00"), |local| {
            at(3, 0)(local)
        }),
        kind("daily 23:59", spec(Frequency::Daily, "23:59"), |local| {
            at(23, 59)(local)
        }),
        kind(
            "weekly on Sunday and Friday 02:30",
            ScheduleSpec {
                weekdays: vec![Weekday::Sun, Weekday::Fri],
                ..spec(Frequency::Weekly, "02:30")
            },
            |local| matches!(local.weekday(), Day::Sunday | Day::Friday) && at(2, 30)(local),
        ),
        kind(
            "monthly on 31 at 02:30",
            ScheduleSpec {
                day_of_month: Some(31),
                ..spec(Frequency::Monthly, "02:30")
            },
            |local| at(2, 30)(local) && local.date().tomorrow().unwrap().day() == 1,
        ),
        kind(
            "monthly on 29 at 08:00",
            ScheduleSpec {
                day_of_month: Some(29),
                ..spec(Frequency::Monthly, "08:00")
            },
            |local| local.day() == local.days_in_month().min(29) && at(8, 0)(local),
        ),
        kind("cron */20 * * * *", cron("*/20 * * * *"), |local| {
            local.minute() % 20 == 0
        }),
        kind("cron 30 1-3 * * *", cron("30 1-3 * * *"), |local| {
            local.minute() == 30 && (1..=3).contains(&local.hour())
        }),
        kind("cron 0 9 1-7 * +MON", cron("0 9 1-7 * +MON"), |local| {
            local.day() <= 7 && local.weekday() == Day::Monday && at(9, 0)(local)
        }),
        kind("cron 5 2 13 * FRI", cron("5 2 13 * FRI"), |local| {
            (local.day() == 13 || local.weekday() == Day::Friday) && at(2, 5)(local)
        }),
        kind("cron 0 18 L * *", cron("0 18 L * *"), |local| {
            local.day() == local.days_in_month() && at(18, 0)(local)
        }),
        kind(
            "cron 10,50 0,12 * MAR-APR,OCT SUN",
            cron("10,50 0,12 * MAR-APR,OCT SUN"),
            |local| {
                matches!(local.month(), 3 | 4 | 10)
                    && local.weekday() == Day::Sunday
                    && matches!(local.hour(), 0 | 12)
                    && matches!(local.minute(), 10 | 50)
            },
        ),
    ]
}

/// Watches the clock of a zone from `from` to `to`.
fn watch(zone: &TimeZone, from: Timestamp, to: Timestamp) -> Vec<Shown> {
    let mut shown: Vec<Shown> = Vec::new();
    let mut at = from;
    while at <= to {
        let local = zone.to_datetime(at);
        match shown.last() {
            Some(latest) if local <= latest.last => {
                let index = shown.partition_point(|shown| shown.last < local);
                shown[index].again = true;
            }
            latest => {
                let first = latest.map_or(local, |latest| latest.last + 1.minute());
                shown.push(Shown {
                    at,
                    first,
                    last: local,
                    again: false,
                });
            }
        }
        at += SignedDuration::from_mins(1);
    }
    shown
}

fn expected(clock: &[Shown], means: fn(DateTime) -> bool) -> Vec<Fire> {
    let fire = |shown: &Shown| {
        let note = if means(shown.last) {
            shown.again.then_some(FireNote::Repeated)
        } else if jumped_over(shown).any(means) {
            Some(FireNote::Gap)
        } else {
            return None;
        };
        Some(Fire {
            at: shown.at,
            local: shown.last,
            note,
        })
    };
    clock.iter().filter_map(fire).collect()
}

/// The minutes that a jump forward left out.
fn jumped_over(shown: &Shown) -> impl Iterator<Item = DateTime> {
    let (mut local, last) = (shown.first, shown.last);
    std::iter::from_fn(move || {
        let missing = (local < last).then_some(local)?;
        local = missing + 1.minute();
        Some(missing)
    })
}

fn check(zone_name: &str, from: &str) {
    let zone = TimeZoneDatabase::bundled().get(zone_name).unwrap();
    let from: Timestamp = from.parse().unwrap();
    let to = from + SignedDuration::from_hours(2 * 365 * 24);
    let clock = watch(&zone, from, to);
    for kind in kinds() {
        let spec = ScheduleSpec {
            time_zone: zone_name.to_owned(),
            ..kind.spec
        };
        let plan = spec.validate().unwrap();
        let before = from - SignedDuration::from_nanos(1);
        let fires = plan.between(before, to, usize::MAX);
        let expected = expected(&clock, kind.means);
        for (fire, expected) in fires.iter().zip(&expected) {
            assert_eq!(fire, expected, "{} in {zone_name}", kind.name);
        }
        assert_eq!(fires.len(), expected.len(), "{} in {zone_name}", kind.name);
        assert!(
            expected.len() >= 20,
            "{} in {zone_name} says little",
            kind.name
        );
    }
}

#[test]
fn seoul_where_clocks_never_change() {
    check("Asia/Seoul", "2026-01-01T00:00:00Z");
}

#[test]
fn seoul_in_the_years_when_they_did() {
    check("Asia/Seoul", "1987-01-01T00:00:00Z");
}

#[test]
fn new_york() {
    check("America/New_York", "2026-01-01T00:00:00Z");
}

#[test]
fn berlin() {
    check("Europe/Berlin", "2026-01-01T00:00:00Z");
}

#[test]
fn lord_howe_where_clocks_change_by_half_an_hour() {
    check("Australia/Lord_Howe", "2026-01-01T00:00:00Z");
}

#[test]
fn apia_where_a_day_was_left_out() {
    check("Pacific/Apia", "2011-01-01T00:00:00Z");
}

#[test]
fn apia_today() {
    check("Pacific/Apia", "2026-01-01T00:00:00Z");
}
