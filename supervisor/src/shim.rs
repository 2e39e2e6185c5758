//! The parent of one started process.
//!
//! Tools of Claude Code run in sessions of their own, so that signalling a process group misses them. The shim is a
//! subreaper: whatever the process starts stays below it, however it detaches, and "kill the tree" is "kill what is
//! below the shim". It keeps the supervisor's identity, so that the processes it stands above cannot end it.

use std::io::{self, BufRead as _, BufReader, Write as _};
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

use crate::control::{Order, Report};
use crate::nursery::Ends;
use crate::{folders, system, tree};

/// Runs until nothing is left below, or the supervisor is gone.
pub(crate) fn run(ends: Ends<OwnedFd>) -> io::Result<()> {
    let mut control = UnixStream::from(ends.control);
    system::forbid_inspection()?;
    system::adopt_orphans()?;
    system::show_as(c"berth-shim")?;
    // A session of its own: no signal meant for somebody else's terminal or group arrives here.
    setsid()?;
    umask(Mode::from_bits_truncate(0o002));

    let mut line = String::new();
    BufReader::new(&control).read_line(&mut line)?;
    let order: Order = serde_json::from_str(&line)?;
    // The pipes go with it: they must close when the last process below closes them.
    let pipes = (ends.stdin, ends.stdout, ends.stderr);
    let main = match start(&order, pipes) {
        Ok(pid) => pid,
        Err(error) => {
            return report(
                &mut control,
                &Report::Failed {
                    message: error.to_string(),
                },
            );
        }
    };
    drop((line, order));
    report(&mut control, &Report::Started { pid: main.as_raw() })?;
    tend(main, &mut control)
}

fn start(order: &Order, pipes: (OwnedFd, OwnedFd, OwnedFd)) -> io::Result<Pid> {
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
        .stdin(pipes.0)
        .stdout(pipes.1)
        .stderr(pipes.2)
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

/// Waits for everything that is, or becomes, our child, until nobody is left. The supervisor writes no second line and closes
/// its end only by ending: then nobody is left to answer for what is below.
fn tend(main: Pid, control: &mut UnixStream) -> io::Result<()> {
    let mut children = SigSet::empty();
    children.add(Signal::SIGCHLD);
    // Not before the start: the program would inherit it.
    children.thread_block()?;
    let ends = SignalFd::with_flags(&children, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?;
    loop {
        // Looked at before every wait, so that an end before the first one is seen as well.
        if !reap(main, control)? {
            return Ok(());
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
            return end_without_supervisor();
        }
        ends.read_signal()?;
    }
}

/// Reaps whoever has ended, and reports the end of `main` at once; says whether anybody is left.
fn reap(main: Pid, control: &mut UnixStream) -> io::Result<bool> {
    let mut end = None;
    let left = loop {
        let (pid, code, signal) = match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::Exited(pid, code)) => (pid, Some(code), None),
            Ok(WaitStatus::Signaled(pid, signal, _)) => (pid, None, Some(signal as i32)),
            Ok(WaitStatus::StillAlive) => break true,
            Ok(_) | Err(Errno::EINTR) => continue,
            Err(Errno::ECHILD) => break false,
            Err(error) => return Err(error.into()),
        };
        if pid == main {
            end = Some((code, signal));
        }
    };
    if let Some((code, signal)) = end {
        let exited = Report::Exited { code, signal, left };
        // Nobody to tell: then everything below is about to be killed.
        let _ = report(control, &exited);
    }
    Ok(left)
}

/// Kills everything below until nobody is left.
fn end_without_supervisor() -> io::Result<()> {
    tree::kill_blocking(Pid::this(), || {
        loop {
            match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Err(Errno::ECHILD) => return true,
                Ok(WaitStatus::StillAlive) | Err(_) => return false,
                Ok(_) => {}
            }
        }
    });
    Err(io::ErrorKind::BrokenPipe.into())
}

fn report(control: &mut UnixStream, report: &Report) -> io::Result<()> {
    let mut line = serde_json::to_vec(report)?;
    line.push(b'\n');
    control.write_all(&line)
}
