//! A user's workspace as others see it: its state, its figures, its files.

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use jiff::Timestamp;

use crate::ids::UserId;

/// What is up with a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkspaceState {
    /// Never made, or removed.
    Absent,
    /// Being made or woken.
    Starting,
    /// Running.
    Ready,
    /// Asleep; files are kept.
    Stopped,
}

impl WorkspaceState {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Stopped => "stopped",
        }
    }
}

/// State and figures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WorkspaceStatus {
    /// Its state.
    pub state: WorkspaceState,
    /// Memory in use that could not be given back, in bytes.
    pub memory_bytes: Option<u64>,
    /// The hard limit, in bytes.
    pub memory_limit_bytes: Option<u64>,
    /// Share of one core over the last interval, 100 = one core.
    pub cpu_percent: Option<f64>,
}

/// What became of a request to a workspace, when it was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkspaceErrorKind {
    /// No such file or folder.
    NotFound,
    /// The path leads outside, is too long or has characters that no path may have.
    Path,
    /// A file where a folder is wanted, or the reverse, or something that is neither.
    WrongKind,
    /// There is something of that name already.
    Exists,
    /// The file has changed in between.
    Changed,
    /// Too large.
    TooLarge,
    /// The disk is full.
    NoSpace,
    /// The container engine does not answer.
    EngineDown,
    /// The workspace image is not there.
    ImageMissing,
    /// It did not start, or stopped in the middle.
    Unavailable,
    /// The other side of a transfer went away.
    Cut,
}

/// A request to a workspace that was not done.
#[derive(Debug, thiserror::Error)]
#[error("{operation}: {detail}")]
pub struct WorkspaceError {
    /// What follows.
    pub kind: WorkspaceErrorKind,
    /// The call.
    pub operation: &'static str,
    /// For logs.
    pub detail: String,
}

/// One row of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEntry {
    /// Name within its folder.
    pub name: String,
    /// Whether it is a folder.
    pub is_directory: bool,
    /// Bytes; 0 for folders.
    pub size: u64,
    /// Last change.
    pub modified_at: Timestamp,
}

/// A folder's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Folders first, then by name.
    pub entries: Vec<FileEntry>,
    /// Whether there are more than are listed.
    pub truncated: bool,
}

/// Bytes on their way.
pub type ByteStream = BoxStream<'static, Result<Bytes, WorkspaceError>>;

/// A file that is being read.
pub struct FileContent {
    /// Bytes of the whole file.
    pub size: u64,
    /// First byte that follows.
    pub start: u64,
    /// Number of bytes that follow.
    pub length: u64,
    /// Changes whenever the file does.
    pub etag: String,
    /// The bytes.
    pub bytes: ByteStream,
}

impl std::fmt::Debug for FileContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileContent")
            .field("size", &self.size)
            .field("start", &self.start)
            .field("length", &self.length)
            .field("etag", &self.etag)
            .finish_non_exhaustive()
    }
}

/// Inclusive first byte and optional inclusive last byte, as in an HTTP `Range`.
pub type ByteRange = (u64, Option<u64>);

/// Workspaces. Calls that need a running one start it. Paths are relative to `/workspace`, `/` between the parts.
#[async_trait]
pub trait Workspaces: Send + Sync + std::fmt::Debug {
    /// State and figures; starts nothing.
    async fn status(&self, user: UserId) -> WorkspaceStatus;

    /// Starts it where it is not running.
    async fn wake(&self, user: UserId) -> Result<(), WorkspaceError>;

    /// Wakes whenever some workspace state of the user may have changed.
    fn status_changes(&self, user: UserId) -> BoxStream<'static, ()>;

    /// A folder's content; the empty path is the root.
    async fn list(&self, user: UserId, path: &str) -> Result<Listing, WorkspaceError>;

    /// Reads a file, or a part of one.
    async fn read(
        &self,
        user: UserId,
        path: &str,
        range: Option<ByteRange>,
    ) -> Result<FileContent, WorkspaceError>;

    /// Writes a file whole, making the folders above it; nothing is seen of it until it is complete. Answers its etag.
    /// With `if_match` only over that version.
    async fn write(
        &self,
        user: UserId,
        path: &str,
        if_match: Option<&str>,
        bytes: ByteStream,
    ) -> Result<String, WorkspaceError>;

    /// Makes a folder, and those above it.
    async fn mkdir(&self, user: UserId, path: &str) -> Result<(), WorkspaceError>;

    /// Renames or moves; refuses to replace.
    async fn rename(&self, user: UserId, from: &str, to: &str) -> Result<(), WorkspaceError>;

    /// Deletes a file, or a folder with all that is in it.
    async fn remove(&self, user: UserId, path: &str) -> Result<(), WorkspaceError>;
}
