use berth_fake_model::Options;
use serde_json::json;

use crate::client::{Server, body, user};

#[tokio::test]
async fn a_stream_is_framed_as_the_api_frames_it() {
    let server = Server::start(Options::test()).await;
    let answer = server.ask(&[user("[[say:one two three]]")]).await;
    assert_eq!(answer.text, "one two three");
    assert_eq!(
        answer.events,
        [
            "message_start",
            "content_block_start",
            "content_block_stop",
            "message_delta",
            "message_stop"
        ]
    );
    assert_eq!(answer.stop_reason, "end_turn");
    assert!(answer.id.starts_with("msg_"));
    assert_eq!(answer.usage["output_tokens"], 4);
    assert!(answer.usage["input_tokens"].as_u64() > Some(0));
}

#[tokio::test]
async fn without_streaming_the_answer_is_the_same() {
    let server = Server::start(Options::test()).await;
    let messages = [user("[[bash:ls]]")];
    let streamed = server.ask(&messages).await;
    let response = server.post("/v1/messages", &body(&messages, false)).await;
    let message: serde_json::Value = response.json().await.expect("JSON");
    assert_eq!(message["type"], "message");
    assert_eq!(message["stop_reason"], "tool_use");
    assert_eq!(message["content"][0]["input"]["command"], "ls");
    assert_eq!(message["usage"], streamed.usage);
    assert_ne!(
        message["id"], streamed.id,
        "the CLI would join two answers of one id"
    );
}

#[tokio::test]
async fn models_and_tokens() {
    let server = Server::start(Options::test()).await;
    assert_eq!(server.get("/v1/models").await["data"][0]["type"], "model");
    assert_eq!(
        server.get("/v1/models/none").await["error"]["type"],
        "not_found_error"
    );
    let counted = server
        .post("/v1/messages/count_tokens", &body(&[user("hello")], false))
        .await;
    let counted: serde_json::Value = counted.json().await.expect("JSON");
    assert!(counted["input_tokens"].as_u64() > Some(10), "{counted}");
}

#[tokio::test]
async fn what_the_api_refuses_is_refused_in_its_words() {
    let server = Server::start(Options {
        key: Some("sk-real".into()),
        ..Options::test()
    })
    .await;
    let refused = server
        .post("/v1/messages", &body(&[user("hi")], true))
        .await;
    assert_eq!(refused.status(), 401);
    let server = Server::start(Options::test()).await;
    for bad in [
        json!({}),
        json!({ "model": "m", "messages": [] }),
        json!({ "model": "m", "max_tokens": 1, "messages": [] }),
    ] {
        let refused = server.post("/v1/messages", &bad).await;
        assert_eq!(refused.status(), 400, "{bad}");
        let error: serde_json::Value = refused.json().await.expect("JSON");
        assert_eq!(
            (&error["type"], &error["error"]["type"]),
            (&json!("error"), &json!("invalid_request_error"))
        );
    }
}

#[tokio::test]
async fn requests_are_kept_up_to_a_bound() {
    let server = Server::start(Options {
        keep: 2,
        ..Options::test()
    })
    .await;
    for text in ["one", "two", "three"] {
        server.ask(&[user(text)]).await;
    }
    server.model.requests(3).await;
    let kept = server.model.received();
    assert_eq!(
        kept.iter()
            .map(|request| request.number)
            .collect::<Vec<_>>(),
        [2, 3]
    );
    assert_eq!(kept[1].headers["x-claude-code-session-id"], "s1");
    assert!(kept[1].first_delta_at >= Some(kept[1].at));
    let listed = server.get("/_control/requests").await;
    assert_eq!(listed[1]["body"]["model"], "claude-opus-5-5");
}

#[tokio::test]
async fn the_demo_has_no_control_routes() {
    let server = Server::start(Options::demo()).await;
    assert_eq!(
        server.get("/_control/requests").await["error"]["type"],
        "not_found_error"
    );
}
