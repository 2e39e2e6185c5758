//! Words and shapes that both sides share.

use berth_domain::ports::workspaces::{
    FileEntry, Listing, WorkspaceError, WorkspaceErrorKind, WorkspaceState, WorkspaceStatus,
};
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Bytes of the whole file, and the first that follows; the number of those that follow is the content length.
pub(crate) const FILE_SIZE: &str = "berth-file-size";
pub(crate) const FILE_START: &str = "berth-file-start";

/// The workspace lives on another runner.
pub(crate) const ELSEWHERE: StatusCode = StatusCode::MISDIRECTED_REQUEST;
/// A workspace's answer that is an error.
pub(crate) const FAILED: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StatusBody {
    pub state: String,
    pub memory_bytes: Option<u64>,
    pub memory_limit_bytes: Option<u64>,
    pub cpu_percent: Option<f64>,
}

impl From<WorkspaceStatus> for StatusBody {
    fn from(status: WorkspaceStatus) -> Self {
        Self {
            state: status.state.as_str().to_owned(),
            memory_bytes: status.memory_bytes,
            memory_limit_bytes: status.memory_limit_bytes,
            cpu_percent: status.cpu_percent,
        }
    }
}

impl StatusBody {
    pub(crate) fn into_domain(self) -> Option<WorkspaceStatus> {
        Some(WorkspaceStatus {
            state: state(&self.state)?,
            memory_bytes: self.memory_bytes,
            memory_limit_bytes: self.memory_limit_bytes,
            cpu_percent: self.cpu_percent,
        })
    }
}

fn state(word: &str) -> Option<WorkspaceState> {
    [
        WorkspaceState::Absent,
        WorkspaceState::Starting,
        WorkspaceState::Ready,
        WorkspaceState::Stopped,
    ]
    .into_iter()
    .find(|state| state.as_str() == word)
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ListingBody {
    entries: Vec<EntryBody>,
    truncated: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct EntryBody {
    name: String,
    is_directory: bool,
    size: u64,
    modified_at: Timestamp,
}

impl From<Listing> for ListingBody {
    fn from(listing: Listing) -> Self {
        let entry = |entry: FileEntry| EntryBody {
            name: entry.name,
            is_directory: entry.is_directory,
            size: entry.size,
            modified_at: entry.modified_at,
        };
        Self {
            entries: listing.entries.into_iter().map(entry).collect(),
            truncated: listing.truncated,
        }
    }
}

impl From<ListingBody> for Listing {
    fn from(body: ListingBody) -> Self {
        let entry = |entry: EntryBody| FileEntry {
            name: entry.name,
            is_directory: entry.is_directory,
            size: entry.size,
            modified_at: entry.modified_at,
        };
        Self {
            entries: body.entries.into_iter().map(entry).collect(),
            truncated: body.truncated,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ErrorBody {
    pub kind: String,
    pub detail: String,
}

impl From<WorkspaceError> for ErrorBody {
    fn from(error: WorkspaceError) -> Self {
        Self {
            kind: kind_word(error.kind).to_owned(),
            detail: error.to_string(),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Written {
    pub etag: String,
}

const KINDS: [(WorkspaceErrorKind, &str); 11] = [
    (WorkspaceErrorKind::NotFound, "not_found"),
    (WorkspaceErrorKind::Path, "path"),
    (WorkspaceErrorKind::WrongKind, "wrong_kind"),
    (WorkspaceErrorKind::Exists, "exists"),
    (WorkspaceErrorKind::Changed, "changed"),
    (WorkspaceErrorKind::TooLarge, "too_large"),
    (WorkspaceErrorKind::NoSpace, "no_space"),
    (WorkspaceErrorKind::EngineDown, "engine_down"),
    (WorkspaceErrorKind::ImageMissing, "image_missing"),
    (WorkspaceErrorKind::Unavailable, "unavailable"),
    (WorkspaceErrorKind::Cut, "cut"),
];

fn kind_word(kind: WorkspaceErrorKind) -> &'static str {
    let found = KINDS.iter().find(|(known, _)| *known == kind);
    found.map_or("unavailable", |(_, word)| word)
}

/// The kind of a word; one that a later version says is a workspace that does not answer as expected.
pub(crate) fn kind(word: &str) -> WorkspaceErrorKind {
    let found = KINDS.iter().find(|(_, known)| *known == word);
    found.map_or(WorkspaceErrorKind::Unavailable, |(kind, _)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_word_of_its_own() {
        for (known, word) in KINDS {
            assert_eq!(kind_word(known), word);
            assert_eq!(kind(word), known);
        }
        assert_eq!(kind("of tomorrow"), WorkspaceErrorKind::Unavailable);
    }
}
