//! Reads a tree whose owner is at work in it and may wish us ill.
//!
//! Everything is opened below the folder it was found in, and no link is ever followed: a folder that becomes a link to the host's files while
//! we read leads nowhere. Pipes, sockets and devices are left out, and opening one does not hang.

use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat, readlinkat};
use nix::sys::stat::{FileStat, Mode, SFlag, fstat, fstatat};

use crate::SnapshotError;
use crate::error::io_at;
use crate::limits::{DEPTH, Limits, PIECE};
use crate::manifest::{Entry, Manifest, Node, Piece, kept_mode};
use crate::name::encode;
use crate::pack::{NobodyStores, Packer};
use crate::sum::Sum;

/// A file that changed so shortly before a snapshot was begun may have changed again within the same tick of the file system's clock.
const RACY: i64 = 2_000_000_000;
/// Nanoseconds in a second.
const SECOND: i64 = 1_000_000_000;

/// Why a walk ended early.
#[derive(Debug)]
pub(crate) enum WalkError {
    Snapshot(SnapshotError),
    /// Whoever stores packs knows why.
    NobodyStores,
}

impl From<SnapshotError> for WalkError {
    fn from(error: SnapshotError) -> Self {
        Self::Snapshot(error)
    }
}

impl From<NobodyStores> for WalkError {
    fn from(_: NobodyStores) -> Self {
        Self::NobodyStores
    }
}

/// What a walk has found.
#[derive(Debug)]
pub(crate) struct Walk<'a> {
    /// The snapshot before, and its entries by path; files that are as they were there are not read.
    base: &'a Manifest,
    before: HashMap<&'a str, &'a Entry>,
    /// Packs of it that are worth keeping, and the pieces in them.
    worth: Vec<bool>,
    stored: HashMap<Sum, &'a Piece>,
    limits: Limits,
    root: PathBuf,
    pub(crate) packer: Packer,
    pub(crate) entries: Vec<Entry>,
    pub(crate) bytes: u64,
    /// Things that are no files, folders or links, or could not be opened any more.
    pub(crate) left_out: u64,
}

impl<'a> Walk<'a> {
    pub(crate) fn new(root: &Path, base: &'a Manifest, limits: Limits, packer: Packer) -> Self {
        let worth = worth(base);
        let pieces = base.entries.iter().flat_map(|entry| match &entry.node {
            Node::File { pieces, .. } => pieces.as_slice(),
            _ => &[],
        });
        let stored = pieces.filter(|piece| worth[piece.pack]);
        Self {
            base,
            stored: stored.map(|piece| (piece.sum, piece)).collect(),
            before: base.entries.iter().map(|e| (e.path.as_str(), e)).collect(),
            worth,
            limits,
            root: root.to_owned(),
            packer,
            entries: Vec::new(),
            bytes: 0,
            left_out: 0,
        }
    }

