//! Whatever is wrong with a request, the answer is a problem document.

use axum::body::Body;
use http::Method;
use serde_json::json;

use crate::support::Rig;

/// Sends a request with the local user's token and gives the problem it is answered with.
async fn problem(rig: &Rig, method: Method, path: &str, body: Option<&str>) -> (u16, String) {
    let mut headers = vec![("authorization", "Bearer token")];
    headers.extend(body.map(|_| ("content-type", "application/json")));
    let body = body.unwrap_or_default().to_owned();
    let answer = rig.call_with(method, path, &headers, body).await;
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    answer.problem()
}

#[tokio::test]
async fn malformed_bodies_are_problems() {
    let rig = Rig::new().await;
    let large = format!("{{\"title\": \"{}\"}}", "x".repeat(100_000));
    for (body, status, code) in [
        (Some("{"), 400, "request.json"),
        (Some("[1]"), 400, "request.json"),
        (Some("{\"title\": 1}"), 400, "request.json"),
        (None, 415, "request.media_type"),
        (Some(large.as_str()), 413, "request.too_large"),
    ] {
        let answer = problem(&rig, Method::POST, "/api/conversations", body).await;
        assert_eq!(answer, (status, code.to_owned()));
    }
}

#[tokio::test]
async fn malformed_addresses_are_problems() {
    let rig = Rig::new().await;
    for (method, path, status, code) in [
        (
            Method::GET,
            "/api/conversations?limit=x",
            400,
            "request.query",
        ),
        (
            Method::GET,
            "/api/conversations?limit=501",
            400,
            "request.query",
        ),
        (Method::GET, "/api/conversations/1", 400, "request.path"),
        (Method::GET, "/api/runs/%ff", 400, "request.path"),
        (Method::GET, "/api/nothing", 404, "route.not_found"),
        (Method::GET, "/api", 404, "route.not_found"),
        (Method::POST, "/anything", 404, "route.not_found"),
        (Method::GET, "/assets/none.js", 404, "route.not_found"),
        (Method::DELETE, "/api/conversations", 405, "route.method"),
        (Method::POST, "/health", 405, "route.method"),
        (Method::GET, "/workspace/me", 426, "request.upgrade"),
    ] {
        let answer = problem(&rig, method, path, None).await;
        assert_eq!(answer, (status, code.to_owned()), "{path}");
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
