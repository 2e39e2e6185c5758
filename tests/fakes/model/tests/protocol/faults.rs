use berth_fake_model::{Fault, Options};
use serde_json::{Value, json};

use crate::client::{Server, body, user};

#[tokio::test]
async fn a_status_as_often_as_asked() {
    let server = Server::start(Options::test()).await;
    let body = body(&[user("[[fault:429*2]][[say:fine]]")], true);
    for _ in 0..2 {
        let response = server.post("/v1/messages", &body).await;
        assert_eq!(response.status(), 429);
        let error: Value = response.json().await.expect("JSON");
        assert_eq!(error["error"]["type"], "rate_limit_error");
    }
    assert_eq!(server.post("/v1/messages", &body).await.status(), 200);
}

#[tokio::test]
async fn the_same_text_in_a_later_turn_fails_again() {
    let server = Server::start(Options::test()).await;
    let text = user("[[fault:529]] hi");
    let answer = json!({ "role": "assistant", "content": "hi" });
    for messages in [vec![text.clone()], vec![text.clone(), answer, text]] {
        let body = body(&messages, true);
        assert_eq!(server.post("/v1/messages", &body).await.status(), 529);
        assert_eq!(server.post("/v1/messages", &body).await.status(), 200);
    }
}

#[tokio::test]
async fn a_connection_lost_in_the_middle() {
    let server = Server::start(Options::test()).await;
    let messages = [user("[[fault:drop]][[say:one two three four]]")];
    let answer = server.ask(&messages).await;
    assert!(
        answer.cut && !answer.events.contains(&"message_stop".to_owned()),
        "{answer:?}"
    );
    assert_eq!(answer.text, "one two ");
    assert_eq!(server.ask(&messages).await.text, "one two three four");
}

#[tokio::test]
async fn an_error_in_the_middle() {
    let server = Server::start(Options::test()).await;
    let messages = [user("[[fault:midstream]][[say:one two three four]]")];
    let answer = server.ask(&messages).await;
    assert_eq!(answer.error.expect("an error")["type"], "overloaded_error");
    assert_eq!(server.ask(&messages).await.text, "one two three four");
}

#[tokio::test]
async fn faults_through_the_control_route() {
    let server = Server::start(Options::test()).await;
    let accepted = server
        .post("/_control/faults", &json!({ "fault": "500", "times": 1 }))
        .await;
    assert_eq!(accepted.status(), 204);
    assert_eq!(
        server
            .post("/_control/faults", &json!({ "fault": "rain" }))
            .await
            .status(),
        400
    );
    let body = body(&[user("hi")], true);
    assert_eq!(server.post("/v1/messages", &body).await.status(), 500);
    assert_eq!(server.post("/v1/messages", &body).await.status(), 200);
}

#[tokio::test]
async fn a_gate_holds_an_answer_half_way() {
    let server = Server::start(Options::test()).await;
    let body = body(&[user("[[hold:half]][[say:one two three four]]")], true);
    let mut response = server.post("/v1/messages", &body).await;
    server.model.held("half").await;
    let mut seen = String::new();
    while !seen.contains("two ") {
        let chunk = response
            .chunk()
            .await
            .expect("a connection")
            .expect("more to come");
        seen.push_str(&String::from_utf8_lossy(&chunk));
    }
    assert!(!seen.contains("three"));
    server.post("/_control/release/half", &json!({})).await;
    assert!(
        response
            .text()
            .await
            .expect("the rest")
            .contains("message_stop")
    );
}

#[tokio::test]
async fn a_gate_before_the_first_byte() {
    let server = Server::start(Options::test()).await;
    server.model.inject(&Fault::Gate("start".into()), 1);
    let messages = [user("[[say:late]]")];
    let (answer, ()) = tokio::join!(server.ask(&messages), async {
        server.model.held("start").await;
        server.model.release("start");
    });
    assert_eq!(answer.text, "late");
}
