//! The real `berth` as a child process, and clients for it. Nothing in it is a stub: tests that use plain processes in place
//! of containers run the real supervisor, and those with the stand-in for Claude Code say so.
//!
//! A test waits for conditions, never for time; [`DEADLINE`] only bounds how long a broken one takes to fail.

mod berth;
mod checks;
mod leftovers;
mod owned;
mod socket;
mod store;

use std::path::PathBuf;
use std::time::Duration;

pub use berth::{Berth, Engine, Options};
pub use leftovers::{end_processes, nothing_runs};
pub use socket::{Frame, Socket};
pub use store::{Held, Refused, StoredRun, Write, oversleep};

/// How long anything may take before a test calls it failed.
pub const DEADLINE: Duration = Duration::from_mins(1);

/// A program that cargo has built beside the running test.
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    let folder = test
        .parent()
        .and_then(|deps| deps.parent())
        .expect("tests are in target/PROFILE/deps");
    let program = folder.join(name);
    assert!(
        program.exists(),
        "{name} is not built: run `cargo build --workspace --all-targets` first"
    );
    program
}

/// An id for a message.
#[expect(
    clippy::disallowed_methods,
    reason = "a client chooses ids as it likes"
)]
pub fn id() -> String {
    uuid::Uuid::new_v4().to_string()
}
