//! Schedules: preview, change, pause, backfill.

use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::Rig;

fn daily() -> Value {
    json!({"frequency": "daily", "time": "08:00", "time_zone": "Asia/Seoul"})
}

#[tokio::test]
async fn a_preview_names_the_next_fires_and_marks_clock_changes() {
    let rig = Rig::new().await;
    let body = json!({
        "frequency": "daily", "time": "02:30", "time_zone": "America/New_York",
        "from": "2026-03-07T12:00:00Z", "count": 2,
    });
    let preview = rig.post("/api/schedules/preview", body).await.json();
    assert_eq!(
        preview,
        json!({
            "fires": [
                {"at": "2026-03-08T07:00:00Z", "local": "2026-03-08T03:00:00", "note": "gap"},
                {"at": "2026-03-09T06:30:00Z", "local": "2026-03-09T02:30:00", "note": null},
            ],
            "expected_cost": null,
        })
    );
}

#[tokio::test]
async fn what_cannot_fire_is_refused_field_by_field() {
    let rig = Rig::new().await;
    for (body, field, code) in [
        (
            json!({"frequency": "cron", "cron": "0 0 31 2 *", "time_zone": "UTC"}),
            "cron",
            "schedule.cron_never",
        ),
        (
            json!({"frequency": "daily", "time": "25:00", "time_zone": "UTC"}),
            "time",
            "schedule.time",
        ),
        (
            json!({"frequency": "daily", "time": "08:00"}),
            "time_zone",
            "schedule.time_zone",
        ),
        (
            json!({"time": "08:00", "time_zone": "UTC"}),
            "frequency",
            "schedule.frequency",
        ),
        (
            json!({"frequency": "hourly", "time_zone": "UTC", "count": 51}),
            "count",
            "out_of_range",
        ),
    ] {
        let answer = rig.post("/api/schedules/preview", body).await;
        assert_eq!(answer.problem(), (400, "schedule.invalid".to_owned()));
        let error = &answer.json()["errors"][0];
        assert_eq!(
            (error["field"].as_str(), error["code"].as_str()),
            (Some(field), Some(code))
        );
    }
}

#[tokio::test]
async fn a_schedule_is_put_paused_resumed_and_removed() {
    let rig = Rig::new().await;
    let agent = format!("/api/agents/{}", rig.agent("A").await);
    let path = format!("{agent}/schedule");
    assert_eq!(
        rig.get(&path).await.problem(),
        (404, "schedule.not_found".to_owned())
    );
    let put = rig.call(Method::PUT, &path, daily()).await.json();
    assert_eq!(
        (&put["paused"], &put["paused_reason"]),
        (&json!(false), &Value::Null)
    );
    let due = put["next_due_at"].clone();
    assert!(due.is_string());
    let paused = rig.post(&format!("{path}/pause"), Value::Null).await.json();
    assert_eq!(
        (&paused["paused_reason"], &paused["next_due_at"]),
        (&json!("user"), &Value::Null)
    );
    assert_eq!(rig.get(&agent).await.json()["next_run_at"], Value::Null);
    let resumed = rig
        .post(&format!("{path}/resume"), Value::Null)
        .await
        .json();
    assert_eq!(
        (&resumed["id"], &resumed["next_due_at"]),
        (&put["id"], &due)
    );
    assert_eq!(
        rig.call(Method::DELETE, &path, Value::Null).await.status,
        204
    );
    assert_eq!(rig.alarm.rings(), 4);
}

#[tokio::test]
async fn the_next_run_is_never_in_the_past() {
    let rig = Rig::new().await;
    let agent = format!("/api/agents/{}", rig.agent("A").await);
    rig.call(Method::PUT, &format!("{agent}/schedule"), daily())
        .await;
    // Nobody has fired what is due since.
    rig.clock.advance(SignedDuration::from_hours(50));
    let next: jiff::Timestamp = rig.get(&agent).await.json()["next_run_at"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!(next > berth_domain::clock::Clock::now(&*rig.clock));
}

#[tokio::test]
async fn a_backfill_runs_what_a_pause_left_out_once() {
    let rig = Rig::new().await;
    let agent = format!("/api/agents/{}", rig.agent("A").await);
    rig.call(Method::PUT, &format!("{agent}/schedule"), daily())
        .await;
    rig.post(&format!("{agent}/schedule/pause"), Value::Null)
        .await;
    let from = berth_domain::clock::Clock::now(&*rig.clock);
    rig.clock.advance(SignedDuration::from_hours(72));
    let to = berth_domain::clock::Clock::now(&*rig.clock);
    rig.post(&format!("{agent}/schedule/resume"), Value::Null)
        .await;
    let path = format!("{agent}/backfill");
    let dry = rig
        .post(&path, json!({"from": from, "to": to, "dry_run": true}))
        .await
        .json();
    assert_eq!(dry["slots"].as_array().unwrap().len(), 3);
    let real = rig
        .post(&path, json!({"from": from, "to": to}))
        .await
        .json();
    assert_eq!(real["slots"], dry["slots"]);
    assert_eq!(
        rig.get(&format!("{agent}/slots")).await.json()["items"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    let again = rig
        .post(&path, json!({"from": from, "to": to}))
        .await
        .json();
    assert_eq!(again["slots"], json!([]));
    let many = rig
        .post(&path, json!({"from": from, "to": to, "max": 2}))
        .await;
    assert_eq!(many.problem(), (400, "schedule.too_many".to_owned()));
    let future = to + SignedDuration::from_hours(1);
    let ahead = rig.post(&path, json!({"from": from, "to": future})).await;
    assert_eq!(ahead.problem(), (400, "schedule.invalid".to_owned()));
}
