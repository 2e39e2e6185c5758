//! Starting a process: pipes, a shim, and the tasks that tend them.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream as StdStream;
use std::sync::{Arc, Mutex};

use berth_supervisor_protocol::ProcessSpec;
use nix::fcntl::OFlag;
use nix::unistd::pipe2;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::pipe;
use tokio::sync::watch;

use super::{Input, Main, Output, Process, Status, Tail, output};
use crate::control::{Order, Report};
use crate::nursery::{Ends, Nursery};
use crate::{clock, system};

/// Unacknowledged bytes of stdout kept, unless the caller says otherwise.
const RING: usize = 8 * 1024 * 1024;

/// Starts a shim for `spec`. Returns before the program runs; the status tells.
pub(super) fn spawn(spec: ProcessSpec, nursery: &mut Nursery) -> io::Result<Arc<Process>> {
    let user = spec.uid.zip(spec.gid);
    let pipes = system::with_owner(user, || Pipes::new(spec.stdin))?;
    let (control, shim_control) = StdStream::pair()?;
    control.set_nonblocking(true)?;
    let control = UnixStream::from_std(control)?;

    let shim = nursery.shim(&Ends {
        stdin: pipes.stdin.0.as_fd(),
        stdout: pipes.stdout.1.as_fd(),
        stderr: pipes.stderr.1.as_fd(),
        control: shim_control.as_fd(),
    })?;

    let stdout = Arc::new(watch::Sender::new(Output::new(
        spec.ring_bytes.unwrap_or(RING),
    )));
    let stderr = Arc::new(Mutex::new(Tail::default()));
    tokio::spawn(output::pump(
        pipe::Receiver::from_owned_fd(pipes.stdout.0)?,
        Arc::clone(&stdout),
    ));
    tokio::spawn(output::keep_tail(
        pipe::Receiver::from_owned_fd(pipes.stderr.0)?,
        Arc::clone(&stderr),
    ));
    let input = match pipes.stdin.1 {
        Some(writer) => Input::open(pipe::Sender::from_owned_fd(writer)?),
        None => Arc::default(),
    };
    let process = Arc::new(Process {
        id: spec.id,
        exclusive: spec.exclusive,
        uid: spec.uid,
        started_ms: clock::now_ms(),
        status: watch::Sender::new(Status {
            main: Main::Starting,
            shim: Some(shim),
            left: true,
        }),
        output: stdout,
        stderr,
        input,
    });
    let order = Order {
        argv: spec.argv,
        env: spec.env,
        cwd: spec.cwd,
        folders: spec.folders,
        user,
    };
    tokio::spawn(tend(control, order, Arc::clone(&process)));
    Ok(process)
}

/// Our ends of the three pipes and the process's.
struct Pipes {
    stdin: (OwnedFd, Option<OwnedFd>),
    stdout: (OwnedFd, OwnedFd),
    stderr: (OwnedFd, OwnedFd),
}

impl Pipes {
    fn new(stdin: bool) -> io::Result<Self> {
        let stdin = if stdin {
            let (reader, writer) = pipe2(OFlag::O_CLOEXEC)?;
            (reader, Some(writer))
        } else {
            (File::open("/dev/null")?.into(), None)
        };
        Ok(Self {
            stdin,
            stdout: pipe2(OFlag::O_CLOEXEC)?,
            stderr: pipe2(OFlag::O_CLOEXEC)?,
        })
    }
}

/// Gives the shim its order and takes its reports, until it is gone.
async fn tend(mut control: UnixStream, order: Order, process: Arc<Process>) {
    if give(&mut control, &order).await.is_ok() {
        let mut lines = BufReader::new(&mut control).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if let Ok(report) = serde_json::from_str(&line) {
                note(&process, report);
            }
        }
    }
    // A shim that ended without saying how its process did was killed, and with it the one who could tell.
    process.status.send_if_modified(|status| match status.main {
        Main::Starting => {
            status.main = Main::Failed("the shim ended".to_owned());
            true
        }
        Main::Running(pid) => {
            status.main = Main::Exited {
                pid,
                code: None,
                signal: None,
            };
            true
        }
        Main::Failed(_) | Main::Exited { .. } => false,
    });
    process.input.close();
}

async fn give(control: &mut UnixStream, order: &Order) -> io::Result<()> {
    let mut line = serde_json::to_vec(order)?;
    line.push(b'\n');
    control.write_all(&line).await
}

fn note(process: &Process, report: Report) {
    let ended = !matches!(report, Report::Started { .. });
    process.status.send_modify(|status| match report {
        Report::Started { pid } => status.main = Main::Running(pid),
        Report::Failed { message } => status.main = Main::Failed(message),
        Report::Exited { code, signal, left } => {
            status.left = left;
            if let Main::Running(pid) = status.main {
                status.main = Main::Exited { pid, code, signal };
            }
        }
    });
    if ended {
        process.input.close();
    }
}
