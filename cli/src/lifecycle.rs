//! A process and its roles; and its end: a first signal drains, a second one leaves at once, and draining has a bound.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::serve::ListenerExt as _;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long draining may take where nothing else is said.
pub(crate) const DRAIN: Duration = Duration::from_secs(10);

/// How often what histograms have gathered is folded, so that it does not grow while nobody scrapes.
const METRICS_UPKEEP: Duration = Duration::from_secs(30);

/// What runs in this process. Clones are the same process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Process {
    /// Ends everything.
    pub(crate) stop: CancellationToken,
    /// A role ended that should not have.
    failed: CancellationToken,
    /// What has to have ended before the process does.
    pub(crate) tasks: TaskTracker,
}

impl Process {
    /// Runs a role; when it ends although nobody stopped it, the whole process does, for half a Berth helps nobody.
    pub(crate) fn role(&self, name: &'static str, role: impl Future<Output = ()> + Send + 'static) {
        let (stop, failed) = (self.stop.clone(), self.failed.clone());
        let running = tokio::spawn(role);
        self.tasks.spawn(async move {
            let ended = running.await;
            if ended.is_err() || !stop.is_cancelled() {
                tracing::error!(role = name, "a role has ended by itself, stopping");
                failed.cancel();
                stop.cancel();
            }
        });
    }

    /// Serves HTTP as a role. What is under way at the end is answered first.
    pub(crate) fn serve(&self, name: &'static str, listener: TcpListener, router: Router) {
        self.serve_until(name, listener, router, self.stop.clone());
    }

    /// The same, until `end`, which follows the stop at some time: for what is of use while the process drains.
    pub(crate) fn serve_until(
        &self,
        name: &'static str,
        listener: TcpListener,
        router: Router,
        end: CancellationToken,
    ) {
        let listener = listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "frames to this client may wait for each other");
            }
        });
        let stopped = end.cancelled_owned();
        self.role(name, async move {
            let served = axum::serve(listener, router).with_graceful_shutdown(stopped);
            if let Err(error) = served.await {
                tracing::error!(%error, "the listener has failed");
            }
        });
    }

    /// Serves metrics at an address of their own, for they are nobody's business but the operator's.
    pub(crate) async fn serve_metrics(
        &self,
        address: SocketAddr,
        handle: PrometheusHandle,
    ) -> anyhow::Result<()> {
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("metrics cannot be served on {address}"))?;
        let (upkeep, stop) = (handle.clone(), self.stop.clone());
        self.role("metrics upkeep", async move {
            let mut every = tokio::time::interval(METRICS_UPKEEP);
            while stop.run_until_cancelled(every.tick()).await.is_some() {
                upkeep.run_upkeep();
            }
        });
        self.serve("metrics", listener, berth_api::metrics_router(handle));
        Ok(())
    }

    /// Waits for a signal or a role's failure, then for everything to end, `within` that time.
    pub(crate) async fn run_and_drain(self, within: Duration) -> anyhow::Result<ExitCode> {
        wait_for_end(self.stop).await?;
        drain(self.tasks, within).await?;
        Ok(if self.failed.is_cancelled() {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        })
    }
}

/// Runs a server's future to its end, on all processors.
pub(crate) fn block_on(
    future: impl Future<Output = anyhow::Result<ExitCode>>,
) -> anyhow::Result<ExitCode> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")?
        .block_on(future)
}

/// Opens a listener, or says who is in the way.
pub(crate) async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!(
            "{address} is taken: stop what uses it, or choose another with --listen (port 0 picks a free one)"
        )
    })
}

/// Waits for a signal to end, or for `failed`; `stop` is triggered either way.
async fn wait_for_end(stop: CancellationToken) -> anyhow::Result<()> {
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
async fn drain(tasks: TaskTracker, within: Duration) -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT cannot be watched")?;
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be watched")?;
    tasks.close();
    tokio::select! {
        () = tasks.wait() => {}
        _ = interrupt.recv() => tracing::warn!("left at once"),
        _ = terminate.recv() => tracing::warn!("left at once"),
        () = tokio::time::sleep(within) => tracing::warn!(tasks = tasks.len(), "left although not everything had ended"),
    }
    Ok(())
}
