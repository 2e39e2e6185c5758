//! Topic and subscriptions: their names, and making those that are not there.

use google_cloud_gax::error::rpc::Code;
use google_cloud_pubsub::client::{SubscriptionAdmin, TopicAdmin};
use google_cloud_pubsub::model::ExpirationPolicy;
use google_cloud_wkt::Duration;

use super::QueueError;
use super::wire::RUNNER;

/// Seconds after which a hint that nobody has pulled is forgotten (Pub/Sub's least). The sweep has found its run long before.
const RETENTION: i64 = 600;
/// Seconds after which a subscription that nobody pulls goes (Pub/Sub's least): a runner that is gone for good leaves nothing behind.
const EXPIRY: i64 = 86_400;
/// Seconds (Pub/Sub's least) after which a message goes to somebody else. It is acknowledged at once, so only a crash makes it matter.
const ACK_DEADLINE: i32 = 10;

/// The name of a runner as it may stand in a subscription's name and filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunnerName(String);

impl RunnerName {
    /// `None` unless it is 1 to 200 letters, digits, dashes, dots and underscores, as the names of machines are.
    pub fn parse(name: &str) -> Option<Self> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        ((1..=200).contains(&name.len()) && name.chars().all(fits)).then(|| Self(name.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Full names of one queue.
#[derive(Debug, Clone)]
pub(super) struct Names {
    pub(super) topic: String,
    prefix: String,
}

impl Names {
    pub(super) fn new(project: &str, topic: &str) -> Self {
        Self {
            topic: format!("projects/{project}/topics/{topic}"),
            prefix: format!("projects/{project}/subscriptions/{topic}"),
        }
    }

    /// The subscription all runners share.
    pub(super) fn any(&self) -> String {
        format!("{}-any", self.prefix)
    }

    /// The subscription of one runner. The prefix keeps a runner called `any` apart from the shared one.
    pub(super) fn own(&self, runner: &RunnerName) -> String {
        format!("{}-to-{}", self.prefix, runner.0)
    }
}

pub(super) async fn prepare(
    topics: &TopicAdmin,
    subscriptions: &SubscriptionAdmin,
    names: &Names,
) -> Result<(), QueueError> {
    let made = topics.create_topic().set_name(&names.topic).send().await;
    unless_there("make the topic", made)?;
    let filter = format!("NOT attributes:{RUNNER}");
    make(subscriptions, names, names.any(), filter).await
}

pub(super) async fn prepare_own(
    subscriptions: &SubscriptionAdmin,
    names: &Names,
    runner: &RunnerName,
) -> Result<(), QueueError> {
    let filter = format!("attributes.{RUNNER} = \"{}\"", runner.0);
    make(subscriptions, names, names.own(runner), filter).await
}

async fn make(
    subscriptions: &SubscriptionAdmin,
    names: &Names,
    name: String,
    filter: String,
) -> Result<(), QueueError> {
    let made = subscriptions
        .create_subscription()
        .set_name(name)
        .set_topic(&names.topic)
        .set_filter(filter)
        .set_ack_deadline_seconds(ACK_DEADLINE)
        .set_message_retention_duration(Duration::clamp(RETENTION, 0))
        .set_expiration_policy(ExpirationPolicy::new().set_ttl(Duration::clamp(EXPIRY, 0)))
        .send()
        .await;
    unless_there("make a subscription", made)
}

fn unless_there<T>(
    operation: &'static str,
    made: Result<T, google_cloud_pubsub::Error>,
) -> Result<(), QueueError> {
    match made {
        Ok(_) => Ok(()),
        Err(error)
            if error
                .status()
                .is_some_and(|s| s.code == Code::AlreadyExists) =>
        {
            Ok(())
        }
        Err(error) => Err(QueueError::Refused {
            operation,
            source: Box::new(error),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runner_is_called_what_fits_into_a_filter() {
        for name in ["vm-1", "berth-runner-4x7z.c.project.internal", "any"] {
            let runner = RunnerName::parse(name).unwrap();
            let names = Names::new("p", "runs");
            assert_eq!(
                names.own(&runner),
                format!("projects/p/subscriptions/runs-to-{name}")
            );
            assert_ne!(names.own(&runner), names.any());
        }
        for name in ["", "a b", "a\"", "a\\", "러너", "a/b", &"x".repeat(201)] {
            assert_eq!(RunnerName::parse(name), None, "{name}");
        }
    }
}
