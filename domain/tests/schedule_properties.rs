//! Properties of schedules nobody wrote by hand.

#![expect(
    clippy::unwrap_used,
    reason = "a panic is how a test fails, in its helpers too"
)]

use std::collections::BTreeSet;

use berth_domain::schedule::{CatchUp, Frequency, ScheduleSpec, SlotDecision, Weekday, due};
use jiff::civil::DateTime;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use proptest::prelude::*;
use proptest::sample::select;

const ZONES: [&str; 9] = [
    "Asia/Seoul",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
    "America/St_Johns",
    "Pacific/Chatham",
    "Antarctica/Troll",
];

/// One field of a cron expression that is mostly well-formed.
fn field(min: u32, max: u32) -> impl Strategy<Value = String> {
    let item = prop_oneof![
        4 => Just("*".to_owned()),
        4 => (min..=max).prop_map(|value| value.to_string()),
        1 => (min..=max, min..=max).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
        1 => (1..=max).prop_map(|step| format!("*/{step}")),
    ];
    prop::collection::vec(item, 1..3).prop_map(|items| items.join(","))
}

fn cron() -> impl Strategy<Value = String> {
    (
        field(0, 59),
        field(0, 23),
        field(1, 31),
        field(1, 12),
        field(0, 7),
    )
        .prop_map(|(minute, hour, day, month, weekday)| {
            format!("{minute} {hour} {day} {month} {weekday}")
        })
}

fn spec() -> impl Strategy<Value = ScheduleSpec> {
    (
        select(Frequency::ALL),
        (0..24_u32, 0..60_u32),
        prop::collection::vec(select(Weekday::ALL), 1..4),
        1..=31_u32,
        cron(),
        select(&ZONES[..]),
        (select(CatchUp::ALL), 1..=50_u32),
    )
        .prop_map(
            |(frequency, (hour, minute), weekdays, day, cron, zone, (catch_up, max))| {
                ScheduleSpec {
                    time: Some(format!("{hour:02}:{minute:02}")),
                    weekdays,
                    day_of_month: Some(day),
                    cron: Some(cron),
                    catch_up,
                    catch_up_max: max,
                    ..ScheduleSpec::new(frequency, zone)
                }
            },
        )
}

/// A field as the values it names; `None` is the star.
type Values = Option<BTreeSet<i8>>;

fn values(min: i8, max: i8) -> impl Strategy<Value = Values> {
    prop::option::of(prop::collection::btree_set(min..=max, 1..4))
}

fn written(values: &Values) -> String {
    let Some(values) = values else {
        return "*".to_owned();
    };
    values
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(",")
}

/// What crontab(5) says: all fields match, but with both a day of the month and a day of the week either is enough.
fn matches([minute, hour, day, month, weekday]: &[Values; 5], local: DateTime) -> bool {
    let holds =
        |values: &Values, value: i8| values.as_ref().is_none_or(|values| values.contains(&value));
    let sunday_based = local.weekday().to_sunday_zero_offset();
    let (day_holds, weekday_holds) = (holds(day, local.day()), holds(weekday, sunday_based));
    let either = day.is_some() && weekday.is_some();
    holds(minute, local.minute())
        && holds(hour, local.hour())
        && holds(month, local.month())
        && if either {
            day_holds || weekday_holds
        } else {
            day_holds && weekday_holds
        }
}

/// From 1970 to 2099.
fn instant() -> impl Strategy<Value = Timestamp> {
    (0_i64..4_102_444_800, 0_i32..1_000_000_000)
        .prop_map(|(second, nano)| Timestamp::new(second, nano).unwrap())
}

