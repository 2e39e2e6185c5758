//! Started processes: their state, what they wrote, what is to be written to them.

mod input;
mod output;
mod spawn;
mod table;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use berth_supervisor_protocol::ErrorCode;
use berth_supervisor_protocol::process::{
    Process as Snapshot, ProcessId, ProcessState, Signal, SignalRequest, SignalTarget,
    StdinAccepted, StdoutState,
};
use bytes::Bytes;
use nix::sys::signal::{Signal as Number, killpg};
use nix::unistd::Pid;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::answer::Refusal;
use crate::tree::{self, Whose};
pub(crate) use input::{Input, check_key};
pub(crate) use output::{Output, Tail, follow};
pub(crate) use table::Table;

/// How long a killed program may take to be gone before its whole tree is gone after.
const PATIENCE: Duration = Duration::from_millis(200);

/// One started process.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) id: ProcessId,
    pub(crate) exclusive: Option<String>,
    /// Whom it runs as; without, as we do.
    uid: Option<u32>,
    started_ms: u64,
    pub(crate) status: watch::Sender<Status>,
    pub(crate) output: Arc<watch::Sender<Output>>,
    stderr: Arc<Mutex<Tail>>,
    pub(crate) input: Arc<Input>,
}

/// What is known of a process's end, and of the shim above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) main: Main,
    /// There as long as anything of this process is below it: until then its number means neither another program nor another
    /// process's tree.
    pub(crate) shim: Option<Pid>,
}

/// The main program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Main {
    Starting,
    Failed(String),
    Running(i32),
    Exited {
        pid: i32,
        code: Option<i32>,
        signal: Option<i32>,
    },
}

impl Main {
    /// Whether it runs, or may in a moment.
    pub(crate) fn is_live(&self) -> bool {
        matches!(self, Self::Starting | Self::Running(_))
    }
}

impl Process {
    /// What callers see; `None` when it never started.
    pub(crate) fn snapshot(&self) -> Option<Snapshot> {
        let status = self.status.borrow().clone();
        let (pid, state, exit_code, signal) = match status.main {
            Main::Starting | Main::Failed(_) => return None,
            Main::Running(pid) => (pid, ProcessState::Running, None, None),
            Main::Exited { pid, code, signal } => (pid, ProcessState::Exited, code, signal),
        };
        let output = self.output.borrow();
        let stderr = self.stderr.lock().unwrap_or_else(PoisonError::into_inner);
        Some(Snapshot {
            id: self.id.clone(),
            pid,
            state,
            exit_code,
            signal,
            stdout: StdoutState {
                first: output.ring.first(),
                next: output.ring.next(),
                closed: output.closed,
            },
            stderr_tail: stderr.text(),
            stdin_open: self.input.is_open(),
            input: None,
            exclusive: self.exclusive.clone(),
            started_ms: self.started_ms,
            tree_alive: status.shim.is_some(),
        })
    }

    /// Takes `bytes` for stdin, unless `key` was taken before.
    pub(crate) fn write(&self, key: String, bytes: Bytes) -> Result<StdinAccepted, Refusal> {
        let next = self.output.borrow().ring.next();
        self.input.accept(key, bytes, next)
    }

    /// Sends a signal. `KILL` to the tree returns once nothing is left of it.
    pub(crate) async fn signal(&self, request: SignalRequest) -> Result<(), Refusal> {
        let number = match request.signal {
            Signal::Int => Number::SIGINT,
            Signal::Term => Number::SIGTERM,
            Signal::Kill => Number::SIGKILL,
        };
        match request.to {
            SignalTarget::Group => self.signal_group(number),
            SignalTarget::Tree if number == Number::SIGKILL => self.kill_tree().await,
            SignalTarget::Tree => self.signal_tree(number),
        }
    }

    fn signal_group(&self, number: Number) -> Result<(), Refusal> {
        // Only while the main program lives: afterwards its number may become another group's.
        let Main::Running(pid) = self.status.borrow().main else {
            return Err(nothing_left());
        };
        Ok(killpg(Pid::from_raw(pid), number)?)
    }

    /// Signals whatever is below the shim, one time each.
    pub(crate) fn signal_tree(&self, number: Number) -> Result<(), Refusal> {
        let shim = self.status.borrow().shim.ok_or_else(nothing_left)?;
        if tree::signal(shim, number) == 0 {
            return Err(nothing_left());
        }
        Ok(())
    }

    /// Kills everything below the shim, and waits until the shim is this process's no more.
    ///
    /// Most processes have nobody left when they are killed: that is tried first, for to freeze and kill a tree the kernel has to
    /// be asked for its members again and again.
    pub(crate) async fn kill_tree(&self) -> Result<(), Refusal> {
        let mut status = self.status.subscribe();
        // A shim that has not started its program yet looks empty. The sender lives in `self`.
        let _ = status
            .wait_for(|status| status.main != Main::Starting)
            .await;
        // One that has ended, or is not there any more, is no failure.
        let _ = self.signal_group(Number::SIGKILL);
        // With the end it is known whether anybody is left.
        let ended = status.wait_for(|status| !status.main.is_live());
        let _ = timeout(PATIENCE, ended).await;
        let Some(shim) = self.status.borrow().shim else {
            return Ok(());
        };
        // A shim below which nobody is left says so, or ends, which is reaped here. A task of its own: stopped half-way, killing
        // would leave processes frozen.
        let watched = self.status.subscribe();
        let is_gone = move || watched.borrow().shim.is_none();
        let killing = async move { is_gone() || tree::kill(shim, Whose::Everybody, is_gone).await };
        if tokio::spawn(killing).await.unwrap_or(false) {
            return Ok(());
        }
        Err(not_ended())
    }
}

fn not_ended() -> Refusal {
    Refusal::new(
        ErrorCode::Busy,
        "the kernel has not ended every process yet",
    )
}

fn nothing_left() -> Refusal {
    Refusal::new(ErrorCode::Gone, "nothing is left to signal")
}
