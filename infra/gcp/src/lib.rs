//! The same ports as in `berth-embedded`, on Google Cloud. A file has the name of the port it implements.

mod queue;

pub use queue::{PubSub, PubSubQueue, QueueError, RunnerName};
