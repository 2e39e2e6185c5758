//! Server-sent events of a run.

use axum::body::Body;
use berth_domain::event::Event;
use http::Method;

use crate::support::Rig;

fn ids(body: &[u8]) -> Vec<u64> {
    let text = std::str::from_utf8(body).unwrap();
    text.lines()
        .filter_map(|line| line.strip_prefix("id: "))
        .map(|id| id.parse().unwrap())
        .collect()
}

async fn stream(rig: &Rig, path: &str, last: Option<&str>) -> Vec<u64> {
    let mut headers = vec![
        ("authorization", "Bearer token"),
        ("accept", "text/event-stream"),
    ];
    headers.extend(last.map(|id| ("last-event-id", id)));
    let answer = rig
        .call_with(Method::GET, path, &headers, Body::empty())
        .await;
    assert_eq!(answer.header("content-type"), "text/event-stream");
    ids(&answer.body)
}

#[tokio::test]
async fn a_stream_goes_on_after_the_last_id_and_ends_with_the_run() {
    let rig = Rig::new().await;
    let (_, run) = rig.begin("hello").await;
    let path = format!("/api/runs/{run}/events");
    let work = async {
        let epoch = rig.claim(run).await;
        for block in 0..3 {
            let text = format!("block {block}");
            rig.append(run, epoch, Event::Text { block, text }).await;
        }
        rig.finish(run, epoch).await;
    };
    // message, queued, started, three texts, finished
    let (live, ()) = tokio::join!(stream(&rig, &path, None), work);
    assert_eq!(live, [1, 2, 3, 4, 5, 6, 7]);
    for cut in 0..=7 {
        let rest = stream(&rig, &path, Some(&cut.to_string())).await;
        assert_eq!(rest, (cut + 1..=7).collect::<Vec<u64>>(), "cut at {cut}");
    }
    assert_eq!(stream(&rig, &format!("{path}?after=5"), None).await, [6, 7]);
}

#[tokio::test]
async fn a_stream_ends_at_shutdown() {
    let rig = Rig::new().await;
    let (_, run) = rig.begin("hello").await;
    rig.shutdown.cancel();
    let path = format!("/api/runs/{run}/events");
    assert_eq!(stream(&rig, &path, None).await, [1, 2]);
}
