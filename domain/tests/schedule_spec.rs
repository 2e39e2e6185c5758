//! The shape of a schedule on the wire, and what is wrong with one, field by field.

#![expect(
    clippy::unwrap_used,
    reason = "a panic is how a test fails, in its helpers too"
)]

use berth_domain::schedule::{
    Fire, FireNote, Frequency, ScheduleSpec, Slot, SlotDecision, SlotReason,
};
use serde_json::{Value, json};

fn parse(value: Value) -> Result<ScheduleSpec, serde_json::Error> {
    serde_json::from_value(value)
}

/// `field code` of every error.
fn errors(value: Value) -> Vec<String> {
    parse(value)
        .unwrap()
        .validate()
        .unwrap_err()
        .into_iter()
        .map(|error| {
            assert!(!error.reason.is_empty());
            format!("{} {}", error.field, error.code)
        })
        .collect()
}

#[test]
fn every_field_round_trips() {
    let full = json!({
        "frequency": "weekly", "time": "08:00", "weekdays": ["mon", "fri"], "day_of_month": 1, "cron": "0 8 * * *",
        "time_zone": "Asia/Seoul", "catch_up": "all", "catch_up_max": 5, "overlap": "cancel_previous",
        "jitter_seconds": 60, "paused": true,
    });
    let spec = parse(full.clone()).unwrap();
    assert_eq!(serde_json::to_value(&spec).unwrap(), full);
    assert!(spec.validate().is_ok());
}

#[test]
fn what_is_left_out_has_a_default() {
    let spec = parse(json!({"frequency": "hourly", "time_zone": "UTC"})).unwrap();
    assert_eq!(spec, ScheduleSpec::new(Frequency::Hourly, "UTC"));
    assert_eq!(
        serde_json::to_value(&spec).unwrap(),
        json!({
            "frequency": "hourly", "time": null, "weekdays": [], "day_of_month": null, "cron": null, "time_zone": "UTC",
            "catch_up": "latest", "catch_up_max": 3, "overlap": "queue_one", "jitter_seconds": 0, "paused": false,
        })
    );
    assert!(spec.validate().is_ok());
}

#[test]
fn unknown_fields_and_words_are_refused() {
    for value in [
        json!({"frequency": "daily", "time": "08:00", "time_zone": "UTC", "timezone": "UTC"}),
        json!({"frequency": "yearly", "time_zone": "UTC"}),
        json!({"frequency": "daily", "time_zone": "UTC", "catch_up": "some"}),
        json!({"frequency": "daily", "time_zone": "UTC", "overlap": "queue"}),
        json!({"frequency": "weekly", "time_zone": "UTC", "weekdays": ["monday"]}),
        json!({"frequency": "daily", "time_zone": "UTC", "jitter_seconds": -1}),
        json!({"time_zone": "UTC"}),
    ] {
        assert!(parse(value.clone()).is_err(), "{value}");
    }
}

