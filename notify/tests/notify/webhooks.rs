//! Webhooks, received by a real server.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use berth_domain::notification::{Channel, DeliveryState};
use berth_domain::run::{Outcome, Reason};
use berth_notify::{Looked, SIGNATURE, TIMESTAMP, signature};
use tokio::net::TcpListener;

use crate::rig::{ALL, Rig, SECRET};

#[derive(Debug, Clone, Default)]
struct Receiver {
    got: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    answers: Arc<Mutex<Vec<StatusCode>>>,
}

/// Takes everything, and answers what the test has laid out, then 204.
async fn receive(State(at): State<Receiver>, headers: HeaderMap, body: String) -> StatusCode {
    at.got.lock().unwrap().push((headers, body));
    at.answers
        .lock()
        .unwrap()
        .pop()
        .unwrap_or(StatusCode::NO_CONTENT)
}

async fn receiver(answers: &[StatusCode]) -> (Receiver, String) {
    let receiver = Receiver::default();
    receiver
        .answers
        .lock()
        .unwrap()
        .extend(answers.iter().rev());
    let app = Router::new().fallback(receive).with_state(receiver.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
    (receiver, url)
}

async fn failed_run(rig: &Rig) {
    let agent = rig.agent(ALL).await;
    rig.hourly(&agent).await;
    let run = rig.next_hour(&agent).await.unwrap();
    rig.end(run, Outcome::failed(Reason::ClaudeDied)).await;
    rig.settle().await;
}

#[tokio::test]
async fn a_receiver_can_check_who_sent_it() {
    let rig = Rig::new().await;
    let (receiver, url) = receiver(&[]).await;
    rig.send_to(None, Some(&url)).await;
    failed_run(&rig).await;
    rig.deliver().await;
    let got = receiver.got.lock().unwrap().clone();
    assert_eq!(got.len(), 1);
    let (headers, body) = &got[0];
    let at: i64 = headers[TIMESTAMP].to_str().unwrap().parse().unwrap();
    assert_eq!(headers[SIGNATURE], signature(SECRET, at, body).as_str());
    let told: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(told["kind"], "run_failed");
    assert_eq!(told["agent"]["name"], "주간 브리프");
    assert_eq!(told["run"]["reason"], "claude_died");
    let delivery = rig.deliveries().await.remove(0);
    assert_eq!(delivery.state, DeliveryState::Delivered);
    assert_eq!(delivery.channel, Channel::Webhook);
    assert_eq!(delivery.last_outcome.as_deref(), Some("HTTP 204"));
}

#[tokio::test]
async fn a_receiver_that_is_down_gets_it_later_under_the_same_id() {
    let rig = Rig::new().await;
    let (receiver, url) = receiver(&[StatusCode::SERVICE_UNAVAILABLE]).await;
    rig.send_to(None, Some(&url)).await;
    failed_run(&rig).await;
    rig.deliver().await;
    let first = rig.deliveries().await.remove(0);
    assert_eq!((first.state, first.attempts), (DeliveryState::Pending, 1));
    assert_eq!(first.last_outcome.as_deref(), Some("HTTP 503"));
    // Not before its time.
    rig.deliver().await;
    assert_eq!(receiver.got.lock().unwrap().len(), 1);
    rig.pass(10);
    rig.deliver().await;
    let second = rig.deliveries().await.remove(0);
    assert_eq!(
        (second.state, second.attempts),
        (DeliveryState::Delivered, 2)
    );
    let got = receiver.got.lock().unwrap();
    assert_eq!(got.len(), 2);
    assert_eq!(got[0].0["berth-delivery"], got[1].0["berth-delivery"]);
}

#[tokio::test]
async fn what_the_store_does_not_take_is_not_sent_again() {
    let rig = Rig::new().await;
    let (receiver, url) = receiver(&[StatusCode::SERVICE_UNAVAILABLE]).await;
    rig.send_to(None, Some(&url)).await;
    failed_run(&rig).await;
    rig.sql(
        "CREATE TRIGGER full BEFORE UPDATE ON deliveries BEGIN SELECT RAISE(ABORT, 'no space'); END",
    );
    for _ in 0..3 {
        assert_eq!(rig.deliver().await, Looked::InVain);
        rig.pass(1);
    }
    assert_eq!(receiver.got.lock().unwrap().len(), 1);
    assert_eq!(rig.deliveries().await[0].attempts, 0);
    rig.sql("DROP TRIGGER full");
    assert_eq!(rig.deliver().await, Looked::Done);
    let recorded = rig.deliveries().await.remove(0);
    assert_eq!(recorded.attempts, 1);
    assert_eq!(recorded.last_outcome.as_deref(), Some("HTTP 503"));
    // From here on as if nothing had been.
    rig.pass(10);
    rig.deliver().await;
    let second = rig.deliveries().await.remove(0);
    assert_eq!(second.state, DeliveryState::Delivered);
    assert_eq!(receiver.got.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_not_asked_again() {
    let rig = Rig::new().await;
    let (receiver, url) = receiver(&[StatusCode::GONE]).await;
    rig.send_to(None, Some(&url)).await;
    failed_run(&rig).await;
    for _ in 0..3 {
        rig.deliver().await;
        rig.pass(86_400);
    }
    assert_eq!(receiver.got.lock().unwrap().len(), 1);
    assert_eq!(rig.deliveries().await[0].state, DeliveryState::GaveUp);
}

#[tokio::test]
async fn an_address_where_nobody_listens_is_tried_until_it_is_given_up() {
    let rig = Rig::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    rig.send_to(None, Some(&url)).await;
    failed_run(&rig).await;
    for _ in 0..20 {
        rig.deliver().await;
        rig.pass(6 * 3_600);
    }
    let delivery = rig.deliveries().await.remove(0);
    assert_eq!(delivery.state, DeliveryState::GaveUp);
    assert_eq!(delivery.attempts, 8);
    assert!(delivery.last_outcome.unwrap().contains("refused"));
}
