//! What the kernel is asked to hold against us, or for us.

use std::io;
use std::os::fd::{AsFd, FromRawFd as _, OwnedFd, RawFd};

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::sys::prctl;
use nix::unistd::{Gid, Uid, setfsgid, setfsuid};

/// Closes `/proc/self/{mem,environ,fd}` to everyone but root, and forbids tracing.
pub(crate) fn forbid_inspection() -> io::Result<()> {
    prctl::set_dumpable(false).map_err(Into::into)
}

/// Makes orphans below us our children, as they are PID 1's.
pub(crate) fn adopt_orphans() -> io::Result<()> {
    prctl::set_child_subreaper(true).map_err(Into::into)
}

/// Lets a descriptor survive `exec`.
pub(crate) fn inherit(fd: impl AsFd) -> io::Result<()> {
    fcntl(fd, FcntlArg::F_SETFD(FdFlag::empty()))?;
    Ok(())
}

/// Takes a descriptor a parent left to this program on its command line.
pub(crate) fn inherited(fd: RawFd) -> io::Result<OwnedFd> {
    // Asking first turns a wrong number into an error instead of a descriptor that is none.
    if std::fs::metadata(format!("/proc/self/fd/{fd}")).is_err() {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    }
    // SAFETY: the descriptor is open, as was just checked; it was opened for this program by its parent and named on
    // the command line, so that nothing else in this process owns it.
    let fd = unsafe { OwnedFd::from_raw_fd(fd) };
    fcntl(&fd, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    Ok(fd)
}

/// Runs `make` with the file-system identity of another user, so that the pipes made there belong to them.
///
/// A process opens its own `/dev/stderr` by way of `/proc/self/fd/2`, which needs the permission of the pipe's owner.
/// Changing the owner afterwards would need a capability we do not have. Restores our own identity afterwards.
pub(crate) fn with_owner<T>(user: Option<(u32, u32)>, make: impl FnOnce() -> T) -> T {
    let Some((uid, gid)) = user else {
        return make();
    };
    let group = setfsgid(Gid::from_raw(gid));
    let owner = setfsuid(Uid::from_raw(uid));
    let result = make();
    setfsuid(owner);
    setfsgid(group);
    // Each change of identity made us inspectable again where the system's default says so. The call cannot fail with
    // a valid argument.
    let _ = forbid_inspection();
    result
}
