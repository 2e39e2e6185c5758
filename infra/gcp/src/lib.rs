//! The same ports as in `berth-embedded`, on Google Cloud. A file has the name of the port it implements.

mod artifacts;
mod model_key;
mod queue;
mod rest;
mod sealing;
mod triggers;

pub use artifacts::{Bucket, BucketError};
pub use model_key::SecretManager;
pub use queue::{PubSub, PubSubQueue, QueueError, RunnerName};
pub use rest::RestError;
pub use sealing::Kms;
pub use triggers::{SchedulerConfig, SchedulerJobs};
