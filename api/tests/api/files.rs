//! Files of the workspace.

use axum::body::{Body, Bytes};
use berth_api::Limits;
use futures::{StreamExt, stream};
use http::Method;
use serde_json::json;
use std::time::Duration;

use crate::support::{Answer, Rig};

async fn call(
    rig: &Rig,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Answer {
    let mut all = vec![("authorization", "Bearer token")];
    all.extend_from_slice(headers);
    rig.call_with(method, path, &all, body).await
}

#[tokio::test]
async fn a_file_is_written_read_renamed_and_deleted() {
    let rig = Rig::new().await;
    let path = "/api/files/%EB%A7%A4%EC%B6%9C/1%20a.csv";
    let made = call(&rig, Method::PUT, path, &[], "x,y").await;
    assert_eq!((made.status.as_u16(), made.header("etag")), (201, "\"1\""));
    assert!(rig.workspaces.has("매출/1 a.csv"));
    let replaced = call(&rig, Method::PUT, path, &[], "x,y,z").await;
    assert_eq!(
        (replaced.status.as_u16(), replaced.header("etag")),
        (204, "\"2\"")
    );

    let read = call(&rig, Method::GET, path, &[], Body::empty()).await;
    assert_eq!(read.body, "x,y,z");
    assert_eq!(read.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(read.header("x-content-type-options"), "nosniff");
    assert_eq!(
        read.header("content-security-policy"),
        "sandbox; default-src 'none'"
    );
    assert_eq!(
        read.header("content-disposition"),
        "attachment; filename=\"1 a.csv\"; filename*=UTF-8''1%20a.csv"
    );
    let listing = rig.get("/api/files?path=%EB%A7%A4%EC%B6%9C").await.json();
    assert_eq!(listing["path"], "매출");
    assert_eq!(listing["entries"][0]["kind"], "file");

    let rename = format!("{path}?rename_to=b%20c.csv");
    let renamed = call(&rig, Method::POST, &rename, &[], Body::empty()).await;
    assert_eq!(renamed.header("location"), "/api/files/b%20c.csv");
    let deleted = call(
        &rig,
        Method::DELETE,
        "/api/files/b%20c.csv",
        &[],
        Body::empty(),
    )
    .await;
    assert_eq!(deleted.status, 204);
    let gone = call(
        &rig,
        Method::DELETE,
        "/api/files/b%20c.csv",
        &[],
        Body::empty(),
    )
    .await;
    assert_eq!(gone.problem(), (404, "file.not_found".into()));
    let folder = call(
        &rig,
        Method::POST,
        "/api/files/d/e?mkdir",
        &[],
        Body::empty(),
    )
    .await;
    assert_eq!(folder.status, 201);
    let neither = call(&rig, Method::POST, "/api/files/d", &[], Body::empty()).await;
    assert_eq!(neither.problem(), (400, "file.action".into()));
}

#[tokio::test]
async fn parts_and_versions_are_honoured() {
    let rig = Rig::new().await;
    let path = "/api/files/a.bin";
    call(&rig, Method::PUT, path, &[], "0123456789").await;
    let get = async |headers: &[(&str, &str)]| {
        call(&rig, Method::GET, path, headers, Body::empty()).await
    };
    for (range, part, content_range) in [
        ("bytes=0-3", "0123", "bytes 0-3/10"),
        ("bytes=8-99", "89", "bytes 8-9/10"),
        ("bytes=-3", "789", "bytes 7-9/10"),
    ] {
        let answer = get(&[("range", range)]).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.body[..]),
            (206, part.as_bytes())
        );
        assert_eq!(answer.header("content-range"), content_range);
        assert_eq!(answer.header("content-length"), part.len().to_string());
    }
    let beyond = get(&[("range", "bytes=10-")]).await;
    assert_eq!(beyond.problem(), (416, "file.range".into()));
    assert_eq!(beyond.header("content-range"), "bytes */10");
    assert_eq!(get(&[("range", "bytes=0-1,3-4")]).await.status, 200);
    let other_version = get(&[("range", "bytes=0-3"), ("if-range", "\"9\"")]).await;
    assert_eq!(other_version.status, 200);
    let known = get(&[("if-none-match", "\"1\"")]).await;
    assert_eq!((known.status.as_u16(), known.body.len()), (304, 0));

    let put =
        async |name: &str, tag: &str| call(&rig, Method::PUT, path, &[(name, tag)], "new").await;
    assert_eq!(
        put("if-match", "\"9\"").await.problem(),
        (412, "file.changed".into())
    );
    assert_eq!(
        put("if-none-match", "*").await.problem(),
        (412, "file.changed".into())
    );
    assert_eq!(put("if-match", "\"1\"").await.status, 204);
}

