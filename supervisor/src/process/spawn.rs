//! Starting a process: pipes, a shim, and the tasks that tend them.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::{Arc, Mutex};

use berth_supervisor_protocol::ProcessSpec;
use nix::fcntl::OFlag;
use nix::unistd::pipe2;
use tokio::net::unix::pipe;
use tokio::sync::watch;

use super::{Input, Main, Output, Process, Status, Tail, output};
use crate::control::{self, Order, Report};
use crate::shims::{Shim, Shims};
use crate::{clock, system};

/// Unacknowledged bytes of stdout kept, unless the caller says otherwise.
const RING: usize = 8 * 1024 * 1024;

/// Gives a shim the order to start `spec`. Returns before the program runs; the status tells.
pub(super) fn spawn(spec: ProcessSpec, shims: &Arc<Shims>) -> io::Result<Arc<Process>> {
    let user = spec.uid.zip(spec.gid);
    let pipes = system::with_owner(user, || Pipes::new(spec.stdin))?;
    let mut order = control::line(&Order {
        argv: spec.argv,
        env: spec.env,
        cwd: spec.cwd,
        folders: spec.folders,
        user,
    })?;
    let theirs = [
        pipes.stdin.0.as_fd(),
        pipes.stdout.1.as_fd(),
        pipes.stderr.1.as_fd(),
    ];
    let (shim, taken) = shims.begin(&order, &theirs)?;
    order.drain(..taken);

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
            shim: Some(shim.pid),
        }),
        output: stdout,
        stderr,
        input,
    });
    tokio::spawn(tend(shim, order, Arc::clone(&process), Arc::clone(shims)));
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

/// Gives the shim the rest of its order and takes its reports, until it is gone or has nobody below it.
async fn tend(mut shim: Shim, order: Vec<u8>, process: Arc<Process>, shims: Arc<Shims>) {
    if shim.give(&order).await.is_ok() {
        drop(order);
        while let Some(report) = shim.report().await {
            if note(&process, report) {
                return shims.keep(shim);
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

/// Notes a report; says whether nobody is left below the shim, which from then on is not this process's any more.
fn note(process: &Process, report: Report) -> bool {
    let ended = !matches!(report, Report::Started { .. });
    let alone = matches!(report, Report::Exited { left: false, .. });
    process.status.send_modify(|status| match report {
        Report::Started { pid } => status.main = Main::Running(pid),
        Report::Failed { message } => status.main = Main::Failed(message),
        Report::Exited { code, signal, .. } => {
            if let Main::Running(pid) = status.main {
                status.main = Main::Exited { pid, code, signal };
            }
            if alone {
                status.shim = None;
            }
        }
    });
    if ended {
        process.input.close();
    }
    alone
}
