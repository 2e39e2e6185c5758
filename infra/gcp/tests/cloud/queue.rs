//! The queue on Google's Pub/Sub emulator: whom a hint reaches, and what anybody may publish.

use std::time::Duration;

use crate::support::{install_tls, random_id};
use berth_domain::ids::RunId;
use berth_domain::ports::queue::{Hint, Queue};
use berth_gcp::{PubSub, PubSubQueue, RunnerName};
use google_cloud_auth::credentials::anonymous;
use google_cloud_pubsub::client::Publisher;
use google_cloud_pubsub::model::Message;

/// One queue on the emulator, for as long as this lives.
pub(crate) struct Broker {
    config: PubSub,
    _emulator: berth_emulators::PubSub,
}

impl Broker {
    pub(crate) async fn new() -> Self {
        install_tls();
        let emulator = berth_emulators::PubSub::shared().await.unwrap();
        let config = PubSub {
            project: emulator.project(),
            topic: "runs".to_owned(),
            emulator: Some(emulator.url()),
        };
        config.prepare().await.unwrap();
        Self {
            config,
            _emulator: emulator,
        }
    }

    pub(crate) async fn runner(&self, name: &str) -> PubSubQueue {
        let name = RunnerName::parse(name).unwrap();
        self.config.runner(&name).await.unwrap()
    }

    /// What anybody with the right to publish could use.
    async fn stranger(&self) -> Publisher {
        let topic = format!("projects/{}/topics/{}", self.config.project, "runs");
        Publisher::builder(topic)
            .with_endpoint(self.config.emulator.clone().unwrap())
            .with_credentials(anonymous::Builder::new().build())
            .build()
            .await
            .unwrap()
    }
}

async fn next(queue: &PubSubQueue) -> Hint {
    tokio::time::timeout(Duration::from_secs(20), queue.next())
        .await
        .expect("a hint arrives")
        .expect("the queue is open")
}

/// The next hint that is not `last`; until then only hints of `expected` may come.
async fn drain(queue: &PubSubQueue, last: Hint, expected: &[Hint]) -> Vec<Hint> {
    let mut arrived = Vec::new();
    loop {
        let hint = next(queue).await;
        if hint == last {
            return arrived;
        }
        assert!(expected.contains(&hint), "{hint:?}");
        arrived.push(hint);
    }
}

#[tokio::test]
async fn a_hint_for_a_runner_reaches_no_other() {
    let broker = Broker::new().await;
    let (one, other) = (broker.runner("vm-1").await, broker.runner("vm-2").await);
    let api = broker.config.sender().await.unwrap();
    assert_eq!(api.next().await, None, "it only sends");
    let ids: [RunId; 4] = std::array::from_fn(|_| random_id());
    for id in ids {
        api.announce_to("vm-1", Hint::Cancel(id)).await;
        api.announce_to("vm-9", Hint::Claim(id)).await;
    }
    let end = Hint::Claim(random_id());
    api.announce_to("vm-2", end).await;
    assert_eq!(drain(&other, end, &[]).await, []);
    let mine = ids.map(Hint::Cancel);
    let mut arrived = Vec::new();
    while arrived.len() < mine.len() {
        arrived.push(next(&one).await);
    }
    assert!(mine.iter().all(|hint| arrived.contains(hint)));
}

#[tokio::test]
async fn garbage_is_dropped_and_the_next_hint_arrives() {
    let broker = Broker::new().await;
    let runner = broker.runner("vm-1").await;
    let stranger = broker.stranger().await;
    let id: RunId = random_id();
    let garbage: [Vec<u8>; 6] = [
        b"\xff\xfe\0".to_vec(),
        b"claim".to_vec(),
        format!("claim {id} and more").into_bytes(),
        format!("{{\"run_id\":\"{id}\"}}").into_bytes(),
        b"cancel *".to_vec(),
        vec![b'x'; 9_900_000],
    ];
    for data in garbage {
        stranger
            .publish(Message::new().set_data(data))
            .await
            .unwrap();
    }
    let attributes = [("runner", "vm-1\" OR true")];
    let elsewhere = Message::new()
        .set_data(format!("claim {id}"))
        .set_attributes(attributes);
    stranger.publish(elsewhere).await.unwrap();
    let end = Hint::Claim(random_id());
    runner.announce(end).await;
    assert_eq!(drain(&runner, end, &[]).await, []);
}

/// It comes out as what it is, a run's id to look up; that nothing follows from it is the store's part of the contract
/// (`nothing_is_claimed_that_is_ended_or_unknown`, `of_many_claims_one_wins`).
#[tokio::test]
async fn forged_and_doubled_messages_are_hints_and_nothing_more() {
    let broker = Broker::new().await;
    let runner = broker.runner("vm-1").await;
    let stranger = broker.stranger().await;
    let forged = Hint::Claim(random_id());
    let Hint::Claim(id) = forged else {
        unreachable!()
    };
    let attributes = [("user", "somebody"), ("role", "owner"), ("epoch", "99")];
    for _ in 0..3 {
        let message = Message::new()
            .set_data(format!("claim {id}"))
            .set_attributes(attributes);
        stranger.publish(message).await.unwrap();
    }
    for _ in 0..3 {
        assert_eq!(next(&runner).await, forged);
    }
}

#[tokio::test]
async fn closing_sends_what_waits() {
    let broker = Broker::new().await;
    let (api, runner) = (
        broker.config.sender().await.unwrap(),
        broker.runner("vm-1").await,
    );
    let sent: Vec<Hint> = (0..50).map(|_| Hint::Claim(random_id())).collect();
    for hint in &sent {
        api.announce(*hint).await;
    }
    api.close().await;
    api.announce(Hint::Claim(random_id())).await;
    let mut arrived = Vec::new();
    while arrived.len() < sent.len() {
        arrived.push(next(&runner).await);
    }
    assert!(sent.iter().all(|hint| arrived.contains(hint)));
    runner.close().await;
    assert_eq!(runner.next().await, None);
}

/// That what comes then is other runners' is Pub/Sub's to see to; its emulator goes on to send to whoever has left.
#[tokio::test]
async fn who_receives_no_more_still_sends() {
    let broker = Broker::new().await;
    let (ending, other) = (broker.runner("vm-1").await, broker.runner("vm-2").await);
    ending.receive_no_more();
    assert_eq!(ending.next().await, None);
    let hint = Hint::Claim(random_id());
    ending.announce_to("vm-2", hint).await;
    assert_eq!(next(&other).await, hint);
}
