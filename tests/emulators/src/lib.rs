//! Google's emulators and stand-ins for its services. The first test that needs one starts it; it ends when no test has held it
//! for a while.

pub mod installed;
pub mod process;

mod firestore;
mod pubsub;
mod storage;

pub use firestore::Firestore;
pub use process::{Shared, StartError};
pub use pubsub::PubSub;
pub use storage::Storage;
