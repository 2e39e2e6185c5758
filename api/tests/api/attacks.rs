//! Attacks on the API that concern no single route: forged tokens, other sites, a store that is away.
//!
//! What a token may be is tested in `oidc/`; here it is that the route asks.

use std::sync::Arc;

use axum::body::Body;
use berth_domain::ports::StoreErrorKind;
use http::Method;
use serde_json::{Value, json};

use crate::support::{BrokenStore, Google, ISSUER, OWN, Rig, Socket};

/// Attack 37.
#[tokio::test]
async fn forged_and_stale_answers_of_google_sign_nobody_in() {
    let google = Google::new().await;
    let other = berth_fake_oidc::Issuer::new("k2");
    let issuer = &*ISSUER;
    let changes: [(&str, Value); 5] = [
        ("iss", json!("https://evil.example")),
        ("aud", json!("other.apps.googleusercontent.com")),
        ("exp", json!(0)),
        ("email_verified", json!(false)),
        ("email", json!(null)),
    ];
    let (attempt, page) = google.begin().await;
    let genuine = google.claims(&page, "1", "mina@example.com");
    let mut forged = vec![
        issuer.unsigned(&genuine),
        issuer.confuse(&genuine),
        other.sign(&genuine),
        other.sign_under(&json!({"alg": "RS256", "kid": "k1"}), &genuine),
        String::new(),
    ];
    for (name, value) in changes {
        let mut claims = genuine.clone();
        claims[name] = value;
        forged.push(issuer.sign(&claims));
    }
    for token in forged {
        let answer = google.finish(&attempt, &token).await;
        assert_eq!(answer.problem(), (401, "sign_in.refused".into()), "{token}");
        assert!(!answer.headers.contains_key("set-cookie"));
    }
    // Nor is a genuine one an API token.
    let token = issuer.sign(&genuine);
    let rig = &google.rig;
    let answer = rig
        .call_as(&token, Method::GET, "/api/agents", Value::Null)
        .await;
    assert_eq!(answer.status, 401);
    assert_eq!(google.finish(&attempt, &token).await.status, 200);
}

/// Attack 39.
#[tokio::test]
async fn other_sites_can_make_a_browser_do_nothing() {
    let google = Google::new().await;
    let cookie = google.sign_in("1", "mina@example.com").await;
    let (attempt, page) = google.begin().await;
    let token = ISSUER.sign(&google.claims(&page, "1", "mina@example.com"));
    let credential = json!({ "credential": token }).to_string();
    let foreign = [
        None,
        Some("null"),
        Some("https://evil.example"),
        Some("https://berth.example.evil"),
        Some("http://berth.example"),
    ];
    for origin in foreign {
        for (path, cookie, body) in [
            ("/api/agents", &cookie, "{}"),
            ("/api/tokens", &cookie, r#"{"name": "x"}"#),
            ("/api/auth/logout", &cookie, ""),
            ("/api/auth/google", &attempt, &*credential),
        ] {
            let mut headers = vec![
                ("cookie", cookie.as_str()),
                ("content-type", "application/json"),
            ];
            headers.extend(origin.map(|origin| ("origin", origin)));
            let answer = google
                .rig
                .call_with(Method::POST, path, &headers, body.to_owned())
                .await;
            assert_eq!(
                answer.problem(),
                (403, "auth.origin".into()),
                "{path} {origin:?}"
            );
        }
    }
    // A form can send these without asking first.
    for media_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    ] {
        for (path, cookie) in [("/api/agents", &cookie), ("/api/auth/google", &attempt)] {
            let headers = [
                ("cookie", cookie.as_str()),
                ("origin", OWN),
                ("content-type", media_type),
            ];
            let answer = google
                .rig
                .call_with(Method::POST, path, &headers, credential.clone())
                .await;
            assert_eq!(
                answer.problem(),
                (415, "request.media_type".into()),
                "{path} {media_type}"
            );
        }
    }
}

