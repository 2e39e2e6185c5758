//! The parent of a started process, of one at a time.
//!
//! Tools of Claude Code run in sessions of their own, so that signalling a process group misses them. The shim is a
//! subreaper: whatever the process starts stays below it, however it detaches, and "kill the tree" is "kill what is
//! below the shim". It keeps the supervisor's identity, so that the processes it stands above cannot end it.

use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::stat::{Mode, umask};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, setsid};

use crate::control::{self, Order, Report};
use crate::{folders, system, tree};

/// Bytes of an order that are expected; it may have more.
const ORDER: usize = 8 * 1024;

/// Starts one process after the other, each when nothing is left of the one before, until the supervisor has no more of them, or
/// is gone. A process that leaves others behind is the last.
pub(crate) fn run(control: OwnedFd) -> io::Result<()> {
    let mut control = UnixStream::from(control);
    system::forbid_inspection()?;
    system::adopt_orphans()?;
    system::show_as(c"berth-shim")?;
    // A session of its own: no signal meant for somebody else's terminal or group arrives here.
    setsid()?;
    umask(Mode::from_bits_truncate(0o002));

    while let Some((order, pipes)) = receive(&mut control)? {
        // The pipes go with it: they must close when the last process below closes them.
        let main = match start(&order, pipes) {
            Ok(pid) => pid,
            Err(error) => {
                let message = error.to_string();
                return report(&mut control, &Report::Failed { message });
            }
        };
        drop(order);
        report(&mut control, &Report::Started { pid: main.as_raw() })?;
        if tend(main, &mut control)? == Below::Others {
            break;
        }
    }
    Ok(())
}

/// stdin, stdout and stderr of a process.
type Pipes = [OwnedFd; 3];

/// The next order; `None` when there is none to come.
fn receive(control: &mut UnixStream) -> io::Result<Option<(Order, Pipes)>> {
    let mut line = vec![0; ORDER];
    let Some((mut length, pipes)) = control::take(control.as_fd(), &mut line)? else {
        return Ok(None);
    };
    while !line[..length].ends_with(b"\n") {
        line.resize(length + ORDER, 0);
        match control.read(&mut line[length..])? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            more => length += more,
        }
    }
    Ok(Some((serde_json::from_slice(&line[..length])?, pipes)))
}

fn start(order: &Order, [stdin, stdout, stderr]: Pipes) -> io::Result<Pid> {
    let (program, arguments) = order
        .argv
        .split_first()
        .ok_or(io::ErrorKind::InvalidInput)?;
    for folder in &order.folders {
        folders::make(folder, order.user)?;
    }
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .envs(&order.env)
        .current_dir(&order.cwd)
        .stdin(stdin)
        .stdout(stdout)
        .stderr(stderr)
        .process_group(0);
    if let Some((uid, gid)) = order.user {
        // As root this also drops every supplementary group.
        command.uid(uid).gid(gid);
    }
    let child = command.spawn()?;
    i32::try_from(child.id())
        .map(Pid::from_raw)
        .map_err(io::Error::other)
}

/// What was below a shim when its main program ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Below {
    Nobody,
    Others,
}

/// Waits for everything that is, or becomes, our child, until nobody is left. The supervisor says nothing meanwhile and closes
/// its end only by ending: then nobody is left to answer for what is below.
fn tend(main: Pid, control: &mut UnixStream) -> io::Result<Below> {
    let mut children = SigSet::empty();
    children.add(Signal::SIGCHLD);
    // Not while a program is started, which would inherit it.
    children.thread_block()?;
    let ends = SignalFd::with_flags(&children, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?;
    let mut at_its_end = Below::Nobody;
    loop {
        // Looked at before every wait, so that an end before the first one is seen as well.
        let (end, left) = reap(main)?;
        if let Some((code, signal)) = end {
            // Nobody to tell: then everything below is about to be killed.
            let _ = report(control, &Report::Exited { code, signal, left });
            if left {
                at_its_end = Below::Others;
            }
        }
        if !left {
            children.thread_unblock()?;
            return Ok(at_its_end);
        }
        let mut waiting = [
            PollFd::new(ends.as_fd(), PollFlags::POLLIN),
            PollFd::new(control.as_fd(), PollFlags::POLLIN),
        ];
        match poll(&mut waiting, PollTimeout::NONE) {
            Ok(_) | Err(Errno::EINTR) => {}
            Err(error) => return Err(error.into()),
        }
        if waiting[1].any().unwrap_or(true) {
            return Err(end_without_supervisor());
        }
        ends.read_signal()?;
    }
}

/// A program's exit code, or the signal that ended it.
type End = (Option<i32>, Option<i32>);

/// Reaps whoever has ended; answers how `main` did, if it was among them, and whether anybody is left.
fn reap(main: Pid) -> io::Result<(Option<End>, bool)> {
    let mut end = None;
    loop {
        let (pid, code, signal) = match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::Exited(pid, code)) => (pid, Some(code), None),
            Ok(WaitStatus::Signaled(pid, signal, _)) => (pid, None, Some(signal as i32)),
            Ok(WaitStatus::StillAlive) => return Ok((end, true)),
            Ok(_) | Err(Errno::EINTR) => continue,
            Err(Errno::ECHILD) => return Ok((end, false)),
            Err(error) => return Err(error.into()),
        };
        if pid == main {
            end = Some((code, signal));
        }
    }
}

/// Kills everything below until nobody is left.
fn end_without_supervisor() -> io::Error {
    tree::kill_blocking(Pid::this(), || {
        loop {
            match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Err(Errno::ECHILD) => return true,
                Ok(WaitStatus::StillAlive) | Err(_) => return false,
                Ok(_) => {}
            }
        }
    });
    io::ErrorKind::BrokenPipe.into()
}

fn report(control: &mut UnixStream, report: &Report) -> io::Result<()> {
    control.write_all(&control::line(report)?)
}
