//! The one clock all parts are compared on.

use std::time::{SystemTime, UNIX_EPOCH};

/// Nanoseconds since 1970, as the scripted model stamps its requests.
#[expect(
    clippy::disallowed_methods,
    reason = "measures; compared with the clock of other processes of this machine"
)]
pub(crate) fn now() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// Milliseconds from one moment to a later one; negative when it was earlier.
#[expect(
    clippy::cast_precision_loss,
    reason = "differences of seconds are far inside 2^53 nanoseconds"
)]
pub(crate) fn ms(from: u64, to: u64) -> f64 {
    (i128::from(to) - i128::from(from)) as f64 / 1e6
}
