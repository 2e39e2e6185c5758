//! Sends hints. Whoever announces one does not wait for the network.

use std::time::Duration;

use futures::StreamExt as _;
use google_cloud_pubsub::client::BasePublisher;
use google_cloud_pubsub::model::Message;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::task::TaskTracker;

use super::names::Names;

/// Hints that wait to be sent; one more is dropped.
const WAITING: usize = 1024;
/// Hints that are under way. While Pub/Sub does not answer, each of them is tried again and again.
const UNDER_WAY: usize = 256;
/// How long a hint waits for others to travel with. A person waits for it.
const GATHER: Duration = Duration::from_millis(1);

/// The way to the task that sends. When it is dropped, the task sends what waits and ends.
#[derive(Debug)]
pub(super) struct Outgoing(mpsc::Sender<Message>);

impl Outgoing {
    pub(super) fn send(&self, message: Message) {
        if self.0.try_send(message).is_err() {
            lost("queue_full");
            tracing::debug!("hint dropped, the sweep will find the run");
        }
    }
}

fn lost(reason: &'static str) {
    metrics::counter!("queue_hints_lost_total", "reason" => reason).increment(1);
}

pub(super) fn start(publisher: &BasePublisher, names: &Names, tasks: &TaskTracker) -> Outgoing {
    let publisher = publisher
        .publisher(&names.topic)
        .set_delay_threshold(GATHER)
        .build();
    let (sender, waiting) = mpsc::channel(WAITING);
    tasks.spawn(async move {
        ReceiverStream::new(waiting)
            .map(|message| publisher.publish(message))
            .buffer_unordered(UNDER_WAY)
            .for_each(async |sent| {
                if let Err(error) = sent {
                    lost("not_published");
                    tracing::warn!(%error, "hint not published, the sweep will find the run");
                }
            })
            .await;
    });
    Outgoing(sender)
}
