//! Processes: what to start, and what became of it.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The caller's name for a process: 1 to 128 of `A-Z a-z 0-9 . _ : -`, so that it can stand in a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProcessId(String);

/// A process id with other characters, or of another length.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a process id is 1 to 128 of A-Z a-z 0-9 . _ : -")]
pub struct InvalidProcessId;

impl ProcessId {
    /// Checks `id`.
    pub fn new(id: impl Into<String>) -> Result<Self, InvalidProcessId> {
        let id = id.into();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
        // A lone `.` or `..` would be taken for a path segment by some HTTP tools.
        let dots = id.bytes().all(|byte| byte == b'.');
        if id.is_empty() || id.len() > 128 || dots || !id.bytes().all(allowed) {
            return Err(InvalidProcessId);
        }
        Ok(Self(id))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ProcessId {
    type Error = InvalidProcessId;

    fn try_from(id: String) -> Result<Self, InvalidProcessId> {
        Self::new(id)
    }
}

impl From<ProcessId> for String {
    fn from(id: ProcessId) -> Self {
        id.0
    }
}

impl fmt::Display for ProcessId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Body of `POST /v1/processes`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessSpec {
    pub id: ProcessId,
    /// The program, looked up in `env`'s `PATH` when it has no slash, and its arguments.
    pub argv: Vec<String>,
    /// The whole environment: nothing is inherited.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// Absolute folder inside the container.
    pub cwd: String,
    /// Folders that are there before the program starts, made in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub folders: Vec<Folder>,
    /// User and group to run as; both or neither. Without, the supervisor's own, which it refuses when that is root's
    /// and it is PID 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gid: Option<u32>,
    /// Whether stdin is a pipe to write to; otherwise it is empty.
    #[serde(default)]
    pub stdin: bool,
    /// The first write on stdin, there when the program starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Input>,
    /// Unacknowledged bytes of stdout kept before the process is held back; 8 MiB by default, at most 64 MiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ring_bytes: Option<usize>,
    /// Of all running processes at most one may carry the same key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclusive: Option<String>,
}

impl ProcessSpec {
    /// A process with an empty environment, no stdin, in `/`.
    pub fn new(id: ProcessId, argv: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            id,
            argv: argv.into_iter().map(Into::into).collect(),
            env: BTreeMap::new(),
            cwd: "/".to_owned(),
            folders: Vec::new(),
            uid: None,
            gid: None,
            stdin: false,
            input: None,
            ring_bytes: None,
            exclusive: None,
        }
    }
}

impl fmt::Debug for ProcessSpec {
    /// Without values of the environment: they hold a run's token.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ProcessSpec")
            .field("id", &self.id)
            .field("argv", &self.argv)
            .field("env", &self.env.keys())
            .field("cwd", &self.cwd)
            .field("folders", &self.folders)
            .field("uid", &self.uid)
            .field("gid", &self.gid)
            .field("exclusive", &self.exclusive)
            .finish_non_exhaustive()
    }
}

/// A write on stdin that comes with the start: one request instead of two.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// As of any other write: it is written once.
    pub key: String,
    pub text: String,
}

impl fmt::Debug for Input {
    /// Without the text: it is somebody's message.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Input")
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// A folder a process needs. The one above it must be there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    /// Absolute, inside the container.
    pub path: String,
    pub access: FolderAccess,
}

/// For whom a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FolderAccess {
    /// The process's group may do there what its user may. One that exists is taken, whoever made it.
    Shared,
    /// The process's user alone: one of another user is refused, one that is open to others is closed.
    Private,
}

impl Folder {
    pub fn shared(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            access: FolderAccess::Shared,
        }
    }

    pub fn private(path: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            access: FolderAccess::Private,
        }
    }
}

/// Whether a process's main program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProcessState {
    Running,
    Exited,
}

/// Which bytes of stdout exist, counted from the first the process ever wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StdoutState {
    /// The oldest byte that can still be read; everything before is acknowledged.
    pub first: u64,
    /// The number the next byte will have.
    pub next: u64,
    /// No more bytes will come: every holder of the pipe has closed it.
    pub closed: bool,
}

/// A process as the supervisor sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    pub id: ProcessId,
    /// Of the main program, in the container's numbering; also its process group.
    pub pid: i32,
    pub state: ProcessState,
    /// The status it exited with; absent while it runs and when a signal ended it.
    pub exit_code: Option<i32>,
    /// The number of the signal that ended it.
    pub signal: Option<i32>,
    pub stdout: StdoutState,
    /// The last 64 KiB of stderr, invalid UTF-8 replaced.
    pub stderr_tail: String,
    pub stdin_open: bool,
    /// What became of [`ProcessSpec::input`], in the answer to that start. Absent as well where it was not taken, because stdin
    /// is closed or the supervisor does not know it yet: it can be written by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<StdinAccepted>,
    pub exclusive: Option<String>,
    /// When it was started, milliseconds since the epoch, by the container's clock.
    pub started_ms: u64,
    /// Whether the main program or anything it left behind is alive.
    pub tree_alive: bool,
}

impl Process {
    pub fn is_running(&self) -> bool {
        self.state == ProcessState::Running
    }
}

/// Answer to `POST /v1/processes`: 201 when it was started, 200 when a process of that id existed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    pub created: bool,
    pub process: Process,
}

/// Answer to `GET /v1/processes`, in the order they were started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessList {
    pub processes: Vec<Process>,
}

/// Answer to a write on stdin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StdinAccepted {
    /// The key was seen before; nothing was written, the offset is the first answer's.
    pub repeated: bool,
    /// The number of the next byte of stdout when the write was accepted: what the process answers comes at or after it.
    pub stdout_offset: u64,
}

/// Signals a caller may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Signal {
    Int,
    Term,
    Kill,
}

/// Who gets a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignalTarget {
    /// The main program's process group.
    Group,
    /// Everything it ever started, also in groups and sessions of their own. `KILL` answers once nothing is left.
    Tree,
}

/// Body of `POST /v1/processes/{id}/signal`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignalRequest {
    pub signal: Signal,
    pub to: SignalTarget,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_could_leave_a_path_segment_are_refused() {
        for bad in ["", ".", "..", "a/b", "a b", "a?b", "é", &"x".repeat(129)] {
            assert_eq!(ProcessId::new(bad), Err(InvalidProcessId), "{bad:?}");
        }
        assert!(ProcessId::new("cli:conv-1.2_3").is_ok());
    }

    #[test]
    fn debug_shows_no_values_of_the_environment() {
        let mut spec = ProcessSpec::new(ProcessId::new("p").expect("an id"), ["true"]);
        spec.env.insert("TOKEN".into(), "secret".into());
        let shown = format!("{spec:?}");
        assert!(shown.contains("TOKEN") && !shown.contains("secret"));
    }
}