    pub(crate) fn run(&mut self) -> Result<(), WalkError> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let root = nix::fcntl::open(&self.root, flags, Mode::empty())
            .map_err(|e| self.failed("cannot read", &[], e))?;
        self.folder(&root, &[], 1)
    }

    fn folder(&mut self, folder: &OwnedFd, path: &[u8], depth: usize) -> Result<(), WalkError> {
        if depth > DEPTH {
            return Err(SnapshotError::TooLarge("folders in folders").into());
        }
        let names = folder
            .try_clone()
            .map_err(|e| Errno::from_raw(e.raw_os_error().unwrap_or(0)))
            .and_then(names)
            .map_err(|e| self.failed("cannot read", path, e))?;
        for name in names {
            let mut inner = path.to_vec();
            if !inner.is_empty() {
                inner.push(b'/');
            }
            inner.extend_from_slice(name.as_bytes());
            match self.entry(folder, &name, &inner, depth) {
                // It has gone, or has become something else, since it was listed; or not even we may read it.
                Err(WalkError::Snapshot(SnapshotError::Io { source, .. }))
                    if is_passing(&source) =>
                {
                    self.left_out += 1;
                }
                result => result?,
            }
        }
        Ok(())
    }

    fn entry(
        &mut self,
        folder: &OwnedFd,
        name: &CStr,
        path: &[u8],
        depth: usize,
    ) -> Result<(), WalkError> {
        let failed = |e| self.failed("cannot read", path, e);
        let stat = fstatat(folder, name, AtFlags::AT_SYMLINK_NOFOLLOW).map_err(failed)?;
        match kind(&stat) {
            SFlag::S_IFDIR => {
                let flags =
                    OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
                let inner = openat(folder, name, flags, Mode::empty()).map_err(failed)?;
                let stat = fstat(&inner).map_err(failed)?;
                self.push(path, &stat, Node::Folder {})?;
                self.folder(&inner, path, depth + 1)
            }
            SFlag::S_IFLNK => {
                let target = readlinkat(folder, name).map_err(failed)?;
                let target = encode(target.as_bytes());
                self.push(path, &stat, Node::Link { target })
            }
            SFlag::S_IFREG => self.file(folder, name, path),
            _ => {
                self.left_out += 1;
                Ok(())
            }
        }
    }

    fn file(&mut self, folder: &OwnedFd, name: &CStr, path: &[u8]) -> Result<(), WalkError> {
        let failed = |e| self.failed("cannot read", path, e);
        let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        let file = openat(folder, name, flags, Mode::empty()).map_err(failed)?;
        let stat = fstat(&file).map_err(failed)?;
        if kind(&stat) != SFlag::S_IFREG {
            self.left_out += 1;
            return Ok(());
        }
        let node = match self.unchanged(path, &stat) {
            Some(node) => node,
            None => self.content(File::from(file), path, &stat)?,
        };
        if let Node::File { size, .. } = node {
            self.bytes = self.bytes.saturating_add(size);
            if self.bytes > self.limits.bytes {
                return Err(SnapshotError::TooLarge("bytes").into());
            }
        }
        self.push(path, &stat, node)
    }

    /// A file that is as it was in the snapshot before, from what its times and its size say.
    fn unchanged(&mut self, path: &[u8], stat: &FileStat) -> Option<Node> {
        let before = *self.before.get(encode(path).as_str())?;
        let Node::File {
            size,
            changed,
            pieces,
        } = &before.node
        else {
            return None;
        };
        let same = *size == length(stat)
            && *changed == changed_at(stat)
            && before.modified == modified_at(stat)
            && changed.saturating_add(RACY) < self.base.taken_at
            && pieces.iter().all(|piece| self.worth[piece.pack]);
        same.then(|| Node::File {
            size: *size,
            changed: *changed,
            pieces: pieces
                .iter()
                .map(|piece| self.packer.reuse(self.base, piece))
                .collect(),
        })
    }

    fn content(&mut self, mut file: File, path: &[u8], stat: &FileStat) -> Result<Node, WalkError> {
        let mut buffer =
            Vec::with_capacity(PIECE.min(usize::try_from(length(stat)).unwrap_or(PIECE)));
        let (mut size, mut pieces) = (0, Vec::new());
        loop {
            buffer.clear();
            (&mut file)
                .take(PIECE as u64)
                .read_to_end(&mut buffer)
                .map_err(io_at("cannot read", self.at(path)))?;
            if buffer.is_empty() {
                break;
            }
            size += buffer.len() as u64;
            if self.bytes.saturating_add(size) > self.limits.bytes {
                return Err(SnapshotError::TooLarge("bytes").into());
            }
            let sum = Sum::of(&buffer);
            pieces.push(match self.stored.get(&sum) {
                Some(piece) => self.packer.reuse(self.base, piece),
                None => self.packer.add(sum, &buffer)?,
            });
        }
        let after = fstat(&file).map_err(|e| self.failed("cannot read", path, e))?;
        let still = changed_at(&after) == changed_at(stat) && size == length(stat);
        Ok(Node::File {
            size,
            changed: if still { changed_at(stat) } else { 0 },
            pieces,
        })
    }

    fn push(&mut self, path: &[u8], stat: &FileStat, node: Node) -> Result<(), WalkError> {
        if self.entries.len() >= self.limits.entries {
            return Err(SnapshotError::TooLarge("files").into());
        }
        let mode = match node {
            Node::Link { .. } => 0,
            _ => kept_mode(stat.st_mode, matches!(node, Node::Folder {})),
        };
        self.entries.push(Entry {
            path: encode(path),
            uid: stat.st_uid,
            gid: stat.st_gid,
            mode,
            modified: modified_at(stat),
            node,
        });
        Ok(())
    }

    fn at(&self, path: &[u8]) -> PathBuf {
        self.root.join(std::ffi::OsStr::from_bytes(path))
    }

    fn failed(&self, action: &'static str, path: &[u8], error: Errno) -> SnapshotError {
        io_at(action, self.at(path))(error.into())
    }
}

/// Whether a pack of the snapshot before is at least half in use; the rest of it would be kept for little.
fn worth(base: &Manifest) -> Vec<bool> {
    let mut used = vec![HashMap::new(); base.packs.len()];
    for entry in &base.entries {
        if let Node::File { pieces, .. } = &entry.node {
            for piece in pieces {
                used[piece.pack].insert(piece.at, piece.size);
            }
        }
    }
    let sizes = used.iter().map(|pieces| pieces.values().sum::<usize>());
    base.packs
        .iter()
        .zip(sizes)
        .map(|(pack, used)| used * 2 >= pack.size)
        .collect()
}

/// The names in a folder, sorted: so packs hold what lies together, and the same tree makes the same packs.
fn names(folder: OwnedFd) -> Result<Vec<CString>, Errno> {
    let mut names = Vec::new();
    for entry in Dir::from_fd(folder)?.iter() {
        let name = entry?.file_name().to_owned();
        if !matches!(name.as_bytes(), b"." | b"..") {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn is_passing(error: &io::Error) -> bool {
    let codes = [
        Errno::ENOENT,
        Errno::ELOOP,
        Errno::ENOTDIR,
        Errno::EACCES,
        Errno::ENXIO,
        Errno::ESTALE,
    ];
    codes
        .iter()
        .any(|code| error.raw_os_error() == Some(*code as i32))
}

fn kind(stat: &FileStat) -> SFlag {
    SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT
}

fn length(stat: &FileStat) -> u64 {
    u64::try_from(stat.st_size).unwrap_or(0)
}

fn modified_at(stat: &FileStat) -> i64 {
    stat.st_mtime
        .saturating_mul(SECOND)
        .saturating_add(stat.st_mtime_nsec)
}

fn changed_at(stat: &FileStat) -> i64 {
    stat.st_ctime
        .saturating_mul(SECOND)
        .saturating_add(stat.st_ctime_nsec)
}
