//! Why there is no snapshot, or no restored tree.

use std::io;
use std::path::PathBuf;

use berth_domain::ports::StoreError;

/// A snapshot was not taken, restored or removed.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The place for objects did not do what it was asked for.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The tree could not be read or written.
    #[error("{action} {}", path.display())]
    Io {
        /// What was attempted.
        action: &'static str,
        /// With what.
        path: PathBuf,
        /// The file system's answer.
        #[source]
        source: io::Error,
    },
    /// The content of an object ended early; trying again may help.
    #[error("an object could not be read to its end")]
    Interrupted(#[source] io::Error),
    /// The tree is larger than snapshots may be.
    #[error("more than {0} are too much for a snapshot")]
    TooLarge(&'static str),
    /// There are snapshots, and none of them holds.
    #[error("none of {0} snapshots can be restored")]
    NoneHolds(usize),
    /// The prefix is too long to have objects below it.
    #[error("the prefix is too long")]
    Prefix,
    /// The task that reads or writes files has ended early.
    #[error("the work on the files has ended early")]
    Died(#[from] tokio::task::JoinError),
}

/// A snapshot does not hold, for this reason; or something else went wrong.
#[derive(Debug)]
pub(crate) enum Fault {
    /// What is stored is not what was written, or not what may be restored.
    Corrupt(&'static str),
    /// It says nothing about the snapshot.
    Other(SnapshotError),
}

impl<E: Into<SnapshotError>> From<E> for Fault {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

pub(crate) fn io_at(
    action: &'static str,
    path: impl Into<PathBuf>,
) -> impl FnOnce(io::Error) -> SnapshotError {
    let path = path.into();
    move |source| SnapshotError::Io {
        action,
        path,
        source,
    }
}
