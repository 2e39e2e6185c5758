//! A runner's machine: its disk, a gateway, and the runner.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context as _;
use berth_fake_model::{Model, Options};
use tokio::net::TcpListener;

use super::project::{Project, folder};
use super::role::Role;
use crate::Bench;
use crate::server::Supervisors;

/// How it runs workspaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Workspaces {
    /// In containers, with the real CLI.
    Containers,
    /// As plain processes, with a stand-in for the CLI.
    Scripted,
}

/// One machine.
pub(super) struct Machine {
    pub(super) name: String,
    pub(super) data: PathBuf,
    workspaces: Workspaces,
    pub(super) gateway: Role,
    /// Workspaces that are plain processes outlive their runner.
    _supervisors: Supervisors,
}

impl Machine {
    /// A machine with an empty disk, whose gateway asks this model.
    pub(super) async fn new(
        bench: &Bench,
        project: &Project,
        name: &str,
        workspaces: Workspaces,
        model: SocketAddr,
        told: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let data = folder(bench, name);
        std::fs::create_dir_all(&data)?;
        let model = format!("http://{model}");
        let mut all = vec![
            ("BERTH_DATA", data.to_str().context("a path")?),
            ("BERTH_MODEL_URL", model.as_str()),
        ];
        all.extend(told);
        Ok(Self {
            name: name.to_owned(),
            workspaces,
            gateway: project.role("gateway", &all).await?,
            _supervisors: Supervisors(data.clone()),
            data,
        })
    }

    /// A start of its runner.
    pub(super) async fn runner(
        &self,
        project: &Project,
        told: &[(&str, &str)],
    ) -> anyhow::Result<Role> {
        let program = |name| project.programs.path(name).to_string_lossy().into_owned();
        let (supervisor, cli) = (program("berth-supervisor"), program("berth-fake-cli"));
        let mut all = vec![
            ("BERTH_DATA", self.data.to_str().context("a path")?),
            ("BERTH_RUNNER_NAME", &self.name),
            // Several runners share this engine.
            ("BERTH_CONTAINER_PREFIX", &self.name),
        ];
        if self.workspaces == Workspaces::Scripted {
            all.extend([
                ("BERTH_ENGINE", "process"),
                ("BERTH_SUPERVISOR", &supervisor),
                ("BERTH_CLAUDE", &cli),
            ]);
        }
        all.extend(told);
        project.role("runner", &all).await
    }
}

/// A scripted model, and where it listens.
pub(super) async fn model() -> anyhow::Result<(Model, SocketAddr)> {
    let model = Model::new(Options::test());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let serving = model.clone();
    tokio::spawn(async move { serving.serve(listener, std::future::pending()).await });
    Ok((model, address))
}