/// Attack 40.
#[tokio::test]
async fn other_sites_open_no_sockets() {
    let google = Google::new().await;
    let cookie = google.sign_in("1", "mina@example.com").await;
    let address = google.rig.serve().await;
    let open = async |origin: Option<&str>| {
        let mut headers = vec![("cookie", cookie.as_str()), ("host", "berth.example")];
        headers.extend(origin.map(|origin| ("origin", origin)));
        Socket::open(address, "/workspace/me", &headers).await.err()
    };
    for origin in [
        None,
        Some("null"),
        Some("https://evil.example"),
        Some("http://berth.example"),
        Some("https://berth.example.evil"),
    ] {
        assert_eq!(open(origin).await, Some(403), "{origin:?}");
    }
    assert_eq!(open(Some(OWN)).await, None);
}

/// Attack 42.
#[tokio::test]
async fn nobody_makes_themselves_somebody() {
    let google = Google::new().await;
    let eve = google.sign_in("1", "eve@example.com").await;
    let mina = google.sign_in("2", "mina@example.com").await;
    let victim = google.get(&mina, "/api/user/profile").await.json()["id"].clone();
    let more = json!({
        "role": "owner", "owner": true, "is_admin": true, "editable": true, "id": victim, "user_id": victim,
        "email": "owner@example.com", "account": {"email": "owner@example.com"}, "name": "Eve", "prompt": "p",
    });
    let before = google.get(&eve, "/api/user/profile").await.json()["id"].clone();
    for (method, path) in [
        (Method::POST, "/api/user/onboarding"),
        (Method::POST, "/api/agents"),
        (Method::POST, "/api/conversations"),
        (Method::POST, "/api/tokens"),
    ] {
        let answer = google.call(&eve, method, path, more.clone()).await;
        assert!(answer.status.is_success(), "{path} {answer:?}");
    }
    let profile = google.get(&eve, "/api/user/profile").await.json();
    assert_eq!(
        (&profile["id"], &profile["name"]),
        (&before, &json!("eve@example.com"))
    );
    assert_eq!(
        google.get(&eve, "/api/settings").await.json()["editable"],
        false
    );
    for path in ["/api/agents", "/api/conversations", "/api/tokens"] {
        assert_eq!(
            google.get(&mina, path).await.json()["items"],
            json!([]),
            "{path}"
        );
    }
    let key = json!({"key": "sk-ant-0123456789012345678901234567890123456789"});
    let put = google
        .call(&eve, Method::PUT, "/api/settings/model-key", key)
        .await;
    assert_eq!(put.problem(), (403, "settings.owner".into()));
}

/// Attack 45.
#[tokio::test]
async fn a_store_that_is_away_says_nothing_about_itself() {
    for (kind, status, code) in [
        (StoreErrorKind::Unavailable, 503, "store.unavailable"),
        (StoreErrorKind::Full, 507, "store.full"),
        (StoreErrorKind::Broken, 500, "store.broken"),
    ] {
        let rig = Rig::changed(|deps| deps.credentials = Arc::new(BrokenStore(kind))).await;
        let link = "/?token=sign-in-link";
        for (method, path) in [
            (Method::GET, "/api/agents"),
            (Method::GET, "/api/user/profile"),
            (Method::POST, "/api/auth/logout"),
            (Method::GET, "/workspace/me"),
            (Method::GET, link),
        ] {
            let headers = [("authorization", "Bearer token")];
            let answer = rig.call_with(method, path, &headers, Body::empty()).await;
            // `problem` also sees that no internal detail is in it.
            assert_eq!(answer.problem(), (status, code.to_owned()), "{path}");
        }
        let rig = Rig::changed(|deps| deps.users = Arc::new(BrokenStore(kind))).await;
        assert_eq!(
            rig.get("/api/user/profile").await.problem(),
            (status, code.to_owned())
        );
    }
}
