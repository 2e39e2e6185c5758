//! The same ports as in `berth-embedded`, on Google Cloud. A file has the name of the port it implements. How Firestore is laid out
//! is told in `docs/adr/0018-firestore-layout.md`.

mod accounts;
mod agents;
mod audit;
mod conversations;
mod convert;
mod credentials;
mod db;
mod events;
mod listen;
mod notifications;
mod proposals;
mod runs;
mod schedules;
mod secrets;
mod settings;
mod store;
mod usage;
mod users;

pub use db::Operations;
pub use secrets::Seal;
pub use store::{Database, OpenError, Store};
