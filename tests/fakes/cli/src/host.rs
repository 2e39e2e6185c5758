//! What the process takes from its machine: time, randomness, the place of its files.
#![expect(
    clippy::disallowed_methods,
    reason = "a stand-in is a whole program, with no caller to hand it these"
)]

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::unix::pipe;
use uuid::Uuid;

/// An id nobody has.
pub(crate) fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// The time as the lines carry it, in milliseconds, UTC.
pub(crate) fn timestamp() -> String {
    jiff::Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        .to_string()
}

/// The CLI's configuration folder, which holds the sessions.
///
/// # Errors
/// When the environment names neither it nor a home.
pub(crate) fn config_folder() -> Result<PathBuf> {
    match std::env::var_os("CLAUDE_CONFIG_DIR") {
        Some(folder) => Ok(folder.into()),
        None => {
            Ok(PathBuf::from(std::env::var_os("HOME").context("HOME is not set")?).join(".claude"))
        }
    }
}

/// Standard output. A pipe needs no thread that writes to it: two changes of thread a line would be more than everything else about it,
/// and would be measured where a stand-in is to cost little.
pub(crate) fn stdout() -> Box<dyn AsyncWrite + Send + Unpin> {
    match own(io::stdout()).and_then(pipe::Sender::from_file) {
        Ok(pipe) => Box::new(pipe),
        Err(_) => Box::new(tokio::io::stdout()),
    }
}

/// Standard input, in the same way.
pub(crate) fn stdin() -> Box<dyn AsyncRead + Send + Unpin> {
    match own(io::stdin()).and_then(pipe::Receiver::from_file) {
        Ok(pipe) => Box::new(pipe),
        Err(_) => Box::new(tokio::io::stdin()),
    }
}

fn own(stream: impl AsFd) -> io::Result<File> {
    stream.as_fd().try_clone_to_owned().map(File::from)
}

/// A variable of the environment.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Tells whoever listens on the datagram socket `FAKE_CLI_STARTED` that the process has begun, and when: nanoseconds since
/// 1970, eight bytes, big end first. Nobody needs to listen.
pub(crate) fn tell_start() {
    if let Some(path) = std::env::var_os("FAKE_CLI_STARTED")
        && let Ok(socket) = UnixDatagram::unbound()
    {
        let _ = socket.send_to(&nanoseconds().to_be_bytes(), path);
    }
}

/// Nanoseconds since 1970.
pub(crate) fn nanoseconds() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_nanos()).unwrap_or(u64::MAX)
}
