//! The system's clock and randomness: the one place where they are read.

use berth_domain::clock::Clock;
use jiff::Timestamp;
use uuid::Uuid;

/// The machine's time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemClock;

#[expect(
    clippy::disallowed_methods,
    reason = "everything else is given this clock"
)]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
}