#[test]
fn each_field_has_its_code() {
    for (fields, expected) in [
        (json!({"frequency": "daily"}), "time schedule.time"),
        (
            json!({"frequency": "daily", "time": "24:00"}),
            "time schedule.time",
        ),
        (
            json!({"frequency": "daily", "time": "8:00"}),
            "time schedule.time",
        ),
        (
            json!({"frequency": "daily", "time": "08:00:00"}),
            "time schedule.time",
        ),
        (
            json!({"frequency": "daily", "time": "+8:-0"}),
            "time schedule.time",
        ),
        (
            json!({"frequency": "daily", "time": "٠٨:00"}),
            "time schedule.time",
        ),
        (
            json!({"frequency": "hourly", "time": "00:60"}),
            "time schedule.time",
        ),
        (
            json!({"frequency": "weekly", "time": "08:00"}),
            "weekdays schedule.weekdays",
        ),
        (
            json!({"frequency": "monthly", "time": "08:00"}),
            "day_of_month schedule.day_of_month",
        ),
        (
            json!({"frequency": "monthly", "time": "08:00", "day_of_month": 0}),
            "day_of_month schedule.day_of_month",
        ),
        (
            json!({"frequency": "monthly", "time": "08:00", "day_of_month": 32}),
            "day_of_month schedule.day_of_month",
        ),
        (json!({"frequency": "cron"}), "cron schedule.cron"),
        (
            json!({"frequency": "cron", "cron": " "}),
            "cron schedule.cron",
        ),
        (
            json!({"frequency": "cron", "cron": "every monday"}),
            "cron schedule.cron",
        ),
        (
            json!({"frequency": "cron", "cron": "0 0 31 2 *"}),
            "cron schedule.cron_never",
        ),
        (
            json!({"frequency": "hourly", "catch_up_max": 0}),
            "catch_up_max schedule.catch_up_max",
        ),
        (
            json!({"frequency": "hourly", "catch_up_max": 51}),
            "catch_up_max schedule.catch_up_max",
        ),
        (
            json!({"frequency": "hourly", "jitter_seconds": 3_601}),
            "jitter_seconds schedule.jitter_seconds",
        ),
    ] {
        let mut value = fields.clone();
        value["time_zone"] = json!("Asia/Seoul");
        assert_eq!(errors(value), [expected], "{fields}");
    }
}

#[test]
fn a_zone_is_required_and_known() {
    for zone in [
        "",
        "Asia/Soul",
        "KST+9",
        "Etc/Unknown",
        "right/Asia/Seoul",
        "../Asia/Seoul",
        "+09:00",
        "local",
    ] {
        let errors = errors(json!({"frequency": "hourly", "time_zone": zone}));
        assert_eq!(errors, ["time_zone schedule.time_zone"], "{zone:?}");
    }
    assert_eq!(
        errors(json!({"frequency": "hourly"})),
        ["time_zone schedule.time_zone"]
    );
    for zone in [
        "Asia/Seoul",
        "UTC",
        "Etc/GMT+9",
        "America/Argentina/Buenos_Aires",
    ] {
        assert!(
            ScheduleSpec::new(Frequency::Hourly, zone)
                .validate()
                .is_ok(),
            "{zone}"
        );
    }
}

#[test]
fn everything_wrong_is_said_at_once() {
    let all = errors(json!({
        "frequency": "monthly", "time": "25:00", "day_of_month": 40, "time_zone": "Mars/Olympus", "catch_up_max": 99,
        "jitter_seconds": 9_999,
    }));
    assert_eq!(
        all,
        [
            "catch_up_max schedule.catch_up_max",
            "jitter_seconds schedule.jitter_seconds",
            "time_zone schedule.time_zone",
            "day_of_month schedule.day_of_month",
            "time schedule.time",
        ]
    );
}

#[test]
fn fields_of_another_frequency_are_kept_and_not_judged() {
    let value = json!({
        "frequency": "daily", "time": "08:00", "weekdays": [], "day_of_month": 99, "cron": "nonsense", "time_zone": "UTC",
    });
    assert!(parse(value).unwrap().validate().is_ok());
}

#[test]
fn fires_and_slots_have_the_shape_of_the_api() {
    let fire = Fire {
        at: "2026-03-08T07:00:00Z".parse().unwrap(),
        local: "2026-03-08T03:00:00".parse().unwrap(),
        note: Some(FireNote::Gap),
    };
    assert_eq!(
        serde_json::to_value(fire).unwrap(),
        json!({"at": "2026-03-08T07:00:00Z", "local": "2026-03-08T03:00:00", "note": "gap"})
    );
    let schedule = "01890000-0000-7000-8000-000000000001".parse().unwrap();
    let slot = Slot::planned(
        schedule,
        fire.at,
        SlotDecision::Missed(SlotReason::OverCatchUpMax),
    );
    assert_eq!(
        serde_json::to_value(slot).unwrap(),
        json!({
            "schedule_id": "01890000-0000-7000-8000-000000000001", "scheduled_at": "2026-03-08T07:00:00Z",
            "outcome": "missed", "reason": "over_catch_up_max", "run_id": null, "late": true,
        })
    );
}
