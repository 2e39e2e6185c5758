//! Receives hints, one task a subscription.
//!
//! The task is there because the client's `next` must not be given up: each time that happens it opens another stream, and what was on
//! its way in the old one comes back late. Here it is awaited alone, and stopped only by the stream's own shutdown.

use std::time::Duration;

use berth_domain::ports::queue::Hint;
use google_cloud_pubsub::client::Subscriber;
use google_cloud_pubsub::model::Message;
use google_cloud_pubsub::subscriber::{MessageStream, ShutdownBehavior};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::names::{Names, RunnerName};
use super::wire::{self, RUNNER};

/// Messages that Pub/Sub sends ahead.
const AHEAD: i64 = 16;
/// How long to wait before a stream that failed is opened again.
const AGAIN: Duration = Duration::from_secs(1);

/// One subscription, and whose messages are expected in it.
#[derive(Debug)]
pub(super) struct Source {
    subscription: String,
    /// `None`: those for anybody.
    runner: Option<RunnerName>,
}

impl Source {
    pub(super) fn any(names: &Names) -> Self {
        Self {
            subscription: names.any(),
            runner: None,
        }
    }

    pub(super) fn own(names: &Names, runner: RunnerName) -> Self {
        Self {
            subscription: names.own(&runner),
            runner: Some(runner),
        }
    }

    /// Pulls until `stop`.
    pub(super) async fn pump(
        self,
        subscriber: Subscriber,
        received: mpsc::Sender<Hint>,
        stop: CancellationToken,
    ) {
        while !stop.is_cancelled() {
            let stream = subscriber
                .subscribe(&self.subscription)
                .set_max_outstanding_messages(AHEAD)
                .set_shutdown_behavior(ShutdownBehavior::NackImmediately)
                .build();
            let ended = self.drain(stream, &received, &stop).await;
            if let Err(error) = ended {
                tracing::warn!(%error, subscription = self.subscription, "pulling hints failed; until it works again the sweep finds all runs");
                stop.run_until_cancelled(tokio::time::sleep(AGAIN)).await;
            }
        }
    }

    /// Passes one stream's hints on until it ends.
    async fn drain(
        &self,
        mut stream: MessageStream,
        received: &mpsc::Sender<Hint>,
        stop: &CancellationToken,
    ) -> Result<(), google_cloud_pubsub::Error> {
        let closing = stream.shutdown_token();
        let closer = tokio::spawn({
            let stop = stop.clone();
            async move {
                stop.cancelled().await;
                closing.shutdown().await;
            }
        });
        let mut result = Ok(());
        // A place before a message: what does not fit stays with Pub/Sub, for other runners. The emulator sends it all the same.
        while let Ok(place) = received.reserve().await {
            match stream.next().await {
                Some(Ok((message, handler))) => {
                    handler.ack();
                    if let Some(hint) = self.hint(&message) {
                        place.send(hint);
                    }
                }
                Some(Err(error)) => {
                    result = Err(error);
                    break;
                }
                None => break,
            }
        }
        drop(stream);
        if stop.is_cancelled() {
            // Acknowledgements that are still under way.
            let _ = closer.await;
        } else {
            closer.abort();
        }
        result
    }

    /// The hint in a message for us.
    fn hint(&self, message: &Message) -> Option<Hint> {
        // Subscriptions filter, emulators do not.
        let to = message.attributes.get(RUNNER).map(String::as_str);
        if to != self.runner.as_ref().map(RunnerName::as_str) {
            return None;
        }
        wire::hint(&message.data)
            .inspect_err(|reason| {
                metrics::counter!("queue_messages_dropped_total", "reason" => *reason).increment(1);
                tracing::debug!(reason, message.id = message.message_id, "message dropped");
            })
            .ok()
    }
}
