//! What the supervisor, its nursery and a shim tell and hand each other.
//!
//! Orders and reports are one JSON value a line, over a socket pair. Descriptors go with the first byte of what they belong to
//! (`SCM_RIGHTS`).

use std::collections::BTreeMap;
use std::io::{self, IoSlice, IoSliceMut};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd as _, OwnedFd, RawFd};

use berth_supervisor_protocol::Folder;
use nix::errno::Errno;
use nix::sys::socket::{ControlMessage, ControlMessageOwned, MsgFlags, recvmsg, sendmsg};
use serde::{Deserialize, Serialize};

/// What a shim is to start, with the three pipes of the process. Not on its command line, which everyone in the container can
/// read, and not in its environment, which could change how the shim itself behaves.
#[derive(Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) argv: Vec<String>,
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) cwd: String,
    pub(crate) folders: Vec<Folder>,
    /// User and group of the process; the shim's own without.
    pub(crate) user: Option<(u32, u32)>,
}

/// Lines from a shim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Report {
    Started {
        pid: i32,
    },
    Failed {
        message: String,
    },
    Exited {
        code: Option<i32>,
        signal: Option<i32>,
        /// Whether anything it started is still there: then the shim ends with the last of it. Otherwise it waits for its next
        /// order.
        left: bool,
    },
}

/// A value as a line.
pub(crate) fn line(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)?;
    line.push(b'\n');
    Ok(line)
}

/// Hands over descriptors with the beginning of `bytes`; says how many of those the socket took.
pub(crate) fn give(
    socket: BorrowedFd<'_>,
    bytes: &[u8],
    descriptors: &[BorrowedFd<'_>],
) -> nix::Result<usize> {
    let numbers: Vec<RawFd> = descriptors.iter().map(AsRawFd::as_raw_fd).collect();
    let (parts, rights) = ([IoSlice::new(bytes)], [ControlMessage::ScmRights(&numbers)]);
    let flags = MsgFlags::MSG_NOSIGNAL;
    again(|| sendmsg::<()>(socket.as_raw_fd(), &parts, &rights, flags, None))
}

/// Takes what [`give`] handed over: how many bytes came into `buffer`, and exactly `N` descriptors; `None` once the other side is
/// gone.
pub(crate) fn take<const N: usize>(
    socket: BorrowedFd<'_>,
    buffer: &mut [u8],
) -> io::Result<Option<(usize, [OwnedFd; N])>> {
    let mut parts = [IoSliceMut::new(buffer)];
    let mut space = nix::cmsg_space!([RawFd; N]);
    let message = recvmsg::<()>(
        socket.as_raw_fd(),
        &mut parts,
        Some(&mut space),
        MsgFlags::MSG_CMSG_CLOEXEC,
    )?;
    if message.bytes == 0 {
        return Ok(None);
    }
    let mut given = Vec::new();
    for control in message.cmsgs()? {
        if let ControlMessageOwned::ScmRights(fds) = control {
            // SAFETY: the kernel has just made these descriptors for us, and nobody else knows of them.
            given.extend(
                fds.into_iter()
                    .map(|fd| unsafe { OwnedFd::from_raw_fd(fd) }),
            );
        }
    }
    let given = given.try_into().map_err(|_| io::ErrorKind::InvalidData)?;
    Ok(Some((message.bytes, given)))
}

/// Children end at any time, and each end interrupts what waits.
pub(crate) fn again<T>(mut call: impl FnMut() -> nix::Result<T>) -> nix::Result<T> {
    loop {
        match call() {
            Err(Errno::EINTR) => {}
            result => return result,
        }
    }
}
