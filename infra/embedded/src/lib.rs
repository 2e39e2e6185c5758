//! Adapters for one machine: SQLite for everything that is stored, a channel for hints; live text and key file are `berth_local`'s. File names are those of the ports in `berth_domain::ports`.

mod agents;
mod artifacts;
mod audit;
mod conversations;
mod convert;
mod credentials;
mod db;
mod events;
mod kept;
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

use std::sync::Arc;

use berth_domain::agent::Agent;
use berth_domain::ids::{AgentId, UserId};
use berth_domain::notification::NotificationSettings;
use berth_domain::user::{Credential, CredentialHash};

use db::Db;
use events::Changes;
use kept::{Generations, Kept, Table};

/// Everything that is stored, in one SQLite file. Cheap to clone; clones share the file.
#[derive(Debug, Clone)]
pub struct Store {
    db: Db,
    changes: Changes,
    key: SecretKey,
    kept: Arc<KeptRows>,
}

/// What is answered from memory.
#[derive(Debug)]
struct KeptRows {
    credentials: Kept<CredentialHash, Credential>,
    agents: Kept<(UserId, AgentId), Agent>,
    settings: Kept<String, Option<String>>,
    secret_names: Kept<String, Vec<String>>,
    notification_settings: Kept<UserId, NotificationSettings>,
}

impl KeptRows {
    fn new(generations: &Arc<Generations>) -> Self {
        Self {
            credentials: Kept::new(&[Table::Credentials], generations.clone()),
            agents: Kept::new(&[Table::Agents, Table::AgentVersions], generations.clone()),
            settings: Kept::new(&[Table::Settings], generations.clone()),
            secret_names: Kept::new(&[Table::Secrets], generations.clone()),
            notification_settings: Kept::new(&[Table::NotificationSettings], generations.clone()),
        }
    }
}

impl Store {
    /// Opens or makes the database at `path`. `key` encrypts what goes through the `Secrets` port.
    pub fn open(path: &Path, key: SecretKey) -> Result<Self, OpenError> {
        let (changes, generations) = (Changes::default(), Arc::new(Generations::default()));
        Ok(Self {
            db: Db::open(path, changes.clone(), generations.clone())?,
            changes,
            key,
            kept: Arc::new(KeptRows::new(&generations)),
        })
    }
}
