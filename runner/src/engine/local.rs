//! Workspaces without containers: the same supervisor as an ordinary process, one a user, for tests.
//!
//! Nothing is isolated and nothing limited: a user's processes run as whoever runs Berth. What is the same is the
//! life cycle: a supervisor outlives the runner that started it, also a killed one, and the next runner finds it.
//!
//! ```text
//! root/sockets/{user}/   the socket folder; its absence says that there is no workspace
//! root/users/{user}/     workspace/, home/, agents/, scratch/, supervisor.lock, supervisor.log
//! ```
//!
//! A supervisor is known by its command line, which names its socket folder: nothing has to be written down about it that
//! a runner killed at the wrong moment would not have written. What has been forked and does not have that command line
//! yet is known by the lock, which every supervisor is born with (as its standard input) and holds until it has ended:
//! nobody starts a second one meanwhile.

mod system;

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;
use berth_domain::ids::UserId;
use nix::sys::signal::Signal;
use nix::unistd::{Pid, Uid};
use sha2::{Digest as _, Sha256};
use tokio::fs;
use tokio::sync::Mutex;

use system::{signal, socket_folder, supervisors, take_lock};

use super::{
    AgentAccount, ContainerState, Engine, EngineError, EngineErrorKind, Started, Tree,
    WorkspacePaths,
};

/// How long a supervisor may take to end its processes; its own grace is 3 s.
const STOP_WITHIN: Duration = Duration::from_secs(6);

/// How long one that is on its way up or down may hold the lock without being seen: more than it may take to stop.
const SETTLED_WITHIN: Duration = Duration::from_secs(10);

/// How often we look at one on its way: it need not be our child, so that nothing tells us.
const STEP: Duration = Duration::from_millis(10);

/// Settings of a [`LocalEngine`].
#[derive(Debug, Clone)]
pub struct LocalConfig {
    /// The `berth-supervisor` binary.
    pub supervisor: PathBuf,
    /// Absolute folder of everything.
    pub root: PathBuf,
}

/// Runs supervisors as child processes.
#[derive(Debug)]
pub struct LocalEngine {
    config: LocalConfig,
    /// One verb at a time: two starts must not make two supervisors.
    verbs: Mutex<()>,
}

impl LocalEngine {
    /// An engine over what is in `config.root`, also what an earlier one left running there.
    pub fn new(config: LocalConfig) -> Self {
        Self {
            config,
            verbs: Mutex::new(()),
        }
    }

    fn sockets(&self, user: UserId) -> PathBuf {
        self.config.root.join("sockets").join(user.to_string())
    }

    fn folder(&self, user: UserId) -> PathBuf {
        self.config.root.join("users").join(user.to_string())
    }

    /// The process of this user's supervisor, if it runs.
    async fn pid(&self, user: UserId) -> Result<Option<Pid>, EngineError> {
        let mut running = supervisors().await?;
        Ok(running.remove(self.sockets(user).as_path()))
    }

    /// Waits for a supervisor that is on its way up or down. A killed one's file server holds the lock a moment longer.
    async fn settled(&self, user: UserId) -> Result<Settled, EngineError> {
        let look = async {
            loop {
                if let Some(pid) = self.pid(user).await? {
                    return Ok(Settled::Runs(pid));
                }
                let lock = take_lock(&self.folder(user).join("supervisor.lock"));
                match lock.map_err(|error| EngineError::io("lock workspace", error))? {
                    Some(lock) => return Ok(Settled::Free(lock)),
                    None => tokio::time::sleep(STEP).await,
                }
            }
        };
        tokio::time::timeout(SETTLED_WITHIN, look)
            .await
            .unwrap_or_else(|_| {
                let text = "an earlier supervisor neither works nor ends";
                Err(EngineError::new(
                    EngineErrorKind::StartFailed,
                    "lock workspace",
                    text,
                ))
            })
    }

    async fn make_folders(&self, user: UserId) -> std::io::Result<()> {
        let (sockets, folder) = (self.sockets(user), self.folder(user));
        fs::create_dir_all(&sockets).await?;
        fs::set_permissions(&sockets, std::fs::Permissions::from_mode(0o770)).await?;
        for part in ["workspace", "home", "agents", "scratch"] {
            fs::create_dir_all(folder.join(part)).await?;
        }
        Ok(())
    }

    /// Starts a supervisor in a process group of its own, so that Ctrl-C in the runner's terminal does not reach it. The
    /// lock becomes its own with its first instruction.
    fn spawn(&self, user: UserId, lock: File) -> std::io::Result<()> {
        let folder = self.folder(user);
        // Begun anew with each start, which bounds it: a supervisor writes only when it cannot go on.
        let log = File::create(folder.join("supervisor.log"))?;
        let child = tokio::process::Command::new(&self.config.supervisor)
            .arg("--sockets")
            .arg(self.sockets(user))
            .arg("--workspace")
            .arg(folder.join("workspace"))
            .args(["--forward", &self.paths(user).gateway.to_string()])
            .args(["--trust-uid", &Uid::current().to_string()])
            .current_dir("/")
            .stdin(lock)
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .kill_on_drop(false)
            .spawn()?;
        // Dropping it leaves it running; the runtime reaps it should it end before us.
        drop(child);
        Ok(())
    }

