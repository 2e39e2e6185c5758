//! The user's files. Paths are relative to the workspace and use `/`.

use serde::{Deserialize, Serialize};

/// What a name stands for; symbolic links count as what they lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    Directory,
    File,
    /// A pipe, a socket, a device, or a link that leads nowhere or outside: it cannot be opened.
    Other,
}

/// One file or folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Last part of the path, invalid UTF-8 replaced.
    pub name: String,
    /// Relative to the workspace.
    pub path: String,
    pub kind: EntryKind,
    /// In bytes; 0 for folders.
    pub size: u64,
    /// Milliseconds since the epoch.
    pub modified_ms: u64,
}

/// Answer to `GET /v1/files`: folders first, each by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    pub entries: Vec<Entry>,
    /// There are more than the listing holds.
    pub truncated: bool,
}

/// Answer to `GET /v1/files/changed`: newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    pub entries: Vec<Entry>,
    /// A bound was met: there may be more.
    pub truncated: bool,
}

/// What was written, and its tag for a later `If-Match`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    pub entry: Entry,
    pub etag: String,
}
