//! Settings, usage and what else is asked of the installation.

use std::sync::atomic::Ordering;

use berth_api::Limits;
use berth_domain::clock::Clock;
use berth_domain::ids::RunId;
use berth_domain::ports::secrets::{INSTALLATION, MODEL_KEY, Secrets};
use berth_domain::ports::settings::{DEMO, Settings};
use berth_domain::ports::usage::UsageLedger;
use berth_domain::usage::{MicroUsd, Tokens, UsageEntry};
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::Rig;

const KEY: &str = "sk-ant-api03-abcdefghijklmnopqrstuvwxyz";

#[tokio::test]
async fn a_model_key_is_stored_and_never_shown() {
    let rig = Rig::new().await;
    let path = "/api/settings/model-key";
    let stored = rig
        .call(Method::PUT, path, json!({"key": format!(" {KEY}\n")}))
        .await;
    assert_eq!(stored.status, 200);
    assert!(!String::from_utf8_lossy(&stored.body).contains("abcdefg"));
    let secret = rig.store.secret(INSTALLATION, MODEL_KEY).await.unwrap();
    assert_eq!(secret.as_deref(), Some(KEY));
    assert_eq!(rig.model.reloads.load(Ordering::SeqCst), 1);
    for bad in ["", "short", "sk-ant with a space in it, long enough"] {
        let answer = rig.call(Method::PUT, path, json!({"key": bad})).await;
        assert_eq!(answer.problem(), (400, "settings.model_key".into()));
    }
    let deleted = rig.call(Method::DELETE, path, Value::Null).await;
    assert_eq!(deleted.status, 200);
    let secret = rig.store.secret(INSTALLATION, MODEL_KEY).await.unwrap();
    assert_eq!(secret, None);
}

#[tokio::test]
async fn a_month_has_a_budget_of_its_users_own() {
    let rig = Rig::new().await;
    let path = "/api/usage/budget";
    assert_eq!(rig.get(path).await.json()["monthly_usd"], Value::Null);
    let stored = rig
        .call(Method::PUT, path, json!({"monthly_usd": 12.5}))
        .await;
    let (budget, now) = (stored.json(), rig.clock.now());
    assert_eq!(
        (&budget["monthly_usd"], &budget["spent_usd"]),
        (&json!(12.5), &json!(0.0))
    );
    let time = |name: &str| budget[name].as_str().unwrap().parse::<jiff::Timestamp>();
    assert!((time("from").unwrap()..time("to").unwrap()).contains(&now));
    for bad in [json!(0), json!(-1), json!(10_001)] {
        let answer = rig
            .call(Method::PUT, path, json!({"monthly_usd": bad}))
            .await;
        assert_eq!(answer.problem(), (400, "usage.budget".into()));
    }
    assert_eq!(rig.get(path).await.json()["monthly_usd"], 12.5);
    rig.add_user("ana", "ana").await;
    let theirs = rig.call_as("ana", Method::GET, path, Value::Null).await;
    assert_eq!(theirs.json()["monthly_usd"], Value::Null);
    let removed = rig
        .call(Method::PUT, path, json!({"monthly_usd": null}))
        .await;
    assert_eq!(removed.json()["monthly_usd"], Value::Null);
}

#[tokio::test]
async fn a_budget_is_shown_as_it_holds() {
    let rig = Rig::with(Limits {
        month: Some(MicroUsd(20_000_000)),
        ..Limits::default()
    })
    .await;
    let path = "/api/usage/budget";
    assert_eq!(rig.get(path).await.json()["monthly_usd"], 20.0);
    for (own, holds) in [(12.5, 12.5), (50.0, 20.0)] {
        let stored = rig.call(Method::PUT, path, json!({"monthly_usd": own}));
        assert_eq!(stored.await.json()["monthly_usd"], holds);
    }
}

#[tokio::test]
async fn only_the_owner_changes_settings() {
    let rig = Rig::new().await;
    rig.add_user("ana", "ana").await;
    let mine = rig.get("/api/settings").await.json();
    assert_eq!(
        (&mine["editable"], &mine["limits"]),
        (&json!(true), &json!({"concurrent_runs": 3, "agents": 3}))
    );
    let theirs = rig
        .call_as("ana", Method::GET, "/api/settings", Value::Null)
        .await;
    assert_eq!(theirs.json()["editable"], false);
    for (path, body) in [
        ("/api/settings/model-key", json!({"key": KEY})),
        ("/api/settings/demo", json!({"enabled": true})),
    ] {
        let answer = rig.call_as("ana", Method::PUT, path, body).await;
        assert_eq!(answer.problem(), (403, "settings.owner".into()));
    }
    let demo = rig
        .call(Method::PUT, "/api/settings/demo", json!({"enabled": true}))
        .await;
    assert_eq!(demo.status, 200);
    let setting = rig.store.setting(DEMO).await.unwrap();
    assert_eq!(setting.as_deref(), Some("true"));
}

#[tokio::test]
async fn usage_is_summed_by_day_and_model() {
    let rig = Rig::new().await;
    for (n, model) in [(1, "big"), (2, "small"), (3, "big")] {
        let entry = UsageEntry {
            id: Uuid::from_u128(n),
            run_id: RunId(Uuid::from_u128(9)),
            user_id: rig.user,
            agent_id: None,
            conversation_id: None,
            model: model.to_owned(),
            tokens: Tokens {
                input: 10,
                ..Tokens::default()
            },
            cost_micro_usd: MicroUsd(500_000),
            at: "2026-11-20T16:00:00Z".parse().unwrap(),
        };
        rig.store.record(&entry).await.unwrap();
    }
    let days = rig.get("/api/usage?time_zone=Asia/Seoul").await.json();
    assert_eq!(days["items"].as_array().unwrap().len(), 1);
    assert_eq!(days["items"][0]["day"], "2026-11-21");
    assert_eq!(days["total"]["cost_usd"], json!(1.5));
    let models = rig.get("/api/usage?by=model").await.json();
    assert_eq!(models["items"][0]["model"], "big");
    assert_eq!(models["items"][0]["input_tokens"], 20);
    let csv = rig.get("/api/usage?by=model&format=csv").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let text = String::from_utf8(csv.body.to_vec()).unwrap();
    assert!(text.contains("\r\nbig,20,0,0,0,1.000000,2\r\n"), "{text}");
    for (query, code) in [
        ("time_zone=Mars/X", "time_zone.unknown"),
        ("from=2026-12-01", "usage.period"),
        ("by=week", "request.query"),
    ] {
        let answer = rig.get(&format!("/api/usage?{query}")).await;
        assert_eq!(answer.problem(), (400, code.into()));
    }
}

#[tokio::test]
async fn the_workspace_shows_its_state_and_wakes() {
    let rig = Rig::new().await;
    let asleep = rig.get("/api/workspace").await.json();
    assert_eq!(
        (&asleep["state"], &asleep["model_ready"]),
        (&json!("absent"), &json!(false))
    );
    let awake = rig.post("/api/workspace/wake", Value::Null).await.json();
    assert_eq!(awake["state"], "ready");
}
