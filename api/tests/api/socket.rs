//! The WebSocket protocol.

use std::time::Duration;

use berth_api::Limits;
use berth_domain::event::{Delta, Event};
use berth_domain::ids::ConversationId;
use berth_domain::ports::live::LiveText;
use berth_domain::ports::workspaces::WorkspaceState;
use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Rig, Socket};

fn message(id: Uuid, content: &str) -> Value {
    json!({"type": "message", "id": id, "conversation_id": null, "content": content})
}

fn text(block: u32) -> Event {
    Event::Text {
        block,
        text: format!("block {block}"),
    }
}

#[tokio::test]
async fn the_same_id_five_times_over_two_sockets_is_one_run() {
    let rig = Rig::new().await;
    let address = rig.serve().await;
    let (mut one, mut two) = (rig.socket(address).await, rig.socket(address).await);
    let id = Uuid::from_u128(1);
    for _ in 0..3 {
        one.send(message(id, "hello")).await;
    }
    for _ in 0..2 {
        two.send(message(id, "hello")).await;
    }
    let first = one.next_of("accepted").await;
    for _ in 0..2 {
        assert_eq!(one.next_of("accepted").await, first);
        assert_eq!(two.next_of("accepted").await, first);
    }
    let runs = rig.get("/api/runs").await.json();
    assert_eq!(runs["items"].as_array().unwrap().len(), 1);
    // Both follow the conversation from its first event on, and get each event once.
    let conversation = first["conversation_id"].as_str().unwrap();
    let run = first["run_id"].as_str().unwrap().parse().unwrap();
    let mut fresh = rig.socket(address).await;
    fresh
        .send(json!({"type": "subscribe", "conversation_id": conversation, "after": 0}))
        .await;
    assert_eq!(fresh.seqs(2).await, [1, 2]);
    rig.claim(run).await;
    assert_eq!(fresh.seqs(1).await, [3]);
}

#[tokio::test]
async fn a_socket_cut_at_any_event_resumes_without_loss_or_double() {
    let rig = Rig::new().await;
    let address = rig.serve().await;
    let (conversation, run) = rig.begin("hello").await;
    let epoch = rig.claim(run).await;
    for block in 0..5 {
        rig.append(run, epoch, text(block)).await;
    }
    let mut stored = 8; // message, queued, started, five texts
    for cut in 0..=8 {
        let subscribe = |after: usize| json!({"type": "subscribe", "conversation_id": conversation, "after": after});
        let mut before = rig.socket(address).await;
        before.send(subscribe(0)).await;
        let mut seen = before.seqs(cut).await;
        drop(before);
        let mut after = rig.socket(address).await;
        after.send(subscribe(cut)).await;
        // One more happens while the client comes back.
        rig.append(run, epoch, text(5 + u32::try_from(cut).unwrap()))
            .await;
        stored += 1;
        seen.extend(after.seqs(stored - cut).await);
        let all: Vec<u64> = (1..=stored as u64).collect();
        assert_eq!(seen, all, "cut at {cut}");
    }
}

#[tokio::test]
async fn events_follow_accepted_and_end_with_finished() {
    let rig = Rig::new().await;
    let address = rig.serve().await;
    let mut socket = rig.socket(address).await;
    let id = Uuid::from_u128(1);
    socket.send(message(id, "매출 분석해줘")).await;
    let accepted = socket.next().await;
    assert_eq!(
        (&accepted["type"], &accepted["id"]),
        (&json!("accepted"), &json!(id))
    );
    let run = accepted["run_id"].as_str().unwrap().parse().unwrap();
    let asked = socket.next().await;
    assert_eq!(asked["event"]["content"], "매출 분석해줘");
    assert_eq!(asked["seq"], 1);
    let epoch = rig.claim(run).await;
    rig.finish(run, epoch).await;
    assert_eq!(socket.seqs(2).await, [2, 3]);
    let last = socket.next().await;
    assert_eq!(last["event"]["kind"], "finished");
    assert_eq!(last["event"]["state"], "succeeded");
    assert_eq!(last["run_id"], accepted["run_id"]);
}