#[tokio::test]
async fn paths_that_lead_outside_are_refused() {
    let rig = Rig::new().await;
    let long = "a/".repeat(2500);
    for bad in [
        "..",
        "../a",
        "a/../b",
        "%2e%2e/a",
        "%2e%2e%2fa",
        "a%00b",
        "/etc/passwd",
        "%2fetc",
        "a%ff",
        &long,
    ] {
        for method in [Method::GET, Method::PUT, Method::DELETE] {
            let path = format!("/api/files/{bad}");
            let answer = call(&rig, method, &path, &[], Body::empty()).await;
            assert_eq!(answer.problem(), (400, "file.path".into()), "{bad}");
        }
    }
    for bad in ["..", "../a", "%2e%2e%2fa", "a%00b", "/etc/passwd", ""] {
        let path = format!("/api/files/a?rename_to={bad}");
        let answer = call(&rig, Method::POST, &path, &[], Body::empty()).await;
        assert_eq!(answer.problem(), (400, "file.path".into()), "{bad}");
    }
    let folder = rig.get("/api/files?path=..%2F..").await;
    assert_eq!(folder.problem(), (400, "file.path".into()));
    // Decoded once: this names a file whose name has a percent sign.
    let odd = call(&rig, Method::PUT, "/api/files/%252e%252e", &[], "x").await;
    assert_eq!(odd.status, 201);
    assert!(rig.workspaces.has("%2e%2e"));
}

#[tokio::test]
async fn uploads_too_large_or_too_slow_leave_nothing() {
    let rig = Rig::with(Limits {
        upload_bytes: 8,
        upload_idle: Duration::from_millis(50),
        ..Limits::default()
    })
    .await;
    let path = "/api/files/a";
    let announced = call(
        &rig,
        Method::PUT,
        path,
        &[("content-length", "9")],
        "123456789",
    )
    .await;
    assert_eq!(announced.problem(), (413, "file.too_large".into()));
    let chunk = || Ok::<_, std::io::Error>(Bytes::from_static(b"12345"));
    let streamed = Body::from_stream(stream::iter([chunk(), chunk()]));
    let large = call(&rig, Method::PUT, path, &[], streamed).await;
    assert_eq!(large.problem(), (413, "file.too_large".into()));
    let stuck = Body::from_stream(stream::iter([chunk()]).chain(stream::pending()));
    let slow = call(&rig, Method::PUT, path, &[], stuck).await;
    assert_eq!(slow.problem(), (408, "file.slow".into()));
    let broken = Body::from_stream(stream::iter([chunk(), Err(std::io::Error::other("gone"))]));
    let cut = call(&rig, Method::PUT, path, &[], broken).await;
    assert_eq!(cut.problem(), (400, "file.cut".into()));
    assert!(!rig.workspaces.has("a"));
    let fits = call(&rig, Method::PUT, path, &[], "12345678").await;
    assert_eq!(fits.status, 201);
    assert_eq!(
        rig.get("/api/files").await.json()["entries"][0]["size"],
        json!(8)
    );
}
