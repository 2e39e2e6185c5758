//! The adapters beside the store, each on its emulator: the contract, and what only Google Cloud does.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod artifacts;
mod memory;
mod queue;
mod sealing;
mod support;
mod triggers;
