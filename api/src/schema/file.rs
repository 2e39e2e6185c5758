//! Files of a workspace.

use berth_domain::ports::workspaces::{FileEntry, Listing};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::openapi::schema::{KnownFormat, SchemaFormat, Type};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// The bytes of a file.
#[derive(Debug)]
pub(crate) enum FileBytes {}

impl PartialSchema for FileBytes {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
            .into()
    }
}

impl ToSchema for FileBytes {}

/// A folder's content.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FileListing)]
pub(crate) struct FileList {
    /// The folder; empty for the workspace's root.
    path: String,
    /// Folders first, then by name.
    entries: Vec<FileEntryView>,
    /// Whether there are more than are listed.
    truncated: bool,
}

impl FileList {
    /// The listing of `path`.
    pub(crate) fn new(path: String, listing: Listing) -> Self {
        Self {
            path,
            entries: listing.entries.into_iter().map(Into::into).collect(),
            truncated: listing.truncated,
        }
    }
}

/// One row of a folder.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FileEntry)]
pub(crate) struct FileEntryView {
    /// Name within its folder.
    name: String,
    /// What it is.
    kind: FileKind,
    /// Bytes; 0 for folders.
    size: u64,
    /// Last change.
    modified_at: Timestamp,
}

#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum FileKind {
    File,
    Directory,
}

impl From<FileEntry> for FileEntryView {
    fn from(entry: FileEntry) -> Self {
        let kind = if entry.is_directory {
            FileKind::Directory
        } else {
            FileKind::File
        };
        Self {
            name: entry.name,
            kind,
            size: entry.size,
            modified_at: entry.modified_at,
        }
    }
}
