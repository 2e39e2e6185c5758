//! Objects as files in a folder: the content, and after it the SHA-256 it had when it was stored.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use berth_domain::ports::artifacts::{Artifacts, Body, IfThere, Listed, ObjectKey, Pieces, Put};
use berth_domain::ports::{StoreError, StoreErrorKind, StoreResult};
use bytes::Bytes;
use futures::{StreamExt as _, stream};
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

/// What ends the name of an object's file. No key has this character, so `a` and `a/b` can both be objects.
const MARK: &str = "=";
/// Where files are written before they get their name. No part of a key begins with a dot.
const DRAFTS: &str = ".drafts";
/// Bytes of the checksum after the content.
const SUM: usize = 32;
/// Bytes that are read at once.
const PIECE: usize = 256 * 1024;

/// Objects in a folder, which one process uses at a time.
#[derive(Debug, Clone)]
pub struct LocalArtifacts {
    root: PathBuf,
}

impl LocalArtifacts {
    /// The folder at `root`, made if it is not there. Drafts that a crash has left are removed.
    pub fn open(root: PathBuf) -> io::Result<Self> {
        let drafts = root.join(DRAFTS);
        if drafts.exists() {
            fs::remove_dir_all(&drafts)?;
        }
        fs::create_dir_all(&drafts)?;
        Ok(Self { root })
    }

    fn path(&self, key: &ObjectKey) -> PathBuf {
        self.root.join(format!("{key}{MARK}"))
    }

    /// Runs what blocks where it may.
    async fn blocking<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(Self) -> io::Result<T> + Send + 'static,
    ) -> StoreResult<T> {
        let this = self.clone();
        tokio::task::spawn_blocking(move || work(this))
            .await
            .map_err(io::Error::other)
            .flatten()
            .map_err(|error| failed(operation, error))
    }
}

fn failed(operation: &'static str, error: io::Error) -> StoreError {
    let kind = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreErrorKind::Full,
        _ => StoreErrorKind::Broken,
    };
    StoreError::new(kind, operation, error)
}

/// A file that is being written.
struct Draft {
    file: NamedTempFile,
    sum: Sha256,
}

impl Draft {
    fn new(folder: &Path) -> io::Result<Self> {
        Ok(Self {
            file: NamedTempFile::new_in(folder)?,
            sum: Sha256::new(),
        })
    }

    fn write(mut self, piece: &[u8]) -> io::Result<Self> {
        self.sum.update(piece);
        self.file.write_all(piece)?;
        Ok(self)
    }

    /// Gives it its name, after everything in it is on the disk.
    fn store(mut self, path: &Path, there: IfThere) -> io::Result<Put> {
        self.file.write_all(&self.sum.finalize())?;
        self.file.as_file().sync_all()?;
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let stored = match there {
            IfThere::Replace => self.file.persist(path),
            IfThere::Keep => self.file.persist_noclobber(path),
        };
        match stored {
            Ok(_) => {
                File::open(folder)?.sync_all()?;
                Ok(Put::Stored)
            }
            Err(lost)
                if there == IfThere::Keep && lost.error.kind() == io::ErrorKind::AlreadyExists =>
            {
                Ok(Put::Kept)
            }
            Err(lost) => Err(lost.error),
        }
    }
}

/// An object that is being read.
struct Reading {
    file: File,
    left: u64,
    sum: Sha256,
}

impl Reading {
    fn open(path: &Path) -> io::Result<Option<Self>> {
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let size = file
            .seek(SeekFrom::End(0))?
            .checked_sub(SUM as u64)
            .ok_or(io::ErrorKind::InvalidData)?;
        file.rewind()?;
        Ok(Some(Self {
            file,
            left: size,
            sum: Sha256::new(),
        }))
    }

    /// The next piece; `None` after the last one, if the checksum is right.
    fn next(mut self) -> io::Result<Option<(Bytes, Self)>> {
        if self.left == 0 {
            let mut stored = [0; SUM];
            self.file.read_exact(&mut stored)?;
            if self.sum.finalize()[..] == stored {
                return Ok(None);
            }
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the object is not what was stored",
            ));
        }
        let mut piece = vec![0; PIECE.min(usize::try_from(self.left).unwrap_or(PIECE))];
        self.file.read_exact(&mut piece)?;
        self.left -= piece.len() as u64;
        self.sum.update(&piece);
        Ok(Some((piece.into(), self)))
    }
}

/// The first `limit` objects of a folder's tree by name, after `after`. It looks at all names there, and keeps no more than asked for.
fn collect(
    root: &Path,
    prefix: &ObjectKey,
    after: Option<&ObjectKey>,
    limit: usize,
) -> io::Result<Vec<Listed>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.join(prefix.as_str())];
    while let Some(folder) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
                continue;
            }
            let path = entry.path();
            let key = path
                .strip_prefix(root)
                .ok()
                .and_then(Path::to_str)
                .and_then(|name| name.strip_suffix(MARK))
                .and_then(|name| name.parse::<ObjectKey>().ok());
            if let Some(key) = key.filter(|key| after.is_none_or(|after| key > after)) {
                found.insert(key, entry);
                if found.len() > limit {
                    found.pop_last();
                }
            }
        }
    }
    let listed = found.into_iter().map(|(key, entry)| {
        let size = entry.metadata()?.len().saturating_sub(SUM as u64);
        Ok(Listed { key, size })
    });
    // One that was deleted meanwhile is left out.
    listed
        .filter(|listed: &io::Result<Listed>| {
            !matches!(listed, Err(error) if error.kind() == io::ErrorKind::NotFound)
        })
        .collect()
}

#[async_trait]
impl Artifacts for LocalArtifacts {
    async fn put(&self, key: &ObjectKey, body: Body, there: IfThere) -> StoreResult<Put> {
        const OPERATION: &str = "artifacts.put";
        let mut draft = self
            .blocking(OPERATION, |this| Draft::new(&this.root.join(DRAFTS)))
            .await?;
        let mut pieces = body.pieces;
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|error| failed(OPERATION, error))?;
            draft = self
                .blocking(OPERATION, move |_| draft.write(&piece))
                .await?;
        }
        let path = self.path(key);
        self.blocking(OPERATION, move |_| draft.store(&path, there))
            .await
    }

    async fn get(&self, key: &ObjectKey) -> StoreResult<Option<Pieces>> {
        let path = self.path(key);
        let opened = self
            .blocking("artifacts.get", move |_| Reading::open(&path))
            .await?;
        Ok(opened.map(|reading| {
            stream::try_unfold(reading, async |reading| {
                tokio::task::spawn_blocking(move || reading.next())
                    .await
                    .map_err(io::Error::other)
                    .flatten()
            })
            .boxed()
        }))
    }

    async fn list(
        &self,
        prefix: &ObjectKey,
        after: Option<&ObjectKey>,
        limit: u32,
    ) -> StoreResult<Vec<Listed>> {
        let (prefix, after) = (prefix.clone(), after.cloned());
        self.blocking("artifacts.list", move |this| {
            collect(&this.root, &prefix, after.as_ref(), limit as usize)
        })
        .await
    }

    async fn delete(&self, key: &ObjectKey) -> StoreResult<bool> {
        let path = self.path(key);
        self.blocking("artifacts.delete", move |_| match fs::remove_file(path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        })
        .await
    }
}
