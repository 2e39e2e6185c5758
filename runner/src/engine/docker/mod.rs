//! Workspaces in containers of a local Docker engine.
//!
//! Docker is asked only when a workspace starts, stops or is looked for, never while one is used. Whoever else works
//! on the same containers (an operator, a runner that crashed in the middle) is expected: each step looks at what is
//! there instead of trusting the step before.

mod error;
mod look;
mod spec;

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use berth_domain::ids::UserId;
use bollard::models::{ContainerCreateBody, ContainerInspectResponse};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, InspectContainerOptions, ListContainersOptionsBuilder,
    RemoveContainerOptionsBuilder, StartContainerOptions, StopContainerOptionsBuilder,
};
use bollard::{API_DEFAULT_VERSION, Docker};
use tokio::sync::OnceCell;

use self::error::{DockerError, is_status};
use super::{
    AgentAccount, ContainerState, Engine, EngineError, EngineErrorKind, Started, Tree,
    WorkspacePaths,
};

/// The user's files, inside.
const WORKSPACE: &str = "/workspace";
/// The user's home, inside.
const HOME: &str = "/home/claude";
/// Homes of agents, inside: root's, so that no process can put another's in the place of one.
const AGENT_HOMES: &str = "/home/agents";
/// The same for their temporary files. The supervisor makes it.
const AGENT_SCRATCH: &str = "/tmp/agents";
/// The user in the image. All processes have their group: files in the workspace are shared through it.
const PROCESS_USER: (u32, u32) = (1000, 1000);
/// An agent's uid is this and its number. The image has names for the first thousand.
const AGENT_UID_BASE: u32 = 10_000;
/// The last account that files in a volume may be of: far beyond the agents one user has, far below the host's own ranges.
const LAST_ACCOUNT: u32 = 65_533;
/// What is kept of a workspace, by its name outside and its place inside.
const TREES: [(&str, &str); 3] = [
    ("files", WORKSPACE),
    ("home", HOME),
    ("agents", AGENT_HOMES),
];

/// For each call to Docker, in seconds. A start under load takes some.
const CALL_SECONDS: u64 = 30;
const DEFAULT_HOST: &str = "unix:///var/run/docker.sock";

/// How often a start looks again while somebody else is at the same container. Docker takes a name before it shows the
/// container, which needs its volumes first, and gives it back after removing one: both can take seconds under load.
const LOOKS: usize = 100;
const LOOK_PAUSE: Duration = Duration::from_millis(100);

/// Settings of a [`DockerEngine`].
#[derive(Debug, Clone)]
pub struct DockerConfig {
    /// `unix:///path` or `tcp://host:port`; the usual local socket without.
    pub docker_host: Option<String>,
    /// Name or digest of the workspace image. It is never pulled.
    pub image: String,
    /// Name of this installation: engines with different ones do not see each other's containers.
    pub installation: String,
    /// What the names of containers and volumes begin with. Where several runners share an engine, each has another.
    pub container_prefix: String,
    /// Absolute folder for the socket folders, on the machine of the engine.
    pub sockets_root: PathBuf,
    /// Memory of a workspace, in bytes; there is no swap.
    pub memory_bytes: i64,
    /// Processors of a workspace.
    pub cpus: f64,
    /// Processes and threads of a workspace.
    pub pids: i64,
    /// Another OCI runtime, such as `runsc`.
    pub runtime: Option<String>,
    /// The system call filter, the text of a profile in JSON.
    pub seccomp: String,
    /// Group shared by this process and the supervisors: what makes the sockets usable from both sides.
    pub host_gid: u32,
}

impl DockerConfig {
    fn sockets(&self, user: UserId) -> PathBuf {
        self.sockets_root.join(user.to_string())
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "a number of processors times 10^9 is far inside i64"
    )]
    fn nano_cpus(&self) -> i64 {
        (self.cpus * 1e9).round() as i64
    }
}

/// Runs containers.
#[derive(Debug)]
pub struct DockerEngine {
    config: DockerConfig,
    /// Made when first needed: an engine that is down now may be up when somebody wants a workspace.
    docker: OnceCell<Docker>,
}

impl DockerEngine {
    /// An engine with these settings. Nothing is asked of Docker yet.
    pub fn connect(config: DockerConfig) -> Self {
        Self {
            config,
            docker: OnceCell::new(),
        }
    }

