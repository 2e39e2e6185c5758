//! What every role on Google Cloud begins and ends with.

use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::Context as _;
use axum::Router;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::cloud;
use crate::config::cloud::CloudOptions;
use crate::lifecycle::{self, Process};
use crate::logging::traces::Sending;

/// A role that has its address, counts and traces, and does not serve.
pub(crate) struct Beginning {
    pub(crate) process: Process,
    /// Where it listens, with the port it got.
    pub(crate) address: SocketAddr,
    name: &'static str,
    listener: TcpListener,
    metrics: PrometheusHandle,
    metrics_listen: Option<SocketAddr>,
    traces: Sending,
}

/// A role that serves.
pub(crate) struct Role {
    pub(crate) process: Process,
    traces: Sending,
}

impl Beginning {
    /// Takes the address first: what is in the way is said before anything else is done.
    pub(crate) async fn new(
        name: &'static str,
        listen: SocketAddr,
        options: &CloudOptions,
    ) -> anyhow::Result<Self> {
        let listener = lifecycle::listen(listen).await?;
        let metrics = PrometheusBuilder::new().install_recorder();
        Ok(Self {
            process: Process::default(),
            address: listener.local_addr().context("the listener")?,
            name,
            listener,
            metrics: metrics.context("metrics cannot be recorded")?,
            metrics_listen: options.metrics_listen,
            traces: cloud::traces(options, name)?,
        })
    }

    /// Serves, and says that it is ready.
    pub(crate) async fn serve(self, router: Router) -> anyhow::Result<Role> {
        let end = self.process.stop.clone();
        self.serve_until(router, end).await
    }

    /// The same, until `end`, which follows the stop at some time.
    pub(crate) async fn serve_until(
        self,
        router: Router,
        end: CancellationToken,
    ) -> anyhow::Result<Role> {
        let process = self.process;
        process.serve_until(self.name, self.listener, router, end);
        if let Some(address) = self.metrics_listen {
            process.serve_metrics(address, self.metrics).await?;
        }
        println!("ready http://{}", self.address);
        Ok(Role {
            process,
            traces: self.traces,
        })
    }
}

impl Role {
    /// Works until its end, and sends what is still to be sent: `last` is the role's own, traces are everybody's.
    pub(crate) async fn run(self, last: impl Future<Output = ()>) -> anyhow::Result<ExitCode> {
        self.run_and_drain(lifecycle::DRAIN, last).await
    }

    /// The same, where draining may take that long.
    pub(crate) async fn run_and_drain(
        self,
        within: std::time::Duration,
        last: impl Future<Output = ()>,
    ) -> anyhow::Result<ExitCode> {
        let code = self.process.run_and_drain(within).await?;
        last.await;
        self.traces.end().await;
        Ok(code)
    }
}
