//! Removes snapshots that nobody needs any more, and packs of none.

use std::collections::HashSet;

use crate::error::Fault;
use crate::limits::Limits;
use crate::manifest::Pack;
use crate::{SnapshotError, Snapshots};

/// What was removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Snapshots.
    pub snapshots: usize,
    /// Packs.
    pub packs: usize,
}

impl Snapshots {
    /// Keeps the newest `keep` snapshots that hold (two at least: of the newest a pack may turn out to be damaged) and removes the others, and every pack of
    /// none of them. Only for the holder of the workspace's lease, and not while it takes a snapshot: packs of a later `epoch` than its
    /// own may belong to one that is being taken, and stay.
    pub async fn prune(
        &self,
        keep: usize,
        epoch: u64,
        limits: &Limits,
    ) -> Result<Pruned, SnapshotError> {
        let heads = self.heads().await?;
        let (mut used, mut old, mut holding) = (HashSet::new(), Vec::new(), 0);
        for head in heads.iter().rev() {
            if holding >= keep.max(2) {
                old.push(head);
                continue;
            }
            match self.manifest(head, limits).await {
                Ok(manifest) => {
                    used.extend(manifest.packs.iter().map(Pack::key));
                    holding += 1;
                }
                // Nothing can be restored from it, so it needs no packs, and stands for none that is kept.
                Err(Fault::Corrupt(reason)) => {
                    tracing::error!(snapshot = %head, reason, "a snapshot does not hold");
                }
                Err(Fault::Other(error)) => return Err(error),
            }
        }
        let mut pruned = Pruned::default();
        for head in old {
            let removed = self.artifacts.delete(&self.head_key(head)?).await?;
            pruned.snapshots += usize::from(removed);
        }
        for name in self.names("packs").await? {
            let written = name
                .split_once('/')
                .and_then(|(e, _)| e.parse::<u64>().ok());
            let key = format!("packs/{name}");
            if written.is_some_and(|written| written <= epoch) && !used.contains(&key) {
                pruned.packs += usize::from(self.artifacts.delete(&self.key(&key)?).await?);
            }
        }
        Ok(pruned)
    }
}
