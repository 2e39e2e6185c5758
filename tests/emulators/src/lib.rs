//! Google's emulators and stand-ins for its services. The first test that needs one starts it; it ends when no test has held it
//! for a while.

pub mod installed;
pub mod process;

mod balancer;
mod cable;
mod discovery;
mod firestore;
mod metadata;
mod owned;
mod places;
mod pubsub;
mod scheduler;
mod storage;
mod vault;

pub use balancer::Balancer;
pub use cable::Cable;
pub use discovery::Discovery;
pub use firestore::Firestore;
pub use metadata::Metadata;
pub use owned::Owned;
pub use places::{Places, Service};
pub use process::{Shared, StartError};
pub use pubsub::PubSub;
pub use scheduler::{Called, Received, Scheduler};
pub use storage::Storage;
pub use vault::Vault;
