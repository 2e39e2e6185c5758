//! Restores the newest snapshot that holds.
//!
//! It is written into a folder of its own beside the place it is for, which nobody else can enter, and takes that place when all of it has been
//! checked. Links are made last, so that nothing is ever written through one.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{
    DirBuilderExt as _, FileExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
    lchown, symlink,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use futures::{TryStreamExt as _, stream};
use nix::fcntl::{AT_FDCWD, OFlag};
use nix::sys::stat::{UtimensatFlags, utimensat};
use nix::sys::time::TimeSpec;

use crate::error::{Fault, io_at};
use crate::head::Head;
use crate::limits::{Limits, Owners, PACK, PIECE};
use crate::manifest::{Entry, Manifest, Node};
use crate::name;
use crate::sum::Sum;
use crate::{SnapshotError, Snapshots};

/// Packs that are in memory at the same time.
const AT_ONCE: usize = 4;

/// A tree that was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The snapshot's name.
    pub name: String,
    /// Newer ones that do not hold.
    pub passed_over: Vec<String>,
    /// Files, folders and links in it.
    pub entries: usize,
    /// Bytes of its files.
    pub bytes: u64,
}

/// Where in a pack a piece is, and what it must be.
type Place = (usize, usize, Sum);

/// A file that a piece belongs to, and where in it.
type Target = (PathBuf, u64);

/// What is written from one pack.
type Plan = BTreeMap<Place, Vec<Target>>;

impl Snapshots {
    /// Restores the newest snapshot that holds to `into`, which must not exist or be an empty folder; `None` when there is no snapshot.
    pub async fn restore(
        &self,
        into: &Path,
        limits: &Limits,
        owners: &Owners,
    ) -> Result<Option<Restored>, SnapshotError> {
        let heads = self.heads().await?;
        self.newest_of(&heads, into, limits, owners).await
    }

    /// The same of the snapshot of this name and those before it: whoever has lost the workspace's lease may have written newer ones since.
    pub async fn restore_until(
        &self,
        name: &str,
        into: &Path,
        limits: &Limits,
        owners: &Owners,
    ) -> Result<Option<Restored>, SnapshotError> {
        let mut heads = self.heads().await?;
        // Names sort by age.
        heads.retain(|head| head.to_string().as_str() <= name);
        self.newest_of(&heads, into, limits, owners).await
    }

    async fn newest_of(
        &self,
        heads: &[Head],
        into: &Path,
        limits: &Limits,
        owners: &Owners,
    ) -> Result<Option<Restored>, SnapshotError> {
        let mut passed_over = Vec::new();
        for head in heads.iter().rev() {
            match self.restore_one(head, into, limits, owners).await {
                Ok(manifest) => {
                    return Ok(Some(Restored {
                        name: head.to_string(),
                        passed_over,
                        entries: manifest.entries.len(),
                        bytes: manifest.bytes(),
                    }));
                }
                Err(Fault::Corrupt(reason)) => {
                    tracing::error!(snapshot = %head, reason, "a snapshot does not hold, the one before is restored");
                    passed_over.push(head.to_string());
                }
                Err(Fault::Other(error)) => return Err(error),
            }
        }
        match passed_over.len() {
            0 => Ok(None),
            count => Err(SnapshotError::NoneHolds(count)),
        }
    }

    async fn restore_one(
        &self,
        head: &Head,
        into: &Path,
        limits: &Limits,
        owners: &Owners,
    ) -> Result<Arc<Manifest>, Fault> {
        let manifest = Arc::new(self.manifest(head, limits).await?);
        check_owners(&manifest, owners).map_err(Fault::Corrupt)?;
        let draft = draft_of(into)?;
        let result = self.write(&manifest, &draft, into, owners).await;
        if result.is_err() {
            let draft = draft.clone();
            tokio::task::spawn_blocking(move || remove(&draft)).await??;
        }
        result.map(|()| manifest)
    }

    async fn write(
        &self,
        manifest: &Arc<Manifest>,
        draft: &Path,
        into: &Path,
        owners: &Owners,
    ) -> Result<(), Fault> {
        let (whole, at) = (manifest.clone(), draft.to_owned());
        let plans = tokio::task::spawn_blocking(move || prepare(&whole, &at)).await??;
        stream::iter(plans.into_iter().enumerate().map(Ok))
            .try_for_each_concurrent(AT_ONCE, async |(place, plan)| {
                let pack = &manifest.packs[place];
                let bytes = self.read(&self.key(&pack.key())?, PACK + PIECE).await?;
                if bytes.len() != pack.size {
                    return Err(Fault::Corrupt("a pack is not what was written"));
                }
                tokio::task::spawn_blocking(move || write_pieces(&bytes, &plan)).await?
            })
            .await?;
        let (whole, at) = (manifest.clone(), draft.to_owned());
        let (into, owners) = (into.to_owned(), owners.clone());
        tokio::task::spawn_blocking(move || finish(&whole, &at, &into, &owners)).await??;
        Ok(())
    }
}

