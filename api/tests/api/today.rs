//! What the user sees first.

use berth_domain::event::Event;
use berth_domain::run::{Outcome, Reason, RunState};
use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::Rig;

#[tokio::test]
async fn the_bands_are_filled() {
    let rig = Rig::new().await;
    let (asks, fails, works) = (
        rig.agent("Asks").await,
        rig.agent("Fails").await,
        rig.agent("Works").await,
    );
    let question = Outcome::new(
        RunState::Failed,
        Reason::NeedsYou,
        Some("Which sheet?".to_owned()),
    );
    rig.run_agent(asks, &question, &[]).await;
    rig.run_agent(fails, &Outcome::failed(Reason::ClaudeDied), &[])
        .await;
    let picture = Event::File {
        path: "agent/chart.png".to_owned(),
        size: 1,
        media_type: "image/png".to_owned(),
    };
    let fine = Outcome::new(
        RunState::Succeeded,
        Reason::Completed,
        Some("# All well\nmore".to_owned()),
    );
    rig.run_agent(works, &fine, &[picture]).await;
    let daily = json!({"frequency": "daily", "time": "08:00", "time_zone": "UTC"});
    rig.call(Method::PUT, &format!("/api/agents/{works}/schedule"), daily)
        .await;
    let today = rig.get("/api/today").await.json();
    let kinds: Vec<_> = today["needs_you"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["kind"].as_str().unwrap())
        .collect();
    assert!(
        kinds.contains(&"run") && kinds.contains(&"onboarding"),
        "{kinds:?}"
    );
    assert_eq!(today["failed"][0]["agent_name"], "Fails");
    assert_eq!(
        (
            &today["finished"][0]["headline"],
            &today["finished"][0]["image"]
        ),
        (&json!("All well"), &json!("agent/chart.png"))
    );
    assert_eq!(
        (
            &today["next"][0]["agent_name"],
            &today["next"][0]["expected_cost_usd"]
        ),
        (&json!("Works"), &json!(0.0))
    );
    assert_eq!(today["seen_at"], Value::Null);
}

#[tokio::test]
async fn what_was_seen_goes_after_a_day() {
    let rig = Rig::new().await;
    let agent = rig.agent("A").await;
    rig.run_agent(agent, &Outcome::failed(Reason::ClaudeDied), &[])
        .await;
    assert_eq!(rig.post("/api/today/seen", Value::Null).await.status, 204);
    let soon = rig.get("/api/today").await.json();
    assert_eq!(soon["failed"].as_array().unwrap().len(), 1);
    assert!(soon["seen_at"].is_string());
    rig.clock.advance(SignedDuration::from_hours(25));
    assert_eq!(rig.get("/api/today").await.json()["failed"], json!([]));
}
