//! Snapshots of a tree of files, in a place for objects.
//!
//! Content is cut into pieces, pieces are gathered in packs (objects of a few megabytes, so that thousands of small files are dozens of
//! objects), and a manifest says which file consists of which pieces. The manifest is written last and its name holds its checksum: a
//! snapshot is whole or not there. What the snapshot before has already is not sent again. A restore believes nothing: each name, size and piece is
//! checked, and one snapshot that does not hold is passed over for the one before.
//!
//! Objects below the prefix: `heads/{epoch}-{number}-{checksum}` are manifests, `packs/{epoch}/{checksum}` are packs. The epoch is that of
//! the workspace's lease: what a runner writes that has lost it is older than anything its successor writes, and it
//! cannot remove what its successor has written.

mod error;
mod head;
mod limits;
mod manifest;
mod name;
mod pack;
mod prune;
mod restore;
mod sum;
mod take;
mod walk;

use std::sync::Arc;

use berth_domain::ports::artifacts::{Artifacts, ObjectKey};

pub use error::SnapshotError;
pub use limits::{Limits, Owners};
pub use prune::Pruned;
pub use restore::Restored;
pub use take::{Base, Taken, Taking};

/// The snapshots of one tree.
#[derive(Debug, Clone)]
pub struct Snapshots {
    artifacts: Arc<dyn Artifacts>,
    prefix: ObjectKey,
}

impl Snapshots {
    /// Those below `prefix`, which nothing else uses.
    pub fn new(artifacts: Arc<dyn Artifacts>, prefix: ObjectKey) -> Self {
        Self { artifacts, prefix }
    }

    fn key(&self, rest: &str) -> Result<ObjectKey, SnapshotError> {
        format!("{}/{rest}", self.prefix)
            .parse()
            .map_err(|_| SnapshotError::Prefix)
    }
}
