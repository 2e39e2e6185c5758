//! Runs over REST.

use http::Method;
use serde_json::{Value, json};

use crate::support::Rig;

#[tokio::test]
async fn cancelling_twice_is_cancelling_once() {
    let rig = Rig::new().await;
    let (conversation, run) = rig.begin("hello").await;
    let path = format!("/api/runs/{run}");
    let ended = rig.post(&format!("{path}/cancel"), Value::Null).await;
    assert_eq!(ended.status, 200);
    assert_eq!(ended.json()["state"], "cancelled");
    assert_eq!(ended.json()["reason"], "stopped_by_user");
    let again = rig.post(&format!("{path}/cancel"), Value::Null).await;
    assert_eq!((again.status.as_u16(), again.json()), (200, ended.json()));

    let second = rig.say(conversation, "again").await;
    rig.claim(second).await;
    let asked = rig
        .post(&format!("/api/runs/{second}/cancel"), Value::Null)
        .await;
    assert_eq!(asked.status, 202);
    assert!(asked.json()["cancel_requested_at"].is_string());
}

#[tokio::test]
async fn a_retry_is_a_new_run_once_a_key() {
    let rig = Rig::new().await;
    let (conversation, run) = rig.begin("do it").await;
    let path = format!("/api/runs/{run}/retry");
    let early = rig.post(&path, Value::Null).await;
    assert_eq!(early.problem(), (409, "run.unfinished".into()));
    let epoch = rig.claim(run).await;
    rig.finish(run, epoch).await;

    let retry = async |key: &str| {
        let headers = [("authorization", "Bearer token"), ("idempotency-key", key)];
        rig.call_with(Method::POST, &path, &headers, axum::body::Body::empty())
            .await
    };
    let first = retry("key-1").await;
    assert_eq!(first.status, 202);
    assert_eq!(retry("key-1").await.json(), first.json());
    assert_ne!(retry("key-2").await.json(), first.json());
    assert_eq!(
        retry("a b").await.problem(),
        (400, "request.idempotency_key".into())
    );
    let new = rig.get(first.header("location")).await.json();
    assert_eq!(new["retry_of"], json!(run));
    assert_eq!(new["trigger"], "retry");
    assert_eq!(new["conversation_id"], json!(conversation));
    let messages = rig
        .get(&format!("/api/conversations/{conversation}/messages"))
        .await
        .json();
    assert_eq!(messages["items"][1]["content"], "do it");
}

#[tokio::test]
async fn runs_are_listed_by_conversation() {
    let rig = Rig::new().await;
    let (conversation, run) = rig.begin("one").await;
    rig.begin("two").await;
    let all = rig.get("/api/runs").await.json();
    assert_eq!(all["items"].as_array().unwrap().len(), 2);
    let some = rig
        .get(&format!("/api/runs?conversation_id={conversation}"))
        .await
        .json();
    assert_eq!(some["items"].as_array().unwrap().len(), 1);
    assert_eq!(some["items"][0]["id"], json!(run));
    let bad = rig.get("/api/runs?agent_id=x").await.problem();
    assert_eq!(bad, (400, "request.query".into()));
}
