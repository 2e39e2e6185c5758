//! The adapters on their emulators: the whole contract, and what only Google Cloud does.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod artifacts;
#[expect(dead_code, reason = "networks that break are not needed here")]
#[path = "../common/mod.rs"]
mod common;
mod contract;
mod memory;
mod queue;
mod sealing;
mod settings;
mod support;
mod triggers;
