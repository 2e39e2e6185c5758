//! PID 1 of a user's container: starts processes and keeps their output, serves files, reports figures, and forwards
//! one local port to the gateway's socket.
//!
//! One program with several faces: the supervisor itself ([`supervisor`]), a shim above each process it starts, the
//! [`nursery`] that the shims come from, and the server of the user's files ([`files`]), which runs as the user. What they speak is in
//! `docs/supervisor-protocol.md`; the shapes are in `berth-supervisor-protocol`.
//!
//! Deliberately absent: any knowledge of agents, runs or Claude Code. The supervisor moves bytes and signals.

mod answer;
pub mod args;
mod clock;
mod control;
mod file_server;
pub mod files;
mod folders;
mod forward;
pub mod nursery;
mod process;
mod query;
mod reaper;
mod ring;
mod routes;
mod serve;
mod shim;
mod shims;
mod stats;
pub mod supervisor;
mod system;
mod tree;