#[tokio::test]
async fn live_text_reaches_who_joins_and_never_outlives_its_block() {
    let rig = Rig::new().await;
    let address = rig.serve().await;
    let (conversation, run) = rig.begin("hello").await;
    let epoch = rig.claim(run).await;
    let conversation_id = ConversationId(conversation);
    let delta = |offset, text: &str| Delta {
        conversation_id,
        run_id: run,
        block: 0,
        offset,
        text: text.to_owned(),
    };
    rig.live.publish(delta(0, "안녕 "));
    let mut socket = rig.socket(address).await;
    socket
        .send(json!({"type": "subscribe", "conversation_id": conversation, "after": 3}))
        .await;
    let joined = socket.next_of("delta").await;
    assert_eq!(
        (&joined["offset"], &joined["text"]),
        (&json!(0), &json!("안녕 "))
    );
    rig.live.publish(delta(3, "세계"));
    assert_eq!(socket.next_of("delta").await["offset"], 3);
    rig.append(run, epoch, text(0)).await;
    assert_eq!(socket.next().await["event"]["kind"], "text");
    rig.live.publish(delta(5, "late"));
    rig.finish(run, epoch).await;
    assert_eq!(socket.next().await["event"]["kind"], "finished");
}

#[tokio::test]
async fn whatever_is_wrong_is_answered_and_the_socket_goes_on() {
    let rig = Rig::new().await;
    rig.add_user("eve", "eve").await;
    let address = rig.serve().await;
    let (foreign, _) = rig.begin("mine").await;
    let headers = [("authorization", "Bearer eve"), ("accept-language", "ko")];
    let mut socket = Socket::open(address, "/workspace/me", &headers)
        .await
        .unwrap();
    assert_eq!(socket.next().await["type"], "ready");
    let id = Uuid::from_u128(1);
    let cases = [
        ("{".to_owned(), "frame.invalid", Value::Null),
        ("{}".to_owned(), "frame.invalid", Value::Null),
        (
            "{\"type\":\"dance\"}".to_owned(),
            "frame.unknown",
            Value::Null,
        ),
        (
            json!({"type": "subscribe", "conversation_id": foreign, "after": -1}).to_string(),
            "frame.invalid",
            Value::Null,
        ),
        (message(id, " ").to_string(), "message.empty", json!(id)),
        (message(id, "a\0b").to_string(), "message.nul", json!(id)),
        (
            message(id, &"x".repeat(4 * 1024 * 1024 + 1)).to_string(),
            "message.too_long",
            json!(id),
        ),
        (
            json!({"type": "message", "id": "1", "content": "x"}).to_string(),
            "message.id",
            Value::Null,
        ),
        (
            json!({"type": "message", "id": id, "agent_id": id, "content": "x"}).to_string(),
            "agent.not_found",
            json!(id),
        ),
        (
            json!({"type": "message", "id": id, "conversation_id": foreign, "content": "x"})
                .to_string(),
            "conversation.not_found",
            json!(id),
        ),
        (
            json!({"type": "subscribe", "conversation_id": foreign}).to_string(),
            "conversation.not_found",
            Value::Null,
        ),
        (
            json!({"type": "interrupt", "conversation_id": foreign}).to_string(),
            "conversation.not_found",
            Value::Null,
        ),
        (
            json!({"type": "interrupt", "conversation_id": "x"}).to_string(),
            "conversation.not_found",
            Value::Null,
        ),
    ];
    for (frame, code, id) in cases {
        socket.send_text(&frame).await;
        let error = socket.next().await;
        assert_eq!(
            (&error["type"], &error["code"], &error["id"]),
            (&json!("error"), &json!(code), &id)
        );
        assert!(
            error["message"].as_str().unwrap().contains("요."),
            "{error}"
        );
    }
    socket.send(json!({"type": "ping"})).await;
    assert_eq!(socket.next().await, json!({"type": "pong"}));
}

#[tokio::test]
async fn a_fourth_run_at_once_is_refused() {
    let rig = Rig::new().await;
    let address = rig.serve().await;
    let mut socket = rig.socket(address).await;
    for n in 1..=3 {
        socket.send(message(Uuid::from_u128(n), "x")).await;
        socket.next_of("accepted").await;
    }
    let id = Uuid::from_u128(4);
    socket.send(message(id, "x")).await;
    let error = loop {
        let frame = socket.next().await;
        if frame["type"] == "error" {
            break frame;
        }
    };
    assert_eq!(
        (&error["code"], &error["id"]),
        (&json!("quota.concurrent_runs"), &json!(id))
    );
}

#[tokio::test]
async fn the_short_form_goes_to_the_newest_conversation() {
    let rig = Rig::new().await;
    let address = rig.serve().await;
    let mut socket = rig.socket(address).await;
    socket.send(json!({"message": "first"})).await;
    let first = socket.next_of("accepted").await;
    socket.send(json!({"message": "second"})).await;
    let second = socket.next_of("accepted").await;
    assert_eq!(first["conversation_id"], second["conversation_id"]);
    assert_ne!(first["run_id"], second["run_id"]);
}

