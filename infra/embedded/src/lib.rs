//! Adapters for one machine: SQLite for everything that is stored, a channel for hints; live text and key file are `berth_local`'s. File names are those of the ports in `berth_domain::ports`.

mod agents;
mod artifacts;
mod audit;
mod conversations;
mod convert;
mod credentials;
mod db;
mod events;
mod notifications;
mod placements;
#[cfg(test)]
mod plans;
mod proposals;
mod queue;
mod runs;
mod schedules;
mod secrets;
mod settings;
mod usage;
mod users;

use std::path::Path;

pub use artifacts::LocalArtifacts;
pub use berth_local::{KeyError, LocalLiveText, SecretKey};
pub use db::OpenError;
pub use queue::LocalQueue;

use db::Db;
use events::Changes;

/// Everything that is stored, in one SQLite file. Cheap to clone; clones share the file.
#[derive(Debug, Clone)]
pub struct Store {
    db: Db,
    changes: Changes,
    key: SecretKey,
}

impl Store {
    /// Opens or makes the database at `path`. `key` encrypts what goes through the `Secrets` port.
    pub fn open(path: &Path, key: SecretKey) -> Result<Self, OpenError> {
        let changes = Changes::default();
        Ok(Self {
            db: Db::open(path, changes.clone())?,
            changes,
            key,
        })
    }
}
