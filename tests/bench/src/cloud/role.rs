//! One role of Berth as a process.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Stdio;

use anyhow::{Context as _, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::{sleep, timeout};

use super::project::free;
use super::{LOOK, PATIENCE};
use crate::server::Programs;

/// A process that ends without a word when this is dropped.
#[derive(Debug)]
pub(super) struct Role {
    /// `HOST:PORT`.
    pub(super) address: String,
    metrics: SocketAddr,
    child: Child,
    _out: BufReader<ChildStdout>,
}

impl Role {
    /// Starts it and waits until it may be sent work.
    pub(super) async fn start(
        programs: &Programs,
        name: &str,
        environment: BTreeMap<&str, String>,
    ) -> anyhow::Result<Self> {
        let metrics = free()?;
        // Whoever is asked for more than errors is asked for spans, and their lines are for nobody.
        let log = match environment.get("BERTH_LOG") {
            Some(level) if level == "error" => Stdio::inherit(),
            _ => Stdio::null(),
        };
        let mut child = Command::new(programs.path("berth"))
            .arg(name)
            .env_clear()
            .envs(environment)
            .env("BERTH_METRICS_LISTEN", metrics.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .context("berth cannot be started")?;
        let mut out = BufReader::new(child.stdout.take().context("no standard output")?);
        let mut line = String::new();
        timeout(PATIENCE, out.read_line(&mut line)).await??;
        let address = line.trim().strip_prefix("ready http://");
        let role = Self {
            address: address
                .with_context(|| format!("{name} said {line:?}"))?
                .to_owned(),
            metrics,
            child,
            _out: out,
        };
        timeout(PATIENCE, role.until_ready())
            .await
            .with_context(|| format!("{name} does not get ready"))??;
        Ok(role)
    }

    async fn until_ready(&self) -> anyhow::Result<()> {
        let url = format!("http://{}/readyz", self.address);
        while !reqwest::get(&url).await?.status().is_success() {
            sleep(LOOK).await;
        }
        Ok(())
    }

    /// Its figures of this name, by their labels as `/metrics` writes them.
    pub(super) async fn figures(&self, name: &str) -> anyhow::Result<BTreeMap<String, f64>> {
        let url = format!("http://{}/metrics", self.metrics);
        let text = reqwest::get(url).await?.error_for_status()?.text().await?;
        let mut figures = BTreeMap::new();
        for line in text.lines() {
            let Some((series, value)) = line.rsplit_once(' ') else {
                continue;
            };
            let labels = series.strip_prefix(name);
            if let Some(labels) = labels.filter(|rest| rest.is_empty() || rest.starts_with('{')) {
                figures.insert(labels.to_owned(), value.parse()?);
            }
        }
        Ok(figures)
    }

    /// Asks it to end, as a platform does.
    pub(super) fn told_to_end(&self) -> anyhow::Result<()> {
        let id = self.child.id().context("it has ended by itself")?;
        Ok(kill(Pid::from_raw(i32::try_from(id)?), Signal::SIGTERM)?)
    }

    /// Waits until it has ended well.
    pub(super) async fn ended(mut self) -> anyhow::Result<()> {
        let status = timeout(PATIENCE, self.child.wait()).await??;
        ensure!(status.success(), "it ended with {status}");
        Ok(())
    }
}
