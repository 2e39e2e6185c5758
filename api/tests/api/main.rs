//! The API as clients meet it: the real router over the real SQLite store, with the workspace, the model and the clock
//! in the tests' hands.

#![expect(
    clippy::unwrap_used,
    reason = "a panic is how a test and its helpers fail"
)]

mod auth;
mod conversations;
mod dashboard;
mod files;
mod openapi;
mod problems;
mod runs;
mod settings;
mod socket;
mod stream;
mod support;
