//! Names and addresses of the sockets.
//!
//! A Unix socket's address holds at most 107 bytes of path, and data folders may well be deeper than that. The folder
//! is therefore opened, and the socket addressed through the open descriptor.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

/// Processes, health and figures.
pub const SUPERVISOR: &str = "supervisor.sock";
/// The user's files.
pub const FILES: &str = "files.sock";
/// Made by the host; the supervisor only connects to it.
pub const GATEWAY: &str = "gateway.sock";

/// An opened folder of sockets. Addresses are valid as long as it lives.
#[derive(Debug)]
pub struct SocketDir(File);

impl SocketDir {
    /// Opens `dir`, which must exist.
    pub fn open(dir: &Path) -> io::Result<Self> {
        File::open(dir).map(Self)
    }

    /// An address of at most 107 bytes for the socket `name` in this folder.
    pub fn address(&self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}/{name}", self.0.as_raw_fd()))
    }
}
