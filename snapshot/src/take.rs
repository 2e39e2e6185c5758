//! Takes a snapshot.

use std::path::{Path, PathBuf};

use berth_domain::ports::artifacts::IfThere;
use futures::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::error::Fault;
use crate::head::Head;
use crate::limits::Limits;
use crate::manifest::Manifest;
use crate::pack::{Packed, Packer};
use crate::sum::Sum;
use crate::walk::{Walk, WalkError};
use crate::{SnapshotError, Snapshots};

/// Packs that are stored at the same time. With one that is filling and one that waits, that is the memory a snapshot takes.
const AT_ONCE: usize = 3;

/// What a snapshot starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// The newest one that holds: what has not changed since is neither read nor sent.
    Newest,
    /// Nothing: everything is read and sent, also over what is there. It makes good for an object that was damaged.
    Nothing,
}

/// How a snapshot is taken.
#[derive(Debug, Clone, Copy)]
pub struct Taking {
    /// The epoch of the workspace's lease.
    pub epoch: u64,
    /// Now, by the clock of the machine that the files are on.
    pub now: Timestamp,
    /// What it starts from.
    pub base: Base,
    /// How much it may hold.
    pub limits: Limits,
}

/// A snapshot that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Its name; of the one before, if nothing has changed since.
    pub name: String,
    /// Whether there is a new one.
    pub changed: bool,
    /// Files, folders and links in it.
    pub entries: usize,
    /// Bytes of its files.
    pub bytes: u64,
    /// Bytes that were sent.
    pub sent: u64,
    /// What was left out: pipes, sockets, devices, and what could not be read.
    pub left_out: u64,
}

/// What the task that reads files hands over.
struct Read {
    manifest: Manifest,
    bytes: u64,
    sent: u64,
    left_out: u64,
}

impl Snapshots {
    /// Takes a snapshot of the tree at `root`. Nobody need stop working in it: a file that changes while it is read is in it as it was read,
    /// and is read again the next time.
    pub async fn take(&self, root: &Path, taking: &Taking) -> Result<Taken, SnapshotError> {
        let heads = self.heads().await?;
        let base = match taking.base {
            Base::Newest => self.newest(&heads, &taking.limits).await?,
            Base::Nothing => None,
        };
        let (base_head, base) = base.unzip();
        let base = base.unwrap_or_else(|| Manifest::new(0, Vec::new(), Vec::new()));
        let there = match taking.base {
            Base::Newest => IfThere::Keep,
            Base::Nothing => IfThere::Replace,
        };
        let (read, base) = self.store(root.to_owned(), base, *taking, there).await?;
        let entries = read.manifest.entries.len();
        let unchanged = base_head
            .filter(|_| base.entries == read.manifest.entries && base.packs == read.manifest.packs);
        let head = match unchanged {
            Some(head) => head,
            None => {
                self.write_head(&heads, &read.manifest, taking.epoch)
                    .await?
            }
        };
        Ok(Taken {
            name: head.to_string(),
            changed: unchanged.is_none(),
            entries,
            bytes: read.bytes,
            sent: read.sent,
            left_out: read.left_out,
        })
    }

    /// The newest snapshot whose manifest holds.
    async fn newest(
        &self,
        heads: &[Head],
        limits: &Limits,
    ) -> Result<Option<(Head, Manifest)>, SnapshotError> {
        for head in heads.iter().rev() {
            match self.manifest(head, limits).await {
                Ok(manifest) => return Ok(Some((*head, manifest))),
                Err(Fault::Corrupt(reason)) => {
                    tracing::error!(snapshot = %head, reason, "a snapshot does not hold, the next one is taken from an earlier one");
                }
                Err(Fault::Other(error)) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Reads the tree and stores its packs, at the same time.
    async fn store(
        &self,
        root: PathBuf,
        base: Manifest,
        taking: Taking,
        there: IfThere,
    ) -> Result<(Read, Manifest), SnapshotError> {
        let (sender, ready) = mpsc::channel(1);
        let packer = Packer::new(taking.epoch, sender);
        let reading = tokio::task::spawn_blocking(move || {
            let read = read(&root, &base, &taking, packer);
            (read, base)
        });
        let stored = ReceiverStream::new(ready)
            .map(|packed| self.put_pack(packed, there))
            .buffer_unordered(AT_ONCE)
            .try_collect::<()>()
            .await;
        let (read, base) = reading.await?;
        // A pack that was not stored ends the reading; it is the reason then.
        stored?;
        match read {
            Ok(read) => Ok((read, base)),
            Err(WalkError::Snapshot(error)) => Err(error),
            Err(WalkError::NobodyStores) => {
                unreachable!("packs were taken until the reading ended")
            }
        }
    }

    async fn put_pack(&self, packed: Packed, there: IfThere) -> Result<(), SnapshotError> {
        let key = self.key(&packed.pack.key())?;
        self.artifacts.put(&key, packed.bytes.into(), there).await?;
        Ok(())
    }

    async fn write_head(
        &self,
        heads: &[Head],
        manifest: &Manifest,
        epoch: u64,
    ) -> Result<Head, SnapshotError> {
        let bytes = manifest
            .to_bytes()
            .ok_or(SnapshotError::TooLarge("names"))?;
        let last = heads.iter().rev().find(|head| head.epoch == epoch);
        let head = Head {
            epoch,
            number: last.map_or(0, |head| head.number + 1),
            sum: Sum::of(&bytes),
        };
        let key = self.head_key(&head)?;
        let body = bytes::Bytes::from(bytes).into();
        self.artifacts.put(&key, body, IfThere::Replace).await?;
        Ok(head)
    }
}

fn read(root: &Path, base: &Manifest, taking: &Taking, packer: Packer) -> Result<Read, WalkError> {
    let mut walk = Walk::new(root, base, taking.limits, packer);
    walk.run()?;
    let Walk {
        packer,
        entries,
        bytes,
        left_out,
        ..
    } = walk;
    let sent = packer.stored;
    let packs = packer.finish()?;
    let taken_at = i64::try_from(taking.now.as_nanosecond()).unwrap_or(i64::MAX);
    Ok(Read {
        manifest: Manifest::new(taken_at, packs, entries),
        bytes,
        sent,
        left_out,
    })
}
