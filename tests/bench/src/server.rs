//! `berth up` as a process of its own, the way users start it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::clock;

/// For a start, a stop, a command.
const PATIENCE: Duration = Duration::from_secs(20);

/// The built programs, all in one folder.
#[derive(Debug, Clone)]
pub(crate) struct Programs(pub(crate) PathBuf);

impl Programs {
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A command of `berth` that no key of the caller reaches.
    fn berth(&self) -> Command {
        let mut command = Command::new(self.path("berth"));
        command
            .env_remove("ANTHROPIC_API_KEY")
            .env("BERTH_LOG", "error")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// A token for a user, who is made where there is none.
    pub(crate) async fn token(&self, data: &Path, user: &str) -> anyhow::Result<String> {
        let mut command = self.berth();
        command
            .args(["token", "create", "--user", user, "--data"])
            .arg(data);
        let output = timeout(PATIENCE, command.output()).await??;
        ensure!(
            output.status.success(),
            "no token: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// `127.0.0.1:PORT`.
    pub(crate) address: String,
    /// The printed link, which signs a browser in.
    pub(crate) link: String,
    /// From the start of the process to its `ready` line, in milliseconds.
    pub(crate) ready_ms: f64,
}

impl Server {
    /// Starts it on a data folder and waits until it is ready.
    pub(crate) async fn start(
        programs: &Programs,
        data: &Path,
        args: &[&str],
    ) -> anyhow::Result<Self> {
        let mut command = programs.berth();
        command
            .args(["up", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .args(args)
            .stdout(Stdio::piped());
        let began = clock::now();
        let mut child = command.spawn().context("berth cannot be started")?;
        let stdout = child.stdout.take().context("no standard output")?;
        let line = timeout(PATIENCE, BufReader::new(stdout).lines().next_line()).await??;
        let ready_ms = clock::ms(began, clock::now());
        let line = line.context("berth ended before it was ready")?;
        let address = line
            .strip_prefix("ready http://")
            .and_then(|rest| rest.split_once('/'))
            .map(|(address, _)| address.to_owned());
        let Some(address) = address else {
            bail!("berth said {line:?} instead of being ready");
        };
        let printed = line.trim_start_matches("ready ").to_owned();
        Ok(Self {
            child,
            address,
            link: printed,
            ready_ms,
        })
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> anyhow::Result<u32> {
        self.child.id().context("berth has ended")
    }

    /// Proportional share of memory, in KiB.
    pub(crate) async fn pss_kib(&self) -> anyhow::Result<f64> {
        let pid = self.pid()?;
        let text = tokio::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).await?;
        text.lines()
            .find_map(|line| line.strip_prefix("Pss:"))
            .and_then(|rest| rest.trim().strip_suffix("kB"))
            .and_then(|number| number.trim().parse().ok())
            .context("smaps_rollup without Pss")
    }

    /// Asks it to end and waits until it has.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        let pid = self.child.id().context("berth has ended by itself")?;
        kill(Pid::from_raw(pid.try_into()?), Signal::SIGTERM)?;
        timeout(PATIENCE, self.child.wait())
            .await
            .context("berth did not stop")??;
        Ok(())
    }
}

/// The supervisors that `--engine process` has left running on a data folder.
fn supervisors(data: &Path) -> anyhow::Result<Vec<i32>> {
    let sockets = data.join("workspaces/sockets");
    let mut found = Vec::new();
    for process in std::fs::read_dir("/proc")? {
        let Some(pid) = process?
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok())
        else {
            continue;
        };
        let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        // A supervisor is told its socket folder on the command line.
        if String::from_utf8_lossy(&command).contains(&*sockets.to_string_lossy()) {
            found.push(pid);
        }
    }
    Ok(found)
}

/// Ends [`supervisors`].
fn end_supervisors(data: &Path) -> anyhow::Result<()> {
    for pid in supervisors(data)? {
        kill(Pid::from_raw(pid), Signal::SIGTERM)?;
    }
    Ok(())
}

/// Supervisors outlive their server by design; these end with a module, also with one that is cut short.
pub(crate) struct Supervisors(pub(crate) PathBuf);

impl Supervisors {
    /// Their process ids.
    pub(crate) fn pids(&self) -> anyhow::Result<Vec<u32>> {
        let pids = supervisors(&self.0)?;
        pids.into_iter()
            .map(|pid| Ok(u32::try_from(pid)?))
            .collect()
    }
}

impl Drop for Supervisors {
    fn drop(&mut self) {
        if let Err(error) = end_supervisors(&self.0) {
            eprintln!("supervisors may be left running: {error:#}");
        }
    }
}
