//! Every child that ends is waited for, ours or inherited: PID 1 has nobody to leave a zombie to.

use std::sync::Arc;

use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use tokio::signal::unix::Signal;
use tokio::sync::mpsc;

use crate::process::Table;

/// Reaps for ever. `child` is a signal stream of `SIGCHLD` that was opened before the first child; the numbers of
/// children that are no shims go to `others`.
pub(crate) async fn run(mut child: Signal, table: Arc<Table>, others: mpsc::Sender<Pid>) {
    while child.recv().await.is_some() {
        // One signal may stand for many ends.
        while let Ok(WaitStatus::Exited(pid, _) | WaitStatus::Signaled(pid, ..)) =
            waitpid(None, Some(WaitPidFlag::WNOHANG))
        {
            if !table.shim_ended(pid) {
                // The other side ends only with the supervisor.
                let _ = others.send(pid).await;
            }
        }
    }
}
