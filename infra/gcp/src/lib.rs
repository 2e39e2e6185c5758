//! The same ports as in `berth-embedded`, on Google Cloud. A file has the name of the port it implements. How Firestore is laid out
//! is told in `docs/adr/0018-firestore-layout.md`.

mod accounts;
mod agents;
mod artifacts;
mod audit;
mod conversations;
mod convert;
mod credentials;
mod db;
mod events;
mod listen;
mod model_key;
mod notifications;
mod placements;
mod proposals;
mod queue;
mod rest;
mod runs;
mod schedules;
mod sealing;
mod secrets;
mod settings;
mod store;
mod triggers;
mod usage;
mod users;

pub use artifacts::{Bucket, BucketError};
pub use db::Operations;
pub use model_key::SecretManager;
pub use queue::{PubSub, PubSubQueue, QueueError, RunnerName};
pub use rest::RestError;
pub use sealing::Kms;
pub use store::{Database, OpenError, Store};
pub use triggers::{SchedulerConfig, SchedulerJobs};
