//! Who gets in, from where, and for how long.

use axum::body::Body;
use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::{Rig, SIGN_IN};

const OWN: &str = "http://localhost:8080";

#[tokio::test]
async fn the_link_signs_in_as_often_as_it_is_opened() {
    let rig = Rig::new().await;
    for _ in 0..2 {
        let path = format!("/chat?a=1&token={SIGN_IN}");
        let answer = rig.call_with(Method::GET, &path, &[], Body::empty()).await;
        assert_eq!(answer.status, 303);
        assert_eq!(answer.header("location"), "/chat?a=1");
        let cookie = answer.header("set-cookie");
        assert!(cookie.ends_with("; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax"));
    }
    let cookie = rig.cookie().await;
    let profile = rig
        .call_with(
            Method::GET,
            "/api/user/profile",
            &[("cookie", &cookie)],
            Body::empty(),
        )
        .await;
    assert_eq!(profile.json()["name"], "local");
}

#[tokio::test]
async fn a_wrong_link_leads_to_the_page_without_a_session() {
    let rig = Rig::new().await;
    // An API token is not a link.
    for token in ["nonsense", "token"] {
        let path = format!("/?token={token}");
        let answer = rig.call_with(Method::GET, &path, &[], Body::empty()).await;
        assert_eq!(answer.status, 303);
        assert!(!answer.headers.contains_key("set-cookie"));
    }
}

#[tokio::test]
async fn without_a_valid_credential_nothing_is_told() {
    let rig = Rig::new().await;
    let paths = [
        "/api/user/profile",
        "/api/conversations",
        "/api/runs",
        "/api/files",
        "/api/files/a.txt",
        "/api/usage",
        "/api/settings",
        "/api/workspace",
        "/api/auth/validate/me",
        "/workspace/me",
    ];
    let link = format!("Bearer {SIGN_IN}");
    for path in paths {
        for headers in [
            &[][..],
            &[("authorization", "Bearer wrong")],
            &[("authorization", link.as_str())],
            &[("authorization", "Basic dG9rZW4=")],
            &[("cookie", "berth_session=token")],
        ] {
            let answer = rig
                .call_with(Method::GET, path, headers, Body::empty())
                .await;
            assert_eq!(answer.problem(), (401, "auth.required".into()), "{path}");
        }
    }
}

#[tokio::test]
async fn a_session_ends_after_a_day_and_at_logout() {
    let rig = Rig::new().await;
    let cookie = rig.cookie().await;
    let valid = async || {
        let headers = [("cookie", cookie.as_str())];
        rig.call_with(
            Method::GET,
            "/api/auth/validate/me",
            &headers,
            Body::empty(),
        )
        .await
    };
    assert_eq!(valid().await.json()["valid"], true);
    rig.clock.advance(SignedDuration::from_hours(24));
    assert_eq!(valid().await.status, 401);

    let cookie = rig.cookie().await;
    let headers = [("cookie", cookie.as_str()), ("origin", OWN)];
    let path = "/api/auth/logout";
    let out = rig
        .call_with(Method::POST, path, &headers, Body::empty())
        .await;
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    let again = rig
        .call_with(Method::POST, path, &headers, Body::empty())
        .await;
    assert_eq!(again.status, 401);
}

#[tokio::test]
async fn with_a_cookie_only_our_own_pages_may_change_things() {
    let rig = Rig::new().await;
    let cookie = rig.cookie().await;
    let post = async |origin: Option<&str>, media_type: &str| {
        let mut headers = vec![("cookie", cookie.as_str()), ("content-type", media_type)];
        headers.extend(origin.map(|origin| ("origin", origin)));
        rig.call_with(Method::POST, "/api/conversations", &headers, "{}")
            .await
    };
    for good in [OWN, "https://berth.example"] {
        assert_eq!(post(Some(good), "application/json").await.status, 201);
    }
    for bad in [
        None,
        Some("null"),
        Some("http://evil.example"),
        Some("http://localhost:3000"),
        Some("http://localhost:8080.evil.example"),
    ] {
        let answer = post(bad, "application/json").await;
        assert_eq!(answer.problem(), (403, "auth.origin".into()), "{bad:?}");
    }
    let form = post(Some(OWN), "text/plain").await;
    assert_eq!(form.problem(), (415, "request.media_type".into()));
}

#[tokio::test]
async fn foreign_host_names_are_refused() {
    let rig = Rig::new().await;
    for (host, status) in [
        ("127.0.0.1:8080", 200),
        ("[::1]:8080", 200),
        ("berth.example", 200),
        ("evil.example:8080", 403),
        ("localhost.evil.example", 403),
    ] {
        let headers = [("host", host)];
        let answer = rig
            .call_with(Method::GET, "/health", &headers, Body::empty())
            .await;
        assert_eq!(answer.status, status, "{host}");
    }
}

#[tokio::test]
async fn somebody_elses_things_do_not_exist() {
    let rig = Rig::new().await;
    rig.add_user("eve", "eve").await;
    let (conversation, run) = rig.begin("hello").await;
    let user = rig.user;
    let attempts = [
        (
            Method::GET,
            format!("/api/conversations/{conversation}"),
            Value::Null,
        ),
        (
            Method::PATCH,
            format!("/api/conversations/{conversation}"),
            json!({"title": "x"}),
        ),
        (
            Method::DELETE,
            format!("/api/conversations/{conversation}"),
            Value::Null,
        ),
        (
            Method::GET,
            format!("/api/conversations/{conversation}/messages"),
            Value::Null,
        ),
        (
            Method::POST,
            format!("/api/conversations/{conversation}/messages"),
            json!({"content": "x"}),
        ),
        (
            Method::GET,
            format!("/api/conversations/{conversation}/events"),
            Value::Null,
        ),
        (Method::GET, format!("/api/runs/{run}"), Value::Null),
        (Method::POST, format!("/api/runs/{run}/cancel"), Value::Null),
        (Method::POST, format!("/api/runs/{run}/retry"), Value::Null),
        (Method::GET, format!("/api/runs/{run}/events"), Value::Null),
        (
            Method::GET,
            format!("/api/auth/validate/{user}"),
            Value::Null,
        ),
        (Method::GET, format!("/workspace/{user}"), Value::Null),
    ];
    for (method, path, body) in attempts {
        let answer = rig.call_as("eve", method.clone(), &path, body).await;
        assert_eq!(answer.problem().0, 404, "{method} {path}");
    }
    let theirs = rig
        .call_as("eve", Method::GET, "/api/runs", Value::Null)
        .await;
    assert_eq!(theirs.json()["items"], json!([]));
}

#[tokio::test]
async fn onboarding_is_stored_and_checked() {
    let rig = Rig::new().await;
    let path = "/api/user/onboarding";
    let answers = json!({"language": "ko", "time_zone": "Asia/Seoul", "occupation": "마케터", "role": "owner"});
    let profile = rig.post(path, answers).await.json();
    assert_eq!(profile["onboarding"]["occupation"], "마케터");
    assert!(profile["onboarding"]["completed_at"].is_string());
    assert_eq!(rig.get("/api/user/profile").await.json(), profile);
    for bad in [
        json!({"language": "fr"}),
        json!({"time_zone": "Mars/Olympus"}),
        json!({"occupation": "x".repeat(201)}),
    ] {
        let answer = rig.post(path, bad).await;
        assert_eq!(answer.problem(), (400, "user.onboarding".into()));
    }
}