fn check_owners(manifest: &Manifest, owners: &Owners) -> Result<(), &'static str> {
    let Owners::Kept(range) = owners else {
        return Ok(());
    };
    let ours = |entry: &Entry| range.contains(&entry.uid) && range.contains(&entry.gid);
    if manifest.entries.iter().all(ours) {
        Ok(())
    } else {
        Err("an owner that is none of ours")
    }
}

/// The folder beside `into` that is written first.
fn draft_of(into: &Path) -> Result<PathBuf, SnapshotError> {
    let wrong = || io_at("cannot restore to", into)(io::ErrorKind::InvalidInput.into());
    let name = into.file_name().ok_or_else(wrong)?;
    let mut draft = OsString::from(".");
    draft.push(name);
    draft.push(".restoring");
    Ok(into.with_file_name(draft))
}

fn remove(draft: &Path) -> Result<(), SnapshotError> {
    match fs::remove_dir_all(draft) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(io_at("cannot remove", draft)(error))
        }
        _ => Ok(()),
    }
}

fn full(draft: &Path, entry: &Entry) -> Result<PathBuf, Fault> {
    Ok(draft.join(name::path(&entry.path).map_err(Fault::Corrupt)?))
}

/// Makes the folders and the empty files, and says what is to be written from each pack.
fn prepare(manifest: &Manifest, draft: &Path) -> Result<Vec<Plan>, Fault> {
    remove(draft)?;
    let make = |path: &Path| {
        let made = DirBuilder::new().mode(0o700).create(path);
        made.map_err(io_at("cannot make", path))
    };
    make(draft)?;
    let mut plans = vec![Plan::new(); manifest.packs.len()];
    for entry in &manifest.entries {
        let path = full(draft, entry)?;
        match &entry.node {
            Node::Folder {} => make(&path)?,
            Node::Link { .. } => {}
            Node::File { pieces, .. } => {
                if pieces.is_empty() {
                    open(&path).map_err(io_at("cannot make", &path))?;
                }
                let mut at = 0;
                for piece in pieces {
                    let place = (piece.at, piece.size, piece.sum);
                    let targets = plans[piece.pack].entry(place).or_default();
                    targets.push((path.clone(), at));
                    at += piece.size as u64;
                }
            }
        }
    }
    Ok(plans)
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(OFlag::O_NOFOLLOW.bits())
        .open(path)
}

fn write_pieces(bytes: &Bytes, plan: &Plan) -> Result<(), Fault> {
    for ((at, size, sum), targets) in plan {
        let piece = &bytes[*at..*at + *size];
        if Sum::of(piece) != *sum {
            return Err(Fault::Corrupt("a piece is not what was written"));
        }
        for (path, offset) in targets {
            open(path)
                .and_then(|file| file.write_all_at(piece, *offset))
                .map_err(io_at("cannot write", path))?;
        }
    }
    Ok(())
}

/// Links, owners, permissions and times; then everything takes its place.
fn finish(manifest: &Manifest, draft: &Path, into: &Path, owners: &Owners) -> Result<(), Fault> {
    // From the innermost out: what is done in a folder changes its times.
    for entry in manifest.entries.iter().rev() {
        let path = full(draft, entry)?;
        dress(entry, &path, owners).map_err(io_at("cannot restore", &path))?;
    }
    let place = || {
        if let Ok(there) = fs::symlink_metadata(into) {
            lchown(draft, Some(there.uid()), Some(there.gid()))?;
            fs::set_permissions(draft, Permissions::from_mode(there.mode() & 0o7777))?;
        }
        nix::unistd::syncfs(File::open(draft)?)?;
        fs::rename(draft, into)
    };
    place().map_err(io_at("cannot restore to", into))?;
    Ok(())
}

fn dress(entry: &Entry, path: &Path, owners: &Owners) -> io::Result<()> {
    if let Node::Link { target } = &entry.node {
        symlink(OsString::from_vec(name::decode(target)), path)?;
    }
    if matches!(owners, Owners::Kept(_)) {
        lchown(path, Some(entry.uid), Some(entry.gid))?;
    }
    if !matches!(entry.node, Node::Link { .. }) {
        fs::set_permissions(path, Permissions::from_mode(entry.mode))?;
    }
    let seconds = entry.modified.div_euclid(1_000_000_000);
    let time = TimeSpec::new(seconds, entry.modified.rem_euclid(1_000_000_000));
    utimensat(
        AT_FDCWD,
        path,
        &time,
        &time,
        UtimensatFlags::NoFollowSymlink,
    )?;
    Ok(())
}
