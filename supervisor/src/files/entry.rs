//! Entries of folders.

use std::os::fd::OwnedFd;

use berth_supervisor_protocol::files::{Entry, EntryKind, Listing};
use nix::dir::{Dir, Entry as RawEntry};
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::stat::{FileStat, SFlag, fstat};

use super::root::{Relative, Root};
use crate::answer::Refusal;

/// Entries a listing holds.
const MAX_ENTRIES: usize = 10_000;

/// What a folder holds: folders first, each by name without regard to case.
pub(super) fn list(root: &Root, path: &Relative) -> Result<Listing, Refusal> {
    let mut entries = Vec::new();
    let mut truncated = false;
    for raw in read_folder(root, path)? {
        if entries.len() == MAX_ENTRIES {
            truncated = true;
            break;
        }
        let path = path.join(&name_of(&raw?));
        // What vanished in between is not there.
        if let Some(entry) = describe(root, &path) {
            entries.push(entry);
        }
    }
    entries.sort_by_cached_key(|entry| {
        (
            entry.kind != EntryKind::Directory,
            entry.name.to_lowercase(),
            entry.name.clone(),
        )
    });
    Ok(Listing { entries, truncated })
}

/// The entries of a folder as the kernel gives them, without `.` and `..`.
pub(super) fn read_folder(
    root: &Root,
    path: &Relative,
) -> Result<impl Iterator<Item = Result<RawEntry, Errno>> + use<>, Errno> {
    let folder = root.open_at(path, OFlag::O_RDONLY | OFlag::O_DIRECTORY)?;
    let entries = Dir::from_fd(folder)?.into_iter();
    Ok(entries.filter(|entry| {
        !entry
            .as_ref()
            .is_ok_and(|entry| matches!(entry.file_name().to_bytes(), b"." | b".."))
    }))
}

pub(super) fn name_of(entry: &RawEntry) -> String {
    entry.file_name().to_string_lossy().into_owned()
}

/// What is at `path`; `None` when nothing is. A link that cannot be followed inside the workspace is `other`.
fn describe(root: &Root, path: &Relative) -> Option<Entry> {
    match root.open_at(path, OFlag::O_PATH).and_then(fstat) {
        Ok(stat) => Some(entry(path, &stat)),
        Err(Errno::ENOENT) => match root.open_at(path, OFlag::O_PATH | OFlag::O_NOFOLLOW) {
            Ok(_) => Some(unopenable(path)),
            Err(_) => None,
        },
        Err(_) => Some(unopenable(path)),
    }
}

/// The entry of an opened file or folder.
pub(super) fn of_open(path: &Relative, file: &OwnedFd) -> Result<Entry, Errno> {
    Ok(entry(path, &fstat(file)?))
}

pub(super) fn entry(path: &Relative, stat: &FileStat) -> Entry {
    let kind = kind(stat);
    Entry {
        name: path.name().to_owned(),
        path: path.as_str().to_owned(),
        kind,
        size: if kind == EntryKind::File {
            u64::try_from(stat.st_size).unwrap_or(0)
        } else {
            0
        },
        modified_ms: millis(stat.st_mtime, stat.st_mtime_nsec),
    }
}

fn unopenable(path: &Relative) -> Entry {
    Entry {
        name: path.name().to_owned(),
        path: path.as_str().to_owned(),
        kind: EntryKind::Other,
        size: 0,
        modified_ms: 0,
    }
}

pub(super) fn kind(stat: &FileStat) -> EntryKind {
    match SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT {
        SFlag::S_IFDIR => EntryKind::Directory,
        SFlag::S_IFREG => EntryKind::File,
        _ => EntryKind::Other,
    }
}

/// Milliseconds since the epoch; 0 for times before it.
pub(super) fn millis(seconds: i64, nanos: i64) -> u64 {
    u64::try_from(
        seconds
            .saturating_mul(1000)
            .saturating_add(nanos / 1_000_000),
    )
    .unwrap_or(0)
}

/// Changes whenever the content does, as far as the file system's clock can tell.
pub(super) fn etag(stat: &FileStat) -> String {
    format!(
        "\"{}.{:09}-{}\"",
        stat.st_mtime, stat.st_mtime_nsec, stat.st_size
    )
}
