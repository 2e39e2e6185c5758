//! Snapshots on a local folder of objects: what is kept, what is sent, what is believed.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod attacks;
mod damage;
mod incremental;
mod rig;
mod tree;
