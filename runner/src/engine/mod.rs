//! What runs workspaces: real containers, or plain processes for tests.
//!
//! The verbs are fixed and take a user id, nothing else: no caller names an image, a mount, a capability or a path
//! (`docs/adr/0004-supervisor-as-root-without-capabilities-but-three.md`). An engine starts and stops; whether the
//! supervisor inside answers is the [workspace manager's](crate::workspace) business.

pub mod docker;
pub mod local;

use std::fmt;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use async_trait::async_trait;
use berth_domain::ids::UserId;

pub use docker::{DockerConfig, DockerEngine};
pub use local::{LocalConfig, LocalEngine};

/// Starts and stops users' workspaces. Every verb may be repeated, and called by several tasks at once.
#[async_trait]
pub trait Engine: Send + Sync + fmt::Debug {
    /// Creates it where there is none and starts it where it does not run. Returns once it runs, which is before its
    /// supervisor answers.
    async fn start(&self, user: UserId) -> Result<Started, EngineError>;

    /// Ends everything that runs in it; files stay.
    async fn stop(&self, user: UserId) -> Result<(), EngineError>;

    /// Stops it and forgets it; files stay.
    async fn remove(&self, user: UserId) -> Result<(), EngineError>;

    /// What there is.
    async fn state(&self, user: UserId) -> Result<ContainerState, EngineError>;

    /// All of this installation that run.
    async fn running(&self) -> Result<Vec<UserId>, EngineError>;

    /// The folders of its files on this machine, outside of any container; made where there are none, but nothing is started. For what
    /// brings files here and keeps copies of them: it needs the right to read and write what is anybody's in there.
    async fn trees(&self, user: UserId) -> Result<Vec<Tree>, EngineError>;

    /// Accounts whose files there may be in [`trees`](Engine::trees); `None` where all are those of whoever runs Berth.
    fn accounts(&self) -> Option<RangeInclusive<u32>>;

    /// User and group for processes of the user; `None` where everything runs as the supervisor's own.
    fn process_user(&self) -> Option<(u32, u32)>;

    /// User and places for processes of one of the user's agents.
    fn agent(&self, user: UserId, number: u32) -> AgentAccount;

    /// Where things are, as seen by processes inside.
    fn paths(&self, user: UserId) -> WorkspacePaths;
}

/// A workspace that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// The folder of its sockets, on the host.
    pub sockets: PathBuf,
    /// There was none before.
    pub created: bool,
}

/// A folder of a workspace's files, on the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// What it is for; the same on every machine.
    pub name: &'static str,
    /// Where it is; absolute.
    pub folder: PathBuf,
}

/// What an engine knows about a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContainerState {
    /// Never made, or removed.
    Absent,
    /// There, without anything running.
    Stopped,
    /// Its first process runs.
    Running,
}

/// Places inside a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkspacePaths {
    /// The user's files; absolute.
    pub workspace: String,
    /// The home folder; absolute.
    pub home: String,
    /// Where the gateway is reached by processes inside.
    pub gateway: SocketAddr,
}

/// What an agent has of its own, closed to the user's other agents
/// (`docs/adr/0013-an-agent-is-a-user-of-its-own.md`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentAccount {
    /// User and group; `None` where everything runs as the supervisor's own.
    pub user: Option<(u32, u32)>,
    /// Its home, with Claude Code's sessions and packages it installed; absolute. The folder above is there.
    pub home: String,
    /// For temporary files; absolute. Gone with the container's stop. The folder above is there.
    pub scratch: String,
}

/// What kind of trouble an engine has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineErrorKind {
    /// It does not answer: worth another try once somebody has looked after it.
    EngineDown,
    /// The workspace image is not there.
    ImageMissing,
    /// It answered, and could not do it.
    StartFailed,
    /// The disk is full.
    NoSpace,
}

impl fmt::Display for EngineErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EngineDown => "the container engine does not answer",
            Self::ImageMissing => "the workspace image is missing",
            Self::StartFailed => "the container engine refused",
            Self::NoSpace => "the disk is full",
        })
    }
}

/// A verb that was not done.
#[derive(Debug, thiserror::Error)]
#[error("{operation}: {kind}")]
pub struct EngineError {
    /// Callers branch on it.
    pub kind: EngineErrorKind,
    /// The verb, or the part of it.
    pub operation: &'static str,
    /// What the engine or the operating system said.
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

impl EngineError {
    pub(crate) fn new(
        kind: EngineErrorKind,
        operation: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self {
            kind,
            operation,
            source: source.into(),
        }
    }

    /// A call to the operating system that failed.
    pub(crate) fn io(operation: &'static str, source: std::io::Error) -> Self {
        let kind = if source.kind() == std::io::ErrorKind::StorageFull {
            EngineErrorKind::NoSpace
        } else {
            EngineErrorKind::StartFailed
        };
        Self::new(kind, operation, source)
    }
}
