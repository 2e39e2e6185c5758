//! The words a supervisor and its callers share, and a client that speaks them.
//!
//! The supervisor is PID 1 of a user's container; it answers HTTP/1.1 on Unix sockets in one folder that the host
//! mounts into the container. This crate holds the shapes of requests and answers ([`process`], [`files`], [`node`],
//! [`error`]) and the [`Client`] the runner uses. `docs/supervisor-protocol.md` says the same in prose.
//!
//! Deliberately absent: deadlines (callers know how long an answer is worth waiting for; only connecting is bounded)
//! and retries (callers know whether the container behind the socket is still the same).

pub mod client;
pub mod error;
pub mod files;
pub mod node;
pub mod process;
pub mod socket;

pub use client::{ByteStream, Client, Download, Followed};
pub use error::{ClientError, ErrorCode};
pub use process::{
    Folder, FolderAccess, Process, ProcessId, ProcessSpec, ProcessState, Signal, SignalTarget,
};

/// Version of the protocol, as `/v1/health` reports it. It rises when an existing caller would break.
pub const PROTOCOL: u32 = 1;

/// Revision of the protocol, as `/v1/health` reports it. It rises when a caller may need what an earlier supervisor
/// has not. 1: folders of a process, everything of a user ended.
pub const REVISION: u32 = 1;