    async fn docker(&self) -> Result<&Docker, EngineError> {
        let failed =
            |error| EngineError::new(EngineErrorKind::EngineDown, "connect", DockerError(error));
        let connect = async || {
            let host = self.config.docker_host.as_deref().unwrap_or(DEFAULT_HOST);
            let docker = if host.starts_with("tcp://") {
                Docker::connect_with_http(host, CALL_SECONDS, API_DEFAULT_VERSION)
            } else {
                Docker::connect_with_unix(host, CALL_SECONDS, API_DEFAULT_VERSION)
            };
            // Engines refuse clients that are newer than they are, or much older.
            docker?.negotiate_version().await
        };
        self.docker.get_or_try_init(connect).await.map_err(failed)
    }

    async fn inspect(&self, user: UserId) -> Result<Option<ContainerInspectResponse>, EngineError> {
        let docker = self.docker().await?;
        match docker
            .inspect_container(
                &spec::name(&self.config, user),
                None::<InspectContainerOptions>,
            )
            .await
        {
            Ok(found) => Ok(Some(found)),
            Err(error) if is_status(&error, 404) => Ok(None),
            Err(error) => Err(error::map("inspect container", error)),
        }
    }

    /// The container as it should be now.
    async fn wanted(&self, user: UserId) -> Result<ContainerCreateBody, EngineError> {
        let image = &self.config.image;
        let found = self.docker().await?.inspect_image(image).await;
        let id = found.map_err(|error| {
            if is_status(&error, 404) {
                let text = format!("image {image}: {error}");
                EngineError::new(EngineErrorKind::ImageMissing, "find image", text)
            } else {
                error::map("find image", error)
            }
        })?;
        let id = id.id.unwrap_or_else(|| image.clone());
        Ok(spec::container(&self.config, &id, user))
    }

    /// Creates the container; `false` when somebody else was first.
    async fn create(&self, user: UserId, body: ContainerCreateBody) -> Result<bool, EngineError> {
        let name = spec::name(&self.config, user);
        let options = CreateContainerOptionsBuilder::new().name(&name).build();
        match self
            .docker()
            .await?
            .create_container(Some(options), body)
            .await
        {
            Ok(_) => Ok(true),
            Err(error) if is_status(&error, 409) => Ok(false),
            // Docker may report a failure and have made it all the same.
            Err(error) => match self.inspect(user).await {
                Ok(Some(_)) => Ok(true),
                _ => Err(error::map("create container", error)),
            },
        }
    }

    /// Starts a stopped container; `false` when it has gone in between.
    async fn start_existing(&self, user: UserId) -> Result<bool, EngineError> {
        let name = spec::name(&self.config, user);
        let docker = self.docker().await?;
        match docker
            .start_container(&name, None::<StartContainerOptions>)
            .await
        {
            Ok(()) => Ok(true),
            Err(error) if is_status(&error, 304) => Ok(true),
            // The name in the message tells this 404 from that of a missing runtime or mount.
            Err(error) if is_status(&error, 404) && self.inspect(user).await?.is_none() => {
                Ok(false)
            }
            Err(error) => Err(error::map("start container", error)),
        }
    }

    async fn remove_container(&self, user: UserId) -> Result<(), EngineError> {
        let options = RemoveContainerOptionsBuilder::new().force(true).build();
        let docker = self.docker().await?;
        match docker
            .remove_container(&spec::name(&self.config, user), Some(options))
            .await
        {
            Ok(()) => Ok(()),
            // Gone, or being removed by somebody else.
            Err(error) if is_status(&error, 404) || is_status(&error, 409) => Ok(()),
            Err(error) => Err(error::map("remove container", error)),
        }
    }

    /// One look at what is there and one step towards a running container; `None` when another look is needed.
    async fn step(&self, user: UserId, created: &mut bool) -> Result<Option<()>, EngineError> {
        let Some(found) = self.inspect(user).await? else {
            let body = self.wanted(user).await?;
            *created |= self.create(user, body).await?;
            return Ok(self.start_existing(user).await?.then_some(()));
        };
        let state = found.state.unwrap_or_default();
        if state.paused == Some(true) {
            let unpaused = self
                .docker()
                .await?
                .unpause_container(&spec::name(&self.config, user))
                .await;
            return unpaused
                .map(Some)
                .map_err(|error| error::map("unpause container", error));
        }
        if state.running == Some(true) {
            return Ok(Some(()));
        }
        let labels = found
            .config
            .and_then(|config| config.labels)
            .unwrap_or_default();
        let wanted = self.wanted(user).await?;
        if state.dead == Some(true) || labels.get(spec::SPEC) != spec::spec_of(&wanted) {
            tracing::info!(user.id = %user, "making workspace container anew: image or limits have changed");
            self.remove_container(user).await?;
            return Ok(None);
        }
        Ok(self.start_existing(user).await?.then_some(()))
    }
}

