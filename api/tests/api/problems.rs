//! Whatever is wrong with a request, the answer is a problem document.

use axum::body::Body;
use http::Method;
use serde_json::json;

use crate::support::Rig;

#[tokio::test]
async fn malformed_requests_are_answered_with_problems() {
    let rig = Rig::new().await;
    let auth = ("authorization", "Bearer token");
    let json_type = ("content-type", "application/json");
    let large = format!("{{\"title\": \"{}\"}}", "x".repeat(100_000));
    let cases: Vec<(Method, &str, Vec<(&str, &str)>, String, (u16, &str))> = vec![
        (
            Method::POST,
            "/api/conversations",
            vec![auth, json_type],
            "{".into(),
            (400, "request.json"),
        ),
        (
            Method::POST,
            "/api/conversations",
            vec![auth, json_type],
            "[1]".into(),
            (400, "request.json"),
        ),
        (
            Method::POST,
            "/api/conversations",
            vec![auth, json_type],
            "{\"title\": 1}".into(),
            (400, "request.json"),
        ),
        (
            Method::POST,
            "/api/conversations",
            vec![auth],
            "{}".into(),
            (415, "request.media_type"),
        ),
        (
            Method::POST,
            "/api/conversations",
            vec![auth, json_type],
            large,
            (413, "request.too_large"),
        ),
        (
            Method::GET,
            "/api/conversations?limit=x",
            vec![auth],
            String::new(),
            (400, "request.query"),
        ),
        (
            Method::GET,
            "/api/conversations?limit=501",
            vec![auth],
            String::new(),
            (400, "request.query"),
        ),
        (
            Method::GET,
            "/api/conversations/1",
            vec![auth],
            String::new(),
            (400, "request.path"),
        ),
        (
            Method::GET,
            "/api/runs/%ff",
            vec![auth],
            String::new(),
            (400, "request.path"),
        ),
        (
            Method::GET,
            "/api/nothing",
            vec![auth],
            String::new(),
            (404, "route.not_found"),
        ),
        (
            Method::GET,
            "/api",
            vec![auth],
            String::new(),
            (404, "route.not_found"),
        ),
        (
            Method::POST,
            "/anything",
            vec![auth],
            String::new(),
            (404, "route.not_found"),
        ),
        (
            Method::GET,
            "/assets/none.js",
            vec![],
            String::new(),
            (404, "route.not_found"),
        ),
        (
            Method::DELETE,
            "/api/conversations",
            vec![auth],
            String::new(),
            (405, "route.method"),
        ),
        (
            Method::POST,
            "/health",
            vec![],
            String::new(),
            (405, "route.method"),
        ),
        (
            Method::GET,
            "/workspace/me",
            vec![auth],
            String::new(),
            (426, "request.upgrade"),
        ),
    ];
    for (method, path, headers, body, (status, code)) in cases {
        let answer = rig.call_with(method.clone(), path, &headers, body).await;
        assert_eq!(
            answer.problem(),
            (status, code.to_owned()),
            "{method} {path}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
}

#[tokio::test]
async fn problems_speak_the_clients_language() {
    let rig = Rig::new().await;
    let detail = async |headers: &[(&str, &str)], path: &str| {
        let answer = rig
            .call_with(Method::GET, path, headers, Body::empty())
            .await;
        let language = answer.header("content-language").to_owned();
        (
            language,
            answer.json()["detail"].as_str().unwrap().to_owned(),
        )
    };
    let korean = detail(
        &[("accept-language", "ko-KR,ko;q=0.9,en;q=0.8")],
        "/api/runs",
    )
    .await;
    assert_eq!(korean.0, "ko");
    assert!(korean.1.contains("로그아웃되어 있어요"));
    assert_eq!(detail(&[], "/api/runs?lang=ko").await, korean);
    assert_eq!(detail(&[], "/api/runs").await.0, "en");
}

#[tokio::test]
async fn health_needs_nothing_and_the_document_is_served() {
    let rig = Rig::new().await;
    let health = rig
        .call_with(Method::GET, "/health", &[], Body::empty())
        .await;
    assert_eq!(health.json(), json!({"status": "ok", "version": "1.2.3"}));
    let path = "/api/openapi.json";
    let document = rig.call_with(Method::GET, path, &[], Body::empty()).await;
    assert_eq!(document.body, berth_api::openapi_json());
}
