//! What the operating system knows of supervisors: command lines, locks, signals.

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::engine::EngineError;

/// Takes the lock, unless somebody has it; it is free again when the last copy of the open file is closed.
pub(super) fn take_lock(path: &Path) -> std::io::Result<Option<File>> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// All supervisors of this machine, by their socket folders.
pub(super) async fn supervisors() -> Result<HashMap<PathBuf, Pid>, EngineError> {
    let look = || {
        let entries = std::fs::read_dir("/proc")?;
        let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        let found = pids.filter_map(|pid| Some((socket_folder(pid)?, Pid::from_raw(pid))));
        Ok(found.collect())
    };
    tokio::task::spawn_blocking(look)
        .await
        .map_err(std::io::Error::other)
        .flatten()
        .map_err(|error| EngineError::io("list processes", error))
}

/// The socket folder of the supervisor with this number; `None` where it is no supervisor's. A zombie has no command line.
pub(super) fn socket_folder(pid: i32) -> Option<PathBuf> {
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let mut arguments = line.split(|byte| *byte == 0);
    arguments.find(|argument| argument == b"--sockets")?;
    let sockets = std::ffi::OsStr::from_bytes(arguments.next()?);
    Some(PathBuf::from(sockets))
}

pub(super) fn signal(pid: Pid, signal: Signal) -> Result<(), EngineError> {
    match kill(pid, signal) {
        // Gone already is what we want.
        Ok(()) | Err(Errno::ESRCH) => Ok(()),
        Err(error) => Err(EngineError::io("signal supervisor", error.into())),
    }
}
