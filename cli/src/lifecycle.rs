//! The process's end: a first signal drains, a second one leaves at once, and draining has a bound.

use std::time::Duration;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long draining may take.
const DRAIN: Duration = Duration::from_secs(10);

/// Waits for a signal to end, or for `failed`; `stop` is triggered either way.
pub(crate) async fn wait_for_end(stop: CancellationToken) -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT cannot be watched")?;
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be watched")?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        () = stop.cancelled() => {}
    }
    tracing::info!("stopping: running work is left to the next start; once more to leave at once");
    stop.cancel();
    Ok(())
}

/// Waits until all tasks have ended, a second signal comes, or the bound is reached.
pub(crate) async fn drain(tasks: TaskTracker) -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT cannot be watched")?;
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be watched")?;
    tasks.close();
    tokio::select! {
        () = tasks.wait() => {}
        _ = interrupt.recv() => tracing::warn!("left at once"),
        _ = terminate.recv() => tracing::warn!("left at once"),
        () = tokio::time::sleep(DRAIN) => tracing::warn!(tasks = tasks.len(), "left although not everything had ended"),
    }
    Ok(())
}
