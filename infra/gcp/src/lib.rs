//! The same ports as in `berth-embedded`, on Google Cloud. A file has the name of the port it implements.

mod artifacts;
mod queue;
mod rest;

pub use artifacts::{Bucket, BucketError};
pub use queue::{PubSub, PubSubQueue, QueueError, RunnerName};
pub use rest::RestError;