#[async_trait]
impl Engine for DockerEngine {
    async fn start(&self, user: UserId) -> Result<Started, EngineError> {
        let sockets = self.config.sockets(user);
        make_socket_folder(&sockets, self.config.host_gid)
            .map_err(|error| EngineError::io("make socket folder", error))?;
        let mut created = false;
        for _ in 0..LOOKS {
            if self.step(user, &mut created).await?.is_some() {
                return Ok(Started { sockets, created });
            }
            tokio::time::sleep(LOOK_PAUSE).await;
        }
        let text = "somebody else keeps changing the container";
        Err(EngineError::new(
            EngineErrorKind::StartFailed,
            "start container",
            text,
        ))
    }

    async fn stop(&self, user: UserId) -> Result<(), EngineError> {
        let options = StopContainerOptionsBuilder::new()
            .t(spec::STOP_SECONDS)
            .build();
        let docker = self.docker().await?;
        match docker
            .stop_container(&spec::name(&self.config, user), Some(options))
            .await
        {
            Ok(()) => Ok(()),
            Err(error) if is_status(&error, 304) || is_status(&error, 404) => Ok(()),
            Err(error) => Err(error::map("stop container", error)),
        }
    }

    async fn remove(&self, user: UserId) -> Result<(), EngineError> {
        self.stop(user).await?;
        self.remove_container(user).await
    }

    async fn state(&self, user: UserId) -> Result<ContainerState, EngineError> {
        let Some(found) = self.inspect(user).await? else {
            return Ok(ContainerState::Absent);
        };
        let running = found.state.and_then(|state| state.running) == Some(true);
        Ok(if running {
            ContainerState::Running
        } else {
            ContainerState::Stopped
        })
    }

    async fn running(&self) -> Result<Vec<UserId>, EngineError> {
        let ours = format!("{}={}", spec::INSTALLATION, self.config.installation);
        let filters = HashMap::from([("label", vec![ours])]);
        let options = ListContainersOptionsBuilder::new()
            .filters(&filters)
            .build();
        let listed = self.docker().await?.list_containers(Some(options)).await;
        let listed = listed.map_err(|error| error::map("list containers", error))?;
        let user_of = |labels: HashMap<String, String>| labels.get(spec::USER)?.parse().ok();
        Ok(listed
            .into_iter()
            .filter_map(|container| container.labels.and_then(user_of))
            .collect())
    }

    async fn trees(&self, user: UserId) -> Result<Vec<Tree>, EngineError> {
        // A container is what makes the volumes, with the owners that the image says.
        let mut found = self.inspect(user).await?;
        if found.is_none() {
            make_socket_folder(&self.config.sockets(user), self.config.host_gid)
                .map_err(|error| EngineError::io("make socket folder", error))?;
            let body = self.wanted(user).await?;
            self.create(user, body).await?;
            found = self.inspect(user).await?;
        }
        let found = found.unwrap_or_default();
        let mounts = found.mounts.unwrap_or_default();
        let folder_of = |(name, place): (&'static str, &str)| {
            let mount = mounts
                .iter()
                .find(|mount| mount.destination.as_deref() == Some(place));
            let folder = mount.and_then(|mount| mount.source.clone());
            let text = format!("the container has no volume at {place}");
            let folder = folder.ok_or_else(|| {
                EngineError::new(EngineErrorKind::StartFailed, "find volumes", text)
            })?;
            Ok(Tree {
                name,
                folder: folder.into(),
            })
        };
        TREES.into_iter().map(folder_of).collect()
    }

    fn accounts(&self) -> Option<RangeInclusive<u32>> {
        Some(0..=LAST_ACCOUNT)
    }

    fn process_user(&self) -> Option<(u32, u32)> {
        Some(PROCESS_USER)
    }

    fn agent(&self, _user: UserId, number: u32) -> AgentAccount {
        let (_, gid) = PROCESS_USER;
        AgentAccount {
            // Numbers count one user's agents, so that this stays far from the end.
            user: Some((AGENT_UID_BASE.saturating_add(number), gid)),
            home: format!("{AGENT_HOMES}/{number}"),
            scratch: format!("{AGENT_SCRATCH}/{number}"),
        }
    }

    fn paths(&self, _user: UserId) -> WorkspacePaths {
        WorkspacePaths {
            workspace: WORKSPACE.to_owned(),
            home: HOME.to_owned(),
            gateway: SocketAddr::from((Ipv4Addr::LOCALHOST, 4080)),
        }
    }
}

/// A folder for us and the supervisor, nobody else.
fn make_socket_folder(sockets: &Path, gid: u32) -> std::io::Result<()> {
    std::fs::create_dir_all(sockets)?;
    // Set apart from making it: the process's umask must not decide.
    std::fs::set_permissions(sockets, std::fs::Permissions::from_mode(0o770))?;
    chown(sockets, None, Some(gid))
}
