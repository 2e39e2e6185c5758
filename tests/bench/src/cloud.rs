//! Berth as it is on Google Cloud, on this machine: two apis, and two runners with a gateway each, as processes of their own over
//! emulators that nobody else uses.

mod crowd;
mod hints;
mod machine;
mod moving;
mod person;
mod project;
mod role;
mod spans;
mod turn;
mod writes;

pub(crate) use crowd::measure as crowd;
pub(crate) use moving::measure as moving;
pub(crate) use turn::measure as turn;
pub(crate) use writes::measure as writes;

use std::time::Duration;

/// For anything that another process does.
const PATIENCE: Duration = Duration::from_mins(1);
/// Between two looks at it.
const LOOK: Duration = Duration::from_millis(50);
