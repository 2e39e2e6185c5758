//! The dashboard's files and the headers around them.

use axum::body::Body;
use http::Method;

use crate::support::Rig;

#[tokio::test]
async fn every_page_is_the_application_and_assets_live_for_ever() {
    let rig = Rig::new().await;
    let get = async |path: &str, headers: &[(&str, &str)]| {
        rig.call_with(Method::GET, path, headers, Body::empty())
            .await
    };
    for path in ["/", "/chat", "/runs/1", "/..%2fetc"] {
        let page = get(path, &[]).await;
        assert_eq!(page.body, "<!doctype html>", "{path}");
        assert_eq!(page.header("cache-control"), "no-cache");
        assert_eq!(page.header("referrer-policy"), "no-referrer");
        assert_eq!(page.header("cross-origin-opener-policy"), "same-origin");
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"));
        assert!(policy.ends_with("frame-ancestors 'none'"));
    }
    let asset = get("/assets/app-1.js", &[("accept-encoding", "gzip, br")]).await;
    assert_eq!(asset.header("content-encoding"), "br");
    assert_eq!(asset.header("vary"), "Accept-Encoding");
    assert!(asset.header("cache-control").ends_with("immutable"));
    let etag = asset.header("etag").to_owned();
    let known = [("if-none-match", etag.as_str()), ("accept-encoding", "br")];
    assert_eq!(get("/assets/app-1.js", &known).await.status, 304);
    assert_eq!(get("/assets/app-1.js", &known[..1]).await.status, 200);
    let head = rig.call_with(Method::HEAD, "/", &[], Body::empty()).await;
    assert_eq!(head.status, 200);
}
