//! Hints on Pub/Sub.
//!
//! One topic. Every runner pulls the subscription that all share (messages without the attribute `runner`) and one of its own
//! (messages with its name in it). A message carries a run's id and nothing that anybody would believe: it is acknowledged as soon as
//! it is here, whoever receives it looks into the store, and a lost one is found by the sweep. So there is no dead letter, no
//! retry and no ordering to configure, and a forged message is a look into the store.

mod names;
mod pull;
mod push;
mod wire;

use async_trait::async_trait;
use berth_domain::ports::queue::{Hint, Queue};
use google_cloud_auth::credentials::anonymous;
use google_cloud_pubsub::client::{BasePublisher, Subscriber, SubscriptionAdmin, TopicAdmin};
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

pub use names::RunnerName;

/// Received hints that wait for the runner. Few: what waits here is not given to another runner, which may be idle.
const RECEIVED: usize = 16;

/// The queue could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// No client: credentials are missing, or the endpoint is none.
    #[error("no client for Pub/Sub")]
    Client(#[from] google_cloud_gax::client_builder::Error),
    /// Pub/Sub refused.
    #[error("Pub/Sub refused to {operation}")]
    Refused {
        /// What it was asked for.
        operation: &'static str,
        /// Its answer.
        source: Box<google_cloud_pubsub::Error>,
    },
}

/// Where the queue is.
#[derive(Debug, Clone)]
pub struct PubSub {
    /// The project's id.
    pub project: String,
    /// The topic's short name; subscriptions are called after it.
    pub topic: String,
    /// An emulator's URL, which is asked without credentials. `None`: Google's service, with the machine's credentials.
    pub emulator: Option<String>,
}

/// One Pub/Sub client after the other takes the same two settings, each in a builder type of its own.
macro_rules! client {
    ($self:ident, $client:ty) => {{
        let builder = <$client>::builder();
        let builder = match &$self.emulator {
            Some(url) => builder
                .with_endpoint(url)
                .with_credentials(anonymous::Builder::new().build()),
            None => builder,
        };
        builder.build().await?
    }};
}

impl PubSub {
    /// Makes the topic and the subscription that all runners share, where they are not there yet. In the cloud Terraform has made
    /// them; an emulator begins empty.
    pub async fn prepare(&self) -> Result<(), QueueError> {
        names::prepare(
            &client!(self, TopicAdmin),
            &client!(self, SubscriptionAdmin),
            &self.names(),
        )
        .await
    }

    /// A queue that only sends; its `next` answers `None`.
    pub async fn sender(&self) -> Result<PubSubQueue, QueueError> {
        self.open(None).await
    }

    /// A queue that sends, and receives what is for anybody or for this runner. Its own subscription is made here; it goes by itself
    /// when nobody has pulled it for a day.
    pub async fn runner(&self, name: &RunnerName) -> Result<PubSubQueue, QueueError> {
        self.open(Some(name)).await
    }

    async fn open(&self, runner: Option<&RunnerName>) -> Result<PubSubQueue, QueueError> {
        let names = self.names();
        let tasks = TaskTracker::new();
        let stop = CancellationToken::new();
        let publisher = client!(self, BasePublisher);
        let outgoing = push::start(&publisher, &names, &tasks);
        let (received, incoming) = mpsc::channel(RECEIVED);
        if let Some(name) = runner {
            names::prepare_own(&client!(self, SubscriptionAdmin), &names, name).await?;
            let subscriber = client!(self, Subscriber);
            for source in [
                pull::Source::any(&names),
                pull::Source::own(&names, name.clone()),
            ] {
                tasks.spawn(source.pump(subscriber.clone(), received.clone(), stop.clone()));
            }
        }
        tasks.close();
        Ok(PubSubQueue {
            outgoing: std::sync::Mutex::new(Some(outgoing)),
            incoming: Mutex::new(incoming),
            tasks,
            stop: stop.clone(),
            _guard: stop.drop_guard(),
        })
    }

    fn names(&self) -> names::Names {
        names::Names::new(&self.project, &self.topic)
    }
}

/// The queue of one process.
#[derive(Debug)]
pub struct PubSubQueue {
    /// `None` once it is closed.
    outgoing: std::sync::Mutex<Option<push::Outgoing>>,
    incoming: Mutex<mpsc::Receiver<Hint>>,
    tasks: TaskTracker,
    stop: CancellationToken,
    _guard: DropGuard,
}

impl PubSubQueue {
    /// Receives nothing more, and still sends: whoever takes no more work must not be told of any, for a hint that is here is on no
    /// other runner.
    pub fn receive_no_more(&self) {
        self.stop.cancel();
    }

    /// Sends what waits and gives back what was received and not taken; then `next` answers `None`. The caller bounds the wait:
    /// what is lost the sweep finds.
    pub async fn close(&self) {
        self.stop.cancel();
        drop(self.sending().take());
        self.incoming.lock().await.close();
        self.tasks.wait().await;
    }

    fn sending(&self) -> std::sync::MutexGuard<'_, Option<push::Outgoing>> {
        self.outgoing
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn send(&self, hint: Hint, runner: Option<&str>) {
        if let Some(outgoing) = self.sending().as_ref() {
            outgoing.send(wire::message(hint, runner));
        }
    }
}

#[async_trait]
impl Queue for PubSubQueue {
    async fn announce(&self, hint: Hint) {
        self.send(hint, None);
    }

    async fn announce_to(&self, runner: &str, hint: Hint) {
        self.send(hint, Some(runner));
    }

    async fn next(&self) -> Option<Hint> {
        self.incoming.lock().await.recv().await
    }
}
