//! API tokens: named, expiring, shown once.

use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::{Google, Socket};

async fn make(google: &Google, cookie: &str, body: Value) -> Value {
    let made = google.call(cookie, Method::POST, "/api/tokens", body).await;
    assert_eq!(made.status, 201, "{made:?}");
    made.json()
}

#[tokio::test]
async fn a_token_is_shown_once_and_acts_for_its_user() {
    let google = Google::new().await;
    let cookie = google.sign_in("1", "mina@example.com").await;
    let made = make(
        &google,
        &cookie,
        json!({"name": " 보고서 ", "expires_in_days": 7}),
    )
    .await;
    let text = made["token"].as_str().unwrap();
    assert!(text.starts_with("berth_token_") && text.len() == 55);
    assert_eq!(
        (&made["name"], &made["expires_at"]),
        (&json!("보고서"), &json!("2026-11-28T00:00:00Z"))
    );
    let listed = google.get(&cookie, "/api/tokens").await;
    assert!(!String::from_utf8_lossy(&listed.body).contains(text));
    assert_eq!(listed.json()["items"][0]["id"], made["id"]);

    let mine = google.get(&cookie, "/api/user/profile").await.json();
    let rig = &google.rig;
    let as_token = rig
        .call_as(text, Method::GET, "/api/user/profile", Value::Null)
        .await;
    assert_eq!(as_token.json(), mine);
    // Neither longer life nor another life comes out of a token.
    let more = rig
        .call_as(text, Method::POST, "/api/tokens", json!({"name": "x"}))
        .await;
    assert_eq!(more.problem(), (403, "token.by_session".into()));
    rig.clock.advance(SignedDuration::from_hours(24 * 7));
    let late = rig
        .call_as(text, Method::GET, "/api/user/profile", Value::Null)
        .await;
    assert_eq!(late.status, 401);
}

#[tokio::test]
async fn a_revoked_token_opens_nothing_and_its_sockets_close() {
    let google = Google::new().await;
    let (mina, eve) = (
        google.sign_in("1", "mina@example.com").await,
        google.sign_in("2", "eve@example.com").await,
    );
    let made = make(&google, &mina, json!({"name": "script"})).await;
    let text = format!("Bearer {}", made["token"].as_str().unwrap());
    let path = format!("/api/tokens/{}", made["id"].as_str().unwrap());
    let address = google.rig.serve().await;
    let headers = [("authorization", text.as_str())];
    let mut socket = Socket::open(address, "/workspace/me", &headers)
        .await
        .unwrap();
    assert_eq!(socket.next().await["type"], "ready");

    assert_eq!(
        google.get(&eve, "/api/tokens").await.json()["items"],
        json!([])
    );
    let stolen = google.call(&eve, Method::DELETE, &path, Value::Null).await;
    assert_eq!(stolen.problem(), (404, "token.not_found".into()));
    assert_eq!(
        google
            .call(&mina, Method::DELETE, &path, Value::Null)
            .await
            .status,
        204
    );
    assert_eq!(socket.closed().await, Some(1008));
    assert_eq!(
        Socket::open(address, "/workspace/me", &headers).await.err(),
        Some(401)
    );
    let gone = google.call(&mina, Method::DELETE, &path, Value::Null).await;
    assert_eq!(gone.problem(), (404, "token.not_found".into()));
    // A session is no token, though its hash is known to whoever can read the store.
    for id in ["x", "%00", &"A".repeat(43)] {
        let path = format!("/api/tokens/{id}");
        let answer = google.call(&mina, Method::DELETE, &path, Value::Null).await;
        assert_eq!(answer.problem(), (404, "token.not_found".into()), "{id}");
    }
}

#[tokio::test]
async fn what_is_asked_for_is_checked_and_counted() {
    let google = Google::new().await;
    let cookie = google.sign_in("1", "mina@example.com").await;
    for (body, field) in [
        (json!({"name": "  "}), "name"),
        (json!({"name": "x".repeat(81)}), "name"),
        (json!({"name": "a\nb"}), "name"),
        (
            json!({"name": "a", "expires_in_days": 0}),
            "expires_in_days",
        ),
        (
            json!({"name": "a", "expires_in_days": 366}),
            "expires_in_days",
        ),
    ] {
        let answer = google
            .call(&cookie, Method::POST, "/api/tokens", body)
            .await;
        assert_eq!(answer.problem(), (400, "token.invalid".into()));
        assert_eq!(answer.json()["errors"][0]["field"], field);
    }
    for number in 0..50 {
        make(&google, &cookie, json!({"name": format!("{number}")})).await;
    }
    let full = google
        .call(&cookie, Method::POST, "/api/tokens", json!({"name": "a"}))
        .await;
    assert_eq!(full.problem(), (409, "token.limit".into()));
}
