//! The stand-in for Cloud Scheduler calls again what has failed, as its jobs say.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;
use berth_emulators::Scheduler;
use berth_fake_oidc::Issuer;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// A service whose first calls fail.
async fn failing(times: usize) -> String {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/tick", listener.local_addr().unwrap());
    let calls = Arc::new(AtomicUsize::new(0));
    let answer = move || async move {
        if calls.fetch_add(1, Ordering::SeqCst) < times {
            StatusCode::SERVICE_UNAVAILABLE
        } else {
            StatusCode::OK
        }
    };
    let routes = Router::new().route("/tick", post(answer));
    tokio::spawn(async move { axum::serve(listener, routes).await });
    url
}

/// A job of every hour.
async fn job(scheduler: &Scheduler, uri: &str, retry: Value) {
    let job = json!({
        "name": "projects/p/locations/l/jobs/a",
        "schedule": "0 * * * *",
        "timeZone": "Etc/UTC",
        "httpTarget": { "uri": uri, "httpMethod": "POST" },
        "retryConfig": retry,
    });
    let url = format!("{}/v1/projects/p/locations/l/jobs", scheduler.url());
    let made = reqwest::Client::new().post(url).json(&job).send().await;
    made.unwrap().error_for_status().unwrap();
}

async fn statuses(scheduler: &Scheduler, seconds: i64) -> Vec<Option<u16>> {
    let now = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
    let called = scheduler.pass(now).await;
    called.into_iter().map(|call| call.status).collect()
}

#[tokio::test]
async fn a_call_that_fails_is_made_again_later_and_later() {
    let url = failing(3).await;
    let scheduler = Scheduler::start(Issuer::new("key-1"), Timestamp::UNIX_EPOCH, 10);
    let scheduler = scheduler.await.unwrap();
    let retry = json!({ "retryCount": 5, "minBackoffDuration": "10s", "maxDoublings": 1 });
    job(&scheduler, &url, retry).await;
    assert_eq!(statuses(&scheduler, 3_600).await, [Some(503)]);
    assert_eq!(statuses(&scheduler, 3_609).await, []);
    // After ten seconds, twenty, and from there on twenty more each time.
    assert_eq!(statuses(&scheduler, 3_610).await, [Some(503)]);
    assert_eq!(statuses(&scheduler, 3_630).await, [Some(503)]);
    assert_eq!(statuses(&scheduler, 3_669).await, []);
    assert_eq!(statuses(&scheduler, 3_670).await, [Some(200)]);
    assert_eq!(statuses(&scheduler, 7_199).await, []);
}

#[tokio::test]
async fn a_call_is_made_as_often_as_its_job_says() {
    for (retry, calls) in [
        (json!({}), 1),
        (json!({ "retryCount": 2 }), 3),
        (json!({ "retryCount": 5, "maxRetryDuration": "20s" }), 3),
    ] {
        let url = failing(usize::MAX).await;
        let scheduler = Scheduler::start(Issuer::new("key-1"), Timestamp::UNIX_EPOCH, 10);
        let scheduler = scheduler.await.unwrap();
        job(&scheduler, &url, retry.clone()).await;
        assert_eq!(statuses(&scheduler, 7_000).await.len(), calls, "{retry}");
    }
}
