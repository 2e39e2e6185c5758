//! What runs workspaces.

use std::sync::Arc;

use anyhow::Context as _;
use berth_runner::engine::{DockerConfig, DockerEngine, Engine, LocalConfig, LocalEngine};

use super::data::DataDir;
use crate::config::work::{EngineKind, EngineOptions};

/// Docker's own filter less what no office task needs; see `docs/setup.md`.
const SECCOMP: &str = include_str!("../../../docker/seccomp.json");
/// Processes and threads of a workspace.
const PIDS: i64 = 512;

/// The engine that the flags ask for.
pub(crate) fn choose(
    options: &EngineOptions,
    data: &DataDir,
    installation: String,
) -> anyhow::Result<Arc<dyn Engine>> {
    match options.engine {
        EngineKind::Docker => Ok(Arc::new(docker(options, data, installation))),
        EngineKind::Process => {
            let supervisor = options
                .supervisor
                .clone()
                .context("--engine process needs --supervisor")?;
            tracing::warn!("workspaces are plain processes without any isolation: for tests only");
            Ok(Arc::new(LocalEngine::new(LocalConfig {
                supervisor,
                root: data.process_root(),
            })))
        }
    }
}

/// Docker with this installation's settings.
pub(crate) fn docker(
    options: &EngineOptions,
    data: &DataDir,
    installation: String,
) -> DockerEngine {
    DockerEngine::connect(DockerConfig {
        docker_host: options.docker_host.clone(),
        image: options.image.clone(),
        installation,
        container_prefix: options.container_prefix.clone(),
        sockets_root: data.sockets(),
        memory_bytes: i64::from(options.workspace_memory_mib) * 1024 * 1024,
        cpus: options.workspace_cpus,
        pids: PIDS,
        runtime: options.runtime.clone(),
        seccomp: SECCOMP.to_owned(),
        host_gid: nix::unistd::getegid().as_raw(),
    })
}
