//! The API as clients meet it: the real router over the real SQLite store, with the workspace, the model and the clock
//! in the tests' hands.

#![expect(
    clippy::unwrap_used,
    reason = "a panic is how a test and its helpers fail"
)]

mod agent_runs;
mod agents;
mod attacks;
mod auth;
mod away;
mod conversations;
mod dashboard;
mod files;
mod notifications;
mod openapi;
mod problems;
mod proposals;
mod runs;
mod schedules;
mod search;
mod secrets;
mod settings;
mod sign_in;
mod socket;
mod strangers;
mod stream;
mod support;
mod today;
mod tokens;
mod zips;