    async fn end(&self, user: UserId) -> Result<(), EngineError> {
        if !fs::try_exists(self.folder(user)).await.unwrap_or(false) {
            return Ok(());
        }
        let Settled::Runs(pid) = self.settled(user).await? else {
            return Ok(());
        };
        signal(pid, Signal::SIGTERM)?;
        let sockets = self.sockets(user);
        let gone = async {
            while socket_folder(pid.as_raw()).as_deref() == Some(&*sockets) {
                tokio::time::sleep(STEP).await;
            }
        };
        if tokio::time::timeout(STOP_WITHIN, gone).await.is_err() {
            signal(pid, Signal::SIGKILL)?;
        }
        Ok(())
    }
}

/// Whether a user has a supervisor.
enum Settled {
    Runs(Pid),
    /// Nobody has, nor will anybody before this is closed.
    Free(File),
}

#[async_trait]
impl Engine for LocalEngine {
    async fn start(&self, user: UserId) -> Result<Started, EngineError> {
        let _one = self.verbs.lock().await;
        let sockets = self.sockets(user);
        let created = !fs::try_exists(&sockets).await.unwrap_or(false);
        self.make_folders(user)
            .await
            .map_err(|error| EngineError::io("make workspace folders", error))?;
        if let Settled::Free(lock) = self.settled(user).await? {
            self.spawn(user, lock).map_err(|error| {
                if error.kind() == std::io::ErrorKind::NotFound {
                    let text = format!("{}: {error}", self.config.supervisor.display());
                    EngineError::new(EngineErrorKind::ImageMissing, "start supervisor", text)
                } else {
                    EngineError::io("start supervisor", error)
                }
            })?;
        }
        Ok(Started { sockets, created })
    }

    async fn stop(&self, user: UserId) -> Result<(), EngineError> {
        let _one = self.verbs.lock().await;
        self.end(user).await
    }

    async fn remove(&self, user: UserId) -> Result<(), EngineError> {
        let _one = self.verbs.lock().await;
        self.end(user).await?;
        match fs::remove_dir_all(self.sockets(user)).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(EngineError::io("remove socket folder", error))
            }
            _ => Ok(()),
        }
    }

    async fn state(&self, user: UserId) -> Result<ContainerState, EngineError> {
        Ok(if self.pid(user).await?.is_some() {
            ContainerState::Running
        } else if fs::try_exists(self.sockets(user)).await.unwrap_or(false) {
            ContainerState::Stopped
        } else {
            ContainerState::Absent
        })
    }

    async fn running(&self) -> Result<Vec<UserId>, EngineError> {
        let root = self.config.root.join("sockets");
        let running = supervisors().await?;
        let users = running.keys().filter_map(|sockets| {
            let name = sockets.strip_prefix(&root).ok()?;
            name.to_str()?.parse().ok()
        });
        Ok(users.collect())
    }

    async fn trees(&self, user: UserId) -> Result<Vec<Tree>, EngineError> {
        self.make_folders(user)
            .await
            .map_err(|error| EngineError::io("make workspace folders", error))?;
        let folder = self.folder(user);
        let trees = [
            ("files", "workspace"),
            ("home", "home"),
            ("agents", "agents"),
        ];
        Ok(trees
            .map(|(name, part)| Tree {
                name,
                folder: folder.join(part),
            })
            .to_vec())
    }

    fn accounts(&self) -> Option<RangeInclusive<u32>> {
        None
    }

    fn process_user(&self) -> Option<(u32, u32)> {
        None
    }

    fn agent(&self, user: UserId, number: u32) -> AgentAccount {
        let inside = |part: &str| {
            let folder = self.folder(user).join(part).join(number.to_string());
            folder.to_string_lossy().into_owned()
        };
        AgentAccount {
            user: None,
            home: inside("agents"),
            scratch: inside("scratch"),
        }
    }

    fn paths(&self, user: UserId) -> WorkspacePaths {
        let folder = self.folder(user);
        let inside = |name: &str| folder.join(name).to_string_lossy().into_owned();
        WorkspacePaths {
            workspace: inside("workspace"),
            home: inside("home"),
            gateway: loopback_of(&folder),
        }
    }
}

/// An address of this workspace's own. Containers have a loopback network each; here they share one, which has
/// 16 million addresses: picking one by the folder's name needs no port to be remembered.
fn loopback_of(folder: &Path) -> SocketAddr {
    let hash = Sha256::digest(folder.as_os_str().as_encoded_bytes());
    // Never 127.0.x.x, where the machine's own services are, nor the last network with its broadcast address.
    let second = 1 + hash[0] % 254;
    SocketAddr::from((Ipv4Addr::new(127, second, hash[1], hash[2]), 4080))
}
