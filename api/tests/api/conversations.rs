//! Conversations over REST.

use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::Rig;

#[tokio::test]
async fn a_conversation_from_begin_to_end() {
    let rig = Rig::new().await;
    let made = rig
        .post("/api/conversations", json!({"title": " 매출 "}))
        .await;
    assert_eq!(made.status, 201);
    let path = made.header("location").to_owned();
    assert_eq!(made.json()["title"], "매출");
    let renamed = rig
        .call(Method::PATCH, &path, json!({"title": "Sales"}))
        .await;
    assert_eq!(renamed.json()["title"], "Sales");
    assert_eq!(rig.get(&path).await.json(), renamed.json());
    let found = rig.get("/api/conversations?query=sal").await.json();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    assert_eq!(found["next"], Value::Null);
    let none = rig.get("/api/conversations?query=zzz").await.json();
    assert_eq!(none["items"], json!([]));
    let deleted = rig.call(Method::DELETE, &path, Value::Null).await;
    assert_eq!(deleted.status, 204);
    let gone = rig.get(&path).await.problem();
    assert_eq!(gone, (404, "conversation.not_found".into()));
}

#[tokio::test]
async fn lists_are_read_page_by_page() {
    let rig = Rig::new().await;
    for _ in 0..3 {
        rig.post("/api/conversations", json!({})).await;
    }
    let first = rig.get("/api/conversations?limit=2").await.json();
    let next = first["next"].as_str().unwrap();
    let rest = rig
        .get(&format!("/api/conversations?limit=2&cursor={next}"))
        .await
        .json();
    let count = |page: &Value| page["items"].as_array().unwrap().len();
    assert_eq!((count(&first), count(&rest)), (2, 1));
    assert_eq!(rest["next"], Value::Null);
}

#[tokio::test]
async fn a_message_is_stored_once_and_answered_by_a_run() {
    let rig = Rig::new().await;
    let made = rig.post("/api/conversations", json!({})).await;
    let path = format!("{}/messages", made.header("location"));
    let id = Uuid::from_u128(5);
    let message = json!({"id": id, "content": "hi\n$(reboot)"});
    let first = rig.post(&path, message.clone()).await;
    assert_eq!(first.status, 202);
    let run = first.json()["run_id"].as_str().unwrap().to_owned();
    assert_eq!(first.header("location"), format!("/api/runs/{run}"));
    assert_eq!(rig.post(&path, message).await.json(), first.json());

    let messages = rig.get(&path).await.json();
    assert_eq!(messages["items"].as_array().unwrap().len(), 1);
    assert_eq!(messages["items"][0]["content"], "hi\n$(reboot)");
    let run = rig.get(first.header("location")).await.json();
    assert_eq!(
        (&run["state"], &run["trigger"]),
        (&json!("queued"), &json!("api"))
    );

    let events = rig
        .get(&format!("{}/events", made.header("location")))
        .await
        .json();
    let kinds: Vec<&Value> = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| &event["event"]["kind"])
        .collect();
    assert_eq!(kinds, ["message", "queued"]);
    let after = format!("{}/events?after=1&limit=1", made.header("location"));
    let page = rig.get(&after).await.json();
    assert_eq!(
        (&page["items"][0]["seq"], &page["next"]),
        (&json!(2), &json!(2))
    );

    let busy = rig
        .call(Method::DELETE, made.header("location"), Value::Null)
        .await;
    assert_eq!(busy.problem(), (409, "conversation.busy".into()));
}

#[tokio::test]
async fn impossible_messages_and_titles_are_refused() {
    let rig = Rig::new().await;
    let made = rig.post("/api/conversations", json!({})).await;
    let conversation = made.header("location").to_owned();
    let messages = format!("{conversation}/messages");
    for (content, problem) in [
        (" \n".to_owned(), (400, "message.empty")),
        ("a\0b".to_owned(), (400, "message.nul")),
        ("가".repeat(1_400_000), (413, "message.too_long")),
    ] {
        let answer = rig
            .post(&messages, json!({"content": content}))
            .await
            .problem();
        assert_eq!(answer, (problem.0, problem.1.to_owned()));
    }
    for title in ["", "  ", "a\nb", &"x".repeat(81)] {
        let answer = rig
            .call(Method::PATCH, &conversation, json!({"title": title}))
            .await;
        assert_eq!(
            answer.problem(),
            (400, "conversation.title".into()),
            "{title}"
        );
    }
}

#[tokio::test]
async fn a_fourth_run_at_once_is_refused() {
    let rig = Rig::new().await;
    let (conversation, _) = rig.begin("one").await;
    rig.say(conversation, "two").await;
    rig.begin("three").await;
    let path = format!("/api/conversations/{conversation}/messages");
    let fourth = rig.post(&path, json!({"content": "four"})).await;
    assert_eq!(fourth.problem(), (429, "quota.concurrent_runs".into()));
    assert!(fourth.json()["detail"].as_str().unwrap().starts_with("3 "));
    assert_eq!(fourth.header("retry-after"), "2");
}
