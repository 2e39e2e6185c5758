//! Workspaces without containers: the same supervisor as an ordinary process, one a user, for tests.
//!
//! Nothing is isolated and nothing limited: a user's processes run as whoever runs Berth. What is the same is the
//! life cycle: a supervisor outlives the runner that started it, also a killed one, and is found again by its pid
//! file.
//!
//! ```text
//! root/sockets/{user}/   the socket folder; its absence says that there is no workspace
//! root/users/{user}/     workspace/, home/, agents/, scratch/, supervisor.pid, supervisor.log
//! ```

use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use async_trait::async_trait;
use berth_domain::ids::UserId;
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid};
use sha2::{Digest as _, Sha256};
use tokio::fs;
use tokio::sync::Mutex;

use super::{
    AgentAccount, ContainerState, Engine, EngineError, EngineErrorKind, Started, WorkspacePaths,
};

/// How long a supervisor may take to end its processes; its own grace is 3 s.
const STOP_WITHIN: Duration = Duration::from_secs(6);

/// How often we look whether it has ended: it need not be our child, so that nothing tells us.
const STOP_STEP: Duration = Duration::from_millis(10);

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

    fn pid_file(&self, user: UserId) -> PathBuf {
        self.folder(user).join("supervisor.pid")
    }

    /// The process of this user's supervisor, if it runs.
    async fn pid(&self, user: UserId) -> Option<Pid> {
        let text = fs::read_to_string(self.pid_file(user)).await.ok()?;
        let pid: i32 = text.trim().parse().ok()?;
        is_supervisor(pid, &self.sockets(user))
            .await
            .then_some(Pid::from_raw(pid))
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

    /// Starts a supervisor in a process group of its own, so that Ctrl-C in the runner's terminal does not reach it.
    async fn spawn(&self, user: UserId) -> std::io::Result<()> {
        let folder = self.folder(user);
        // Begun anew with each start, which bounds it: a supervisor writes only when it cannot go on.
        let log = std::fs::File::create(folder.join("supervisor.log"))?;
        let child = tokio::process::Command::new(&self.config.supervisor)
            .arg("--sockets")
            .arg(self.sockets(user))
            .arg("--workspace")
            .arg(folder.join("workspace"))
            .args(["--forward", &self.paths(user).gateway.to_string()])
            .args(["--trust-uid", &Uid::current().to_string()])
            .current_dir("/")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .kill_on_drop(false)
            .spawn()?;
        let pid = child
            .id()
            .ok_or_else(|| std::io::Error::other("it ended at once"))?;
        // Beside and renamed: a runner killed here must not leave half a number.
        let fresh = folder.join("supervisor.pid.new");
        fs::write(&fresh, pid.to_string()).await?;
        fs::rename(fresh, self.pid_file(user)).await
        // Dropping `child` leaves it running; the runtime reaps it should it end before us.
    }

    async fn end(&self, user: UserId) -> Result<(), EngineError> {
        let Some(pid) = self.pid(user).await else {
            return Ok(());
        };
        signal(pid, Signal::SIGTERM)?;
        let gone = async {
            while self.pid(user).await.is_some() {
                tokio::time::sleep(STOP_STEP).await;
            }
        };
        if tokio::time::timeout(STOP_WITHIN, gone).await.is_err() {
            signal(pid, Signal::SIGKILL)?;
        }
        Ok(())
    }
}

#[async_trait]
impl Engine for LocalEngine {
    async fn start(&self, user: UserId) -> Result<Started, EngineError> {
        let _one = self.verbs.lock().await;
        let sockets = self.sockets(user);
        let created = !fs::try_exists(&sockets).await.unwrap_or(false);
        if self.pid(user).await.is_none() {
            self.make_folders(user)
                .await
                .map_err(|error| EngineError::io("make workspace folders", error))?;
            self.spawn(user).await.map_err(|error| {
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
        Ok(if self.pid(user).await.is_some() {
            ContainerState::Running
        } else if fs::try_exists(self.sockets(user)).await.unwrap_or(false) {
            ContainerState::Stopped
        } else {
            ContainerState::Absent
        })
    }

    async fn running(&self) -> Result<Vec<UserId>, EngineError> {
        let failed = |error| EngineError::io("list workspaces", error);
        let mut entries = match fs::read_dir(self.config.root.join("sockets")).await {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut users = Vec::new();
        while let Some(entry) = entries.next_entry().await.map_err(failed)? {
            let user = entry
                .file_name()
                .to_str()
                .and_then(|name| name.parse().ok());
            if let Some(user) = user
                && self.pid(user).await.is_some()
            {
                users.push(user);
            }
        }
        Ok(users)
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

/// Whether `pid` is the supervisor of `sockets`: the number may be somebody else's by now. A zombie has no command line.
async fn is_supervisor(pid: i32, sockets: &Path) -> bool {
    let Ok(line) = fs::read(format!("/proc/{pid}/cmdline")).await else {
        return false;
    };
    let sockets = sockets.as_os_str().as_encoded_bytes();
    line.split(|byte| *byte == 0)
        .any(|argument| argument == sockets)
}

fn signal(pid: Pid, signal: Signal) -> Result<(), EngineError> {
    match kill(pid, signal) {
        // Gone already is what we want.
        Ok(()) | Err(Errno::ESRCH) => Ok(()),
        Err(error) => Err(EngineError::io("signal supervisor", error.into())),
    }
}
