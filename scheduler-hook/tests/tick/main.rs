//! Schedules on the real store, with a clock that only the test moves.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod catch_up;
mod changes;
mod cloud;
mod decided;
mod failures;
mod faulty;
mod hook;
mod kills;
mod overlap;
mod rig;
