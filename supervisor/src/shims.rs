//! The shims that wait for a process, and where others come from.
//!
//! A shim below which nobody is left is as good as a new one, and keeping it saves what making, ending and reaping one costs. While
//! a process or anything it left behind is below a shim, the shim is that process's alone: its number names one tree.

use std::io;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::os::unix::net::UnixStream as StdStream;
use std::sync::{Mutex, MutexGuard, PoisonError};

use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

use crate::control::{self, Report};
use crate::nursery::Nursery;

/// Shims that are kept waiting; what is more ends. Each has some 100 KiB of its own.
const MAX_IDLE: usize = 8;

/// One shim, as the supervisor holds it. Dropped, it ends with everything below it.
#[derive(Debug)]
pub(crate) struct Shim {
    pub(crate) pid: Pid,
    control: BufReader<UnixStream>,
}

impl Shim {
    /// Hands over the pipes with the beginning of an order; says how much of the order is left to [`give`](Self::give).
    fn hand(&self, order: &[u8], pipes: &[BorrowedFd<'_>; 3]) -> io::Result<usize> {
        // The socket is empty, so that some of it is always taken at once.
        Ok(control::give(self.control.get_ref().as_fd(), order, pipes)?)
    }

    pub(crate) async fn give(&mut self, rest: &[u8]) -> io::Result<()> {
        self.control.write_all(rest).await
    }

    /// What it says next; `None` once it has ended.
    pub(crate) async fn report(&mut self) -> Option<Report> {
        let mut line = Vec::new();
        self.control.read_until(b'\n', &mut line).await.ok()?;
        serde_json::from_slice(&line).ok()
    }
}

/// All shims that have no process.
#[derive(Debug)]
pub(crate) struct Shims {
    idle: Mutex<Vec<Shim>>,
    nursery: Mutex<Nursery>,
}

impl Shims {
    pub(crate) fn new(nursery: Nursery) -> Self {
        Self {
            idle: Mutex::default(),
            nursery: Mutex::new(nursery),
        }
    }

    /// Gives a shim the pipes of a process and the beginning of its order; answers how much of the order it took.
    pub(crate) fn begin(
        &self,
        order: &[u8],
        pipes: &[BorrowedFd<'_>; 3],
    ) -> io::Result<(Shim, usize)> {
        // The latest first: what it needs is still in the processor's caches. One that was killed meanwhile takes nothing.
        while let Some(shim) = self.idle().pop() {
            if let Ok(taken) = shim.hand(order, pipes) {
                return Ok((shim, taken));
            }
        }
        let shim = self.split_off()?;
        let taken = shim.hand(order, pipes)?;
        Ok((shim, taken))
    }

    /// Takes back a shim below which nobody is left.
    pub(crate) fn keep(&self, shim: Shim) {
        let mut idle = self.idle();
        if idle.len() < MAX_IDLE {
            idle.push(shim);
        }
    }

    fn split_off(&self) -> io::Result<Shim> {
        let (ours, theirs) = StdStream::pair()?;
        ours.set_nonblocking(true)?;
        let control = BufReader::new(UnixStream::from_std(ours)?);
        let mut nursery = self.nursery.lock().unwrap_or_else(PoisonError::into_inner);
        let pid = nursery.shim(theirs.as_fd())?;
        Ok(Shim { pid, control })
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Shim>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
