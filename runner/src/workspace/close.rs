//! Workspaces that have to stop whoever uses them, and what they leave on this machine's disk: for their way to another runner.

use std::ops::RangeInclusive;

use berth_domain::ids::UserId;
use berth_domain::ports::workspaces::{WorkspaceError, WorkspaceErrorKind};
use futures::StreamExt as _;
use futures::stream;

use super::slot::Ending;
use super::{Workspaces, error};
use crate::engine::Tree;

/// Workspaces that are stopped at the same time.
const AT_ONCE: usize = 8;

impl Workspaces {
    /// Stops the user's workspace with everything that runs in it, whether or not somebody uses it. A later
    /// [`acquire`](Workspaces::acquire) starts it again: who must not is the caller's to see to.
    pub async fn close(&self, user: UserId) -> Result<(), WorkspaceError> {
        let slot = self.shared.slot(user);
        loop {
            match slot.stop_now(&self.shared) {
                Ending::Starting(starting) => drop(starting.await),
                Ending::Stopping(stopping) if stopping.clone().await => return Ok(()),
                Ending::Stopping(_) => {
                    return Err(WorkspaceError {
                        kind: WorkspaceErrorKind::Unavailable,
                        operation: "stop workspace",
                        detail: "the engine could not stop it".to_owned(),
                    });
                }
            }
        }
    }

    /// Stops everything that runs.
    pub async fn close_all(&self) {
        stream::iter(self.up().await)
            .for_each_concurrent(AT_ONCE, async |user| {
                if let Err(error) = self.close(user).await {
                    tracing::error!(user.id = %user, %error, "a workspace that must not run could not be stopped");
                }
            })
            .await;
    }

    /// Whose workspaces run, known to us or not.
    pub async fn up(&self) -> Vec<UserId> {
        self.running().await.into_iter().collect()
    }

    /// Stops it and forgets its container; the next start makes one anew around the files there are.
    pub async fn discard(&self, user: UserId) -> Result<(), WorkspaceError> {
        self.close(user).await?;
        let removed = self.shared.engine.remove(user).await;
        removed.map_err(|error| error::engine(&error))
    }

    /// Where its files are on this machine.
    pub async fn trees(&self, user: UserId) -> Result<Vec<Tree>, WorkspaceError> {
        let trees = self.shared.engine.trees(user).await;
        trees.map_err(|error| error::engine(&error))
    }

    /// Whose files there may be in [`trees`](Workspaces::trees); `None`: ours only.
    pub fn accounts(&self) -> Option<RangeInclusive<u32>> {
        self.shared.engine.accounts()
    }
}
