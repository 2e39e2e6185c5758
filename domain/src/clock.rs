//! Time and randomness as arguments.

use jiff::Timestamp;
use uuid::Uuid;

/// Where roles get the time and fresh ids from.
///
/// Production hands out the system's clock; tests hand out one that they move themselves.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The current instant, UTC.
    fn now(&self) -> Timestamp;

    /// A fresh `UUIDv7` whose time part is [`Clock::now`].
    fn uuid(&self) -> Uuid;
}
