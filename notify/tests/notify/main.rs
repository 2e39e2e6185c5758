//! Owners are told: on the real store, through a real mail conversation and real HTTP.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod mail;
mod rig;
mod settling;
mod webhooks;