#[tokio::test]
async fn an_interrupt_ends_what_waits() {
    let rig = Rig::new().await;
    let address = rig.serve().await;
    let mut socket = rig.socket(address).await;
    socket.send(message(Uuid::from_u128(1), "x")).await;
    let accepted = socket.next_of("accepted").await;
    let conversation = &accepted["conversation_id"];
    socket
        .send(json!({"type": "interrupt", "conversation_id": conversation}))
        .await;
    socket.seqs(2).await;
    let ended = socket.next_of("event").await;
    assert_eq!(ended["event"]["state"], "cancelled");
}

#[tokio::test]
async fn the_workspaces_state_is_told_when_it_changes() {
    let rig = Rig::new().await;
    let address = rig.serve().await;
    let mut socket = rig.socket(address).await;
    for (state, word) in [
        (WorkspaceState::Starting, "starting"),
        (WorkspaceState::Ready, "ready"),
    ] {
        rig.workspaces.become_(state);
        let frame = socket.next().await;
        assert_eq!(
            (&frame["type"], &frame["workspace"]),
            (&json!("ready"), &json!(word))
        );
        assert_eq!(frame["user_id"], json!(rig.user));
    }
}

#[tokio::test]
async fn subscriptions_are_bounded_and_can_be_given_back() {
    let rig = Rig::with(Limits {
        subscriptions: 1,
        ..Limits::default()
    })
    .await;
    let address = rig.serve().await;
    let (one, _) = rig.begin("one").await;
    let (two, _) = rig.begin("two").await;
    let mut socket = rig.socket(address).await;
    let frame = |kind: &str, id: Uuid| json!({"type": kind, "conversation_id": id, "after": 0});
    socket.send(frame("subscribe", one)).await;
    socket.seqs(2).await;
    socket.send(frame("subscribe", two)).await;
    assert_eq!(socket.next().await["code"], "subscription.limit");
    socket.send(frame("subscribe", one)).await;
    assert_eq!(socket.seqs(2).await, [1, 2]);
    socket.send(frame("unsubscribe", one)).await;
    socket.send(frame("subscribe", two)).await;
    assert_eq!(socket.next().await["conversation_id"], json!(two));
}

#[tokio::test]
async fn with_a_cookie_only_our_own_pages_may_connect() {
    let rig = Rig::new().await;
    let address = rig.serve().await;
    let cookie = rig.cookie().await;
    let own = format!("http://{address}");
    let open = async |origin: Option<&str>, path: &str| {
        let mut headers = vec![("cookie", cookie.as_str())];
        headers.extend(origin.map(|origin| ("origin", origin)));
        Socket::open(address, path, &headers).await.err()
    };
    assert_eq!(open(Some(&own), "/workspace/me").await, None);
    assert_eq!(
        open(Some(&own), &format!("/workspace/{}", rig.user)).await,
        None
    );
    assert_eq!(
        open(Some(&own), &format!("/workspace/{}", Uuid::nil())).await,
        Some(404)
    );
    for bad in [
        None,
        Some("null"),
        Some("http://evil.example"),
        Some("http://127.0.0.1:1"),
    ] {
        assert_eq!(open(bad, "/workspace/me").await, Some(403), "{bad:?}");
    }
}

#[tokio::test]
async fn a_socket_ends_with_its_session_and_with_the_server() {
    let rig = Rig::new().await;
    let address = rig.serve().await;
    let mut signed_out = rig.socket(address).await;
    let out = rig
        .call(Method::POST, "/api/auth/logout", Value::Null)
        .await;
    assert_eq!(out.status, 204);
    assert_eq!(signed_out.closed().await, Some(1008));

    rig.add_user("ana", "ana").await;
    let headers = [("authorization", "Bearer ana")];
    let mut served = Socket::open(address, "/workspace/me", &headers)
        .await
        .unwrap();
    served.next().await;
    rig.shutdown.cancel();
    assert_eq!(served.closed().await, Some(1012));
}

#[tokio::test]
async fn a_client_that_does_not_read_is_let_go() {
    let rig = Rig::with(Limits {
        socket_send: Duration::from_millis(100),
        ..Limits::default()
    })
    .await;
    let address = rig.serve().await;
    let (conversation, run) = rig.begin("hello").await;
    let epoch = rig.claim(run).await;
    let big = "x".repeat(256 * 1024);
    for block in 0..64 {
        let text = big.clone();
        rig.append(run, epoch, Event::Text { block, text }).await;
    }
    let mut socket = rig.socket(address).await;
    socket
        .send(json!({"type": "subscribe", "conversation_id": conversation, "after": 0}))
        .await;
    // More than the kernel's buffers hold is on its way, and nobody reads.
    rig.workspaces.unwatched().await;
    assert_eq!(socket.closed().await, None);
}