proptest! {
    #[test]
    fn cron_means_what_crontab_says(
        fields in (values(0, 59), values(0, 23), values(1, 28), values(1, 12), values(0, 6)),
        from in instant(),
    ) {
        let fields = [fields.0, fields.1, fields.2, fields.3, fields.4];
        let spec = ScheduleSpec {
            cron: Some(fields.each_ref().map(written).join(" ")),
            ..ScheduleSpec::new(Frequency::Cron, "UTC")
        };
        let next = spec.validate().unwrap().after(from).unwrap();
        prop_assert!(matches(&fields, next.local));
        // Two days of minutes before it, or all there are, match nothing.
        let mut minute = next.local;
        for _ in 0..2_880 {
            minute -= 1.minute();
            if minute <= Offset::UTC.to_datetime(from) {
                break;
            }
            prop_assert!(!matches(&fields, minute), "{} was left out", minute);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        let spec = ScheduleSpec { cron: Some(text), ..ScheduleSpec::new(Frequency::Cron, "Asia/Seoul") };
        if let Err(errors) = spec.validate() {
            prop_assert_eq!(errors.len(), 1);
        }
    }

    #[test]
    fn text_that_looks_like_cron_is_read_or_refused(
        text in "[0-9*/,#LW+?@A-Za-z-]{0,8}( [0-9*/,#LWa-z?-]{1,8}){4}",
        from in instant(),
    ) {
        let spec = ScheduleSpec { cron: Some(text), ..ScheduleSpec::new(Frequency::Cron, "Europe/Berlin") };
        if let Ok(plan) = spec.validate() {
            prop_assert!(plan.after(from).is_some_and(|fire| fire.at > from));
        }
    }

    #[test]
    fn any_zone_is_known_or_refused(zone in any::<String>()) {
        let _ = ScheduleSpec::new(Frequency::Hourly, zone).validate();
    }

    #[test]
    fn fires_come_in_order_on_whole_minutes(spec in spec(), from in instant()) {
        let Ok(plan) = spec.validate() else {
            prop_assert_eq!(spec.frequency, Frequency::Cron);
            return Ok(());
        };
        let mut last = from;
        for fire in plan.preview(20, from) {
            prop_assert!(fire.at > last);
            prop_assert_eq!(fire.local.second(), 0);
            // Asked from anywhere between two fires, the next one is the same.
            let between = last + SignedDuration::from_nanos(i64::try_from(fire.at.duration_since(last).as_nanos() / 2).unwrap());
            prop_assert_eq!(plan.after(between), Some(fire));
            last = fire.at;
        }
    }

    #[test]
    fn a_plan_is_a_day_or_a_month_or_a_week_from_its_next_fire(spec in spec(), from in instant()) {
        let days = match spec.frequency {
            // A named hour may last two real ones, and on Samoa a day was left out.
            Frequency::Hourly | Frequency::Daily => 2,
            Frequency::Weekly => 9,
            Frequency::Monthly => 33,
            Frequency::Cron => return Ok(()),
        };
        let next = spec.validate().unwrap().after(from).unwrap();
        prop_assert!(next.at.duration_since(from) <= SignedDuration::from_hours(24 * days));
    }

    /// Whenever it is looked at, forwards or after the clock went back: each fire is planned once, in order, and what is
    /// planned as due never lies ahead.
    #[test]
    fn however_often_it_is_looked_at_each_fire_is_one_slot(
        spec in spec(),
        start in instant(),
        looks in prop::collection::vec(-7_200_i64..200_000, 1..25),
    ) {
        let Ok(plan) = spec.validate() else { return Ok(()) };
        let (mut cursor, mut now, mut furthest) = (start, start, start);
        let mut planned = Vec::new();
        for look in looks {
            now += SignedDuration::from_secs(look);
            loop {
                let due = due(&plan, &spec, cursor, now);
                prop_assert!(due.slots.iter().all(|slot| slot.scheduled_at > cursor && slot.scheduled_at <= now));
                prop_assert!(due.next.is_some_and(|next| next > due.cursor));
                cursor = due.cursor;
                planned.extend(due.slots.iter().map(|slot| slot.scheduled_at));
                let late = due.slots.iter().filter(|slot| slot.decision == SlotDecision::Run { late: true }).count();
                let allowed = match spec.catch_up {
                    CatchUp::Skip => 0,
                    CatchUp::Latest => 1,
                    CatchUp::All => usize::try_from(spec.catch_up_max).unwrap(),
                };
                prop_assert!(late <= allowed);
                if due.is_complete(now) {
                    break;
                }
            }
            furthest = furthest.max(now);
        }
        let fires: Vec<_> = plan.between(start, furthest, usize::MAX).into_iter().map(|fire| fire.at).collect();
        prop_assert_eq!(planned, fires);
    }
}
