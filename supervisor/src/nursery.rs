//! Where shims come from: a small process that was executed once, and from then on splits off one shim after the other.
//!
//! A program that is executed is mapped, linked and given its memory page by page, which takes longer than everything else
//! about the start of a process. A copy of a process that is small and has run already takes a tenth of that. The supervisor
//! itself is not the one to split: it is large, and a copy would hold on to the output of other people's processes.
//!
//! A shim's parent is the supervisor all the same (`CLONE_PARENT`), which so learns of its end as of any child's.

use std::io;
use std::os::fd::{AsFd as _, AsRawFd as _, BorrowedFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode, Stdio};

use nix::errno::Errno;
use nix::sched::{CloneFlags, clone};
use nix::sys::signal::Signal;
use nix::sys::socket::{
    AddressFamily, MsgFlags, SockFlag, SockType, recv, send, setsockopt, socketpair, sockopt,
};
use nix::sys::time::TimeVal;
use nix::unistd::{Pid, close};

use crate::control::{again, give, take};
use crate::{shim, system};

/// How long the supervisor waits for a shim. Splitting takes a fraction of a millisecond; a nursery that takes this long is
/// taken for dead.
const PATIENCE: TimeVal = TimeVal::new(5, 0);
/// Bytes of a shim's stack.
const STACK: usize = 512 * 1024;

/// The supervisor's side.
#[derive(Debug, Default)]
pub(crate) struct Nursery(Option<OwnedFd>);

impl Nursery {
    /// One that is ready for the first process.
    pub(crate) fn start() -> io::Result<Self> {
        start().map(Some).map(Self)
    }

    /// Makes a shim, with its end of the control socket; a nursery that has gone is replaced.
    pub(crate) fn shim(&mut self, control: BorrowedFd<'_>) -> io::Result<Pid> {
        if let Some(socket) = &self.0
            && let Ok(answer) = ask(socket.as_fd(), control)
        {
            return answer.map_err(Into::into);
        }
        let socket = self.0.insert(start()?);
        ask(socket.as_fd(), control)?.map_err(Into::into)
    }
}

/// Executes a nursery; answers the supervisor's end of its socket.
fn start() -> io::Result<OwnedFd> {
    let (ours, theirs) = socketpair(
        AddressFamily::Unix,
        SockType::SeqPacket,
        None,
        SockFlag::SOCK_CLOEXEC,
    )?;
    setsockopt(&ours, sockopt::ReceiveTimeout, &PATIENCE)?;
    // Our copy closes at the end of this function; nothing else is started meanwhile, on this one thread.
    system::inherit(&theirs)?;
    Command::new("/proc/self/exe")
        .arg0("berth-supervisor")
        .args(["nursery", &theirs.as_raw_fd().to_string()])
        .env_clear()
        .current_dir("/")
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    Ok(ours)
}

/// Asks for a shim: its number, or why the kernel would not split. An error of its own means that nobody is there to ask.
fn ask(socket: BorrowedFd<'_>, control: BorrowedFd<'_>) -> io::Result<Result<Pid, Errno>> {
    give(socket, b"s", &[control])?;
    let mut answer = [0; size_of::<i32>()];
    if again(|| recv(socket.as_raw_fd(), &mut answer, MsgFlags::empty()))? != answer.len() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let number = i32::from_ne_bytes(answer);
    Ok(if number > 0 {
        Ok(Pid::from_raw(number))
    } else {
        Err(Errno::from_raw(-number))
    })
}

/// The nursery's side: splits until the supervisor is gone.
pub fn run(socket: RawFd) -> ExitCode {
    match serve(socket) {
        Ok(()) => ExitCode::SUCCESS,
        // The supervisor sees that the socket is closed, and makes another.
        Err(_) => ExitCode::FAILURE,
    }
}

fn serve(socket: RawFd) -> io::Result<()> {
    let socket = system::inherited(socket)?;
    system::forbid_inspection()?;
    system::show_as(c"berth-nursery")?;
    let mut stack = vec![0; STACK];
    while let Some((_, [control])) = take(socket.as_fd(), &mut [0])? {
        let answer = match split(control, &socket, &mut stack) {
            Ok(shim) => shim.as_raw(),
            Err(error) => -(error as i32),
        };
        send(
            socket.as_raw_fd(),
            &answer.to_ne_bytes(),
            MsgFlags::MSG_NOSIGNAL,
        )?;
    }
    Ok(())
}

/// Becomes two: here the nursery goes on, there a shim begins.
fn split(control: OwnedFd, socket: &OwnedFd, stack: &mut [u8]) -> Result<Pid, Errno> {
    let mut control = Some(control);
    let begin = Box::new(|| {
        // Held by the nursery alone, so that its end is seen.
        let _ = close(socket.as_raw_fd());
        match control.take().map(shim::run) {
            Some(Ok(())) => 0,
            // The closed control socket tells the supervisor; nobody reads a shim's stderr.
            _ => 1,
        }
    });
    // SAFETY: this process has one thread, so that the copy finds no lock held and may do what any process may; the stack is
    // the copy's own, since memory is not shared, and large enough. With the end of `begin` the copy ends.
    unsafe {
        clone(
            begin,
            stack,
            CloneFlags::CLONE_PARENT,
            Some(Signal::SIGCHLD as i32),
        )
    }
}
