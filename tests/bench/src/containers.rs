//! The engine, asked directly: what Berth is compared with, and the clearing away of what the benchmarks made.

use std::path::Path;

use anyhow::Context as _;
use bollard::Docker;
use bollard::models::{ContainerCreateBody, ContainerInspectResponse, MountType};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, InspectContainerOptions, ListContainersOptionsBuilder,
    RemoveContainerOptionsBuilder, RemoveVolumeOptions, StartContainerOptions,
};

/// The workspace image, as `berth up` chooses it.
pub(crate) const IMAGE: &str = "berth-workspace:latest";

/// A connection to the engine.
#[derive(Debug)]
pub(crate) struct Containers {
    pub(crate) docker: Docker,
}

impl Containers {
    pub(crate) async fn connect() -> anyhow::Result<Self> {
        let docker = Docker::connect_with_unix_defaults()?
            .negotiate_version()
            .await
            .context("the engine does not answer")?;
        Ok(Self { docker })
    }

    /// Makes and starts a container like the first of these that is there, of the same image and limits, with volumes of its own and
    /// `sockets` as its folder of sockets. Answers its name.
    pub(crate) async fn twin(&self, of: &[String], sockets: &Path) -> anyhow::Result<String> {
        let found = self.first(of).await?;
        let config = found.config.context("a container without settings")?;
        let mut host = found.host_config.context("a container without limits")?;
        let name = format!("bench-{}", found.name.unwrap_or_default().trim_matches('/'));
        for mount in host.mounts.iter_mut().flatten() {
            mount.source = Some(if mount.typ == Some(MountType::BIND) {
                sockets.to_string_lossy().into_owned()
            } else {
                let part = mount.target.as_deref().unwrap_or_default();
                format!("{name}{}", part.replace('/', "-"))
            });
        }
        let body = ContainerCreateBody {
            hostname: config.hostname,
            image: config.image,
            cmd: config.cmd,
            user: config.user,
            host_config: Some(host),
            ..ContainerCreateBody::default()
        };
        let options = CreateContainerOptionsBuilder::new().name(&name).build();
        self.docker.create_container(Some(options), body).await?;
        self.docker
            .start_container(&name, None::<StartContainerOptions>)
            .await?;
        Ok(name)
    }

    async fn first(&self, of: &[String]) -> anyhow::Result<ContainerInspectResponse> {
        for name in of {
            let options = None::<InspectContainerOptions>;
            if let Ok(found) = self.docker.inspect_container(name, options).await {
                return Ok(found);
            }
        }
        anyhow::bail!("none of the containers {of:?} is there")
    }

    /// Removes the containers that have their sockets below `scratch`, and their volumes.
    pub(crate) async fn remove_all(&self, scratch: &Path) -> anyhow::Result<()> {
        let options = ListContainersOptionsBuilder::new().all(true).build();
        for container in self.docker.list_containers(Some(options)).await? {
            let mounts = container.mounts.unwrap_or_default();
            let below = |source: &String| Path::new(source).starts_with(scratch);
            if !mounts
                .iter()
                .any(|mount| mount.source.as_ref().is_some_and(below))
            {
                continue;
            }
            let id = container.id.context("a container without an id")?;
            let force = RemoveContainerOptionsBuilder::new().force(true).build();
            self.docker.remove_container(&id, Some(force)).await?;
            for mount in mounts {
                if let Some(volume) = mount.name.filter(|name| !name.is_empty()) {
                    self.docker
                        .remove_volume(&volume, None::<RemoveVolumeOptions>)
                        .await?;
                }
            }
        }
        Ok(())
    }
}
