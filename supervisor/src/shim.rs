//! The parent of one started process.
//!
//! Tools of Claude Code run in sessions of their own, so that signalling a process group misses them. The shim is a
//! subreaper: whatever the process starts stays below it, however it detaches, and "kill the tree" is "kill what is
//! below the shim". It keeps the supervisor's identity, so that the processes it stands above cannot end it.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::os::fd::RawFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

use nix::errno::Errno;
use nix::sys::stat::{Mode, umask};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{Pid, dup2_stderr, dup2_stdin, dup2_stdout, setsid};

use crate::control::{Order, Report};
use crate::{folders, system, tree};

/// Runs until nothing is left below, or the supervisor is gone.
pub fn run(control: RawFd) -> ExitCode {
    match supervise(control) {
        Ok(()) => ExitCode::SUCCESS,
        // The closed control socket tells the supervisor; nobody reads a shim's stderr, which is the process's own.
        Err(_) => ExitCode::FAILURE,
    }
}

fn supervise(control: RawFd) -> io::Result<()> {
    let mut control = UnixStream::from(system::inherited(control)?);
    system::forbid_inspection()?;
    system::adopt_orphans()?;
    system::show_as(c"berth-shim")?;
    // A session of its own: no signal meant for somebody else's terminal or group arrives here.
    setsid()?;
    umask(Mode::from_bits_truncate(0o002));

    let mut line = String::new();
    BufReader::new(control.try_clone()?).read_line(&mut line)?;
    let order: Order = serde_json::from_str(&line)?;
    let main = match start(&order) {
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
    release_stdio()?;
    report(&mut control, &Report::Started { pid: main.as_raw() })?;
    let watched = control.try_clone()?;
    std::thread::Builder::new().spawn(move || end_with_supervisor(watched))?;
    reap(main, &mut control)
}

fn start(order: &Order) -> io::Result<Pid> {
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

/// Lets go of the process's pipes: they must close when the last process below closes them.
fn release_stdio() -> io::Result<()> {
    let null = std::fs::File::options()
        .read(true)
        .write(true)
        .open("/dev/null")?;
    dup2_stdin(&null)?;
    dup2_stdout(&null)?;
    dup2_stderr(&null)?;
    Ok(())
}

/// Waits for everything that is, or becomes, our child, and reports the end of `main` at once.
fn reap(main: Pid, control: &mut UnixStream) -> io::Result<()> {
    loop {
        let (pid, code, signal) = match waitpid(None, None) {
            Ok(WaitStatus::Exited(pid, code)) => (pid, Some(code), None),
            Ok(WaitStatus::Signaled(pid, signal, _)) => (pid, None, Some(signal as i32)),
            Ok(_) | Err(Errno::EINTR) => continue,
            Err(Errno::ECHILD) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        if pid == main {
            // Nobody to tell: then everything below is about to be killed, and reaped here.
            let _ = report(control, &Report::Exited { code, signal });
        }
    }
}

/// The supervisor never writes again and closes only by ending: then nobody is left to answer for what is below.
fn end_with_supervisor(mut control: UnixStream) {
    // End of file or an error: either way the other side is gone.
    let _ = control.read(&mut [0]);
    tree::kill_blocking(Pid::this());
    std::process::exit(1);
}

fn report(control: &mut UnixStream, report: &Report) -> io::Result<()> {
    let mut line = serde_json::to_vec(report)?;
    line.push(b'\n');
    control.write_all(&line)
}
