//! Keeps copies of workspaces beyond this machine: after a run, and before one leaves.

use std::sync::Arc;
use std::time::Duration;

use berth_domain::ids::UserId;
use berth_domain::placement::Snapshot;
use berth_domain::ports::placements::Progress;
use berth_snapshot::{Base, Taking};

use super::Placing;
use super::bring::MoveError;
use super::home::{Before, Home};
use super::set::{self, Heads};

/// Before a copy that failed is tried again: what it needs may be away for a while.
const AGAIN: Duration = Duration::from_secs(5);
/// After so many copies the old ones are removed.
const PRUNE_EVERY: u64 = 16;
/// Snapshots of a folder that stay then.
const KEPT: usize = 4;

impl Placing {
    /// The workspace's files have changed: a copy follows, soon and in the background. One at a time a workspace.
    pub(crate) fn changed(&self, user: UserId) {
        let Some(home) = self.known(user) else { return };
        if home.change() {
            let placing = self.clone();
            self.0.tasks.spawn(async move {
                tokio::select! {
                    () = placing.save_changes(&home) => {}
                    () = placing.0.gone.cancelled() => {}
                }
            });
        }
    }

    async fn save_changes(&self, home: &Arc<Home>) {
        while home.next_save() {
            if !self.certain().await {
                return;
            }
            let saved = {
                let _work = home.work.lock().await;
                // Never closed.
                let _place = self.0.snapshots.acquire().await;
                self.save(home).await
            };
            match saved {
                Ok(()) => {}
                Err(MoveError::Lost) => {
                    self.stop_lost(home).await;
                    return;
                }
                Err(error) => {
                    metrics::counter!("snapshots_failed_total").increment(1);
                    let again = error.is_passing() || matches!(error, MoveError::Workspace(_));
                    tracing::error!(user.id = %home.user, again, error = &error as &dyn std::error::Error, "a workspace was not copied");
                    // What another attempt cannot mend waits for the next change.
                    if again {
                        home.still_changed();
                        tokio::time::sleep(AGAIN).await;
                    }
                }
            }
        }
    }

    /// Copies what has changed and tells the store. The caller has the work on the workspace.
    pub(super) async fn save(&self, home: &Home) -> Result<(), MoveError> {
        let Some(before) = home.before() else {
            return Ok(());
        };
        let deps = &self.0.deps;
        let taken_at = deps.clock.now();
        let (heads, bytes) = self.take(home.user, &before).await?;
        if before.heads.as_ref() == Some(&heads) && before.snapshot.is_some() {
            return Ok(());
        }
        let number = before.snapshot.as_ref().map_or(0, |last| last.number);
        let snapshot = Snapshot {
            id: deps.clock.uuid(),
            number: number + 1,
            taken_at,
            bytes,
        };
        set::put(deps.snapshots.as_ref(), home.user, snapshot.id, &heads).await?;
        let progress = Progress::Saved(snapshot.clone());
        self.recorded(home, before.epoch, &progress).await?;
        let took = taken_at.duration_until(deps.clock.now());
        metrics::histogram!("snapshot_seconds").record(took.as_secs_f64());
        tracing::debug!(user.id = %home.user, snapshot.number = snapshot.number, bytes, "workspace copied");
        home.saved(snapshot.clone(), heads);
        self.tidy(home.user, &before, &snapshot).await;
        Ok(())
    }

    /// A snapshot of each folder; of one that has not changed it is the one there is.
    async fn take(&self, user: UserId, before: &Before) -> Result<(Heads, u64), MoveError> {
        let taking = Taking {
            epoch: before.epoch,
            now: self.0.deps.clock.now(),
            base: if before.anew {
                Base::Nothing
            } else {
                Base::Newest
            },
            limits: self.0.config.limits,
        };
        let (mut heads, mut bytes) = (Heads::new(), 0);
        for tree in self.0.deps.workspaces.trees(user).await? {
            let snapshots = self.snapshots_of(user, &tree)?;
            let taken = snapshots.take(&tree.folder, &taking).await?;
            if taken.left_out > 0 {
                tracing::debug!(user.id = %user, tree = tree.name, left_out = taken.left_out, "some of a workspace cannot be copied");
            }
            metrics::counter!("snapshot_sent_bytes_total").increment(taken.sent);
            bytes += taken.bytes;
            heads.insert(tree.name.to_owned(), taken.name);
        }
        Ok((heads, bytes))
    }

    /// Removes what nobody will ask for. What is left when that fails is removed the next time, or costs a little.
    async fn tidy(&self, user: UserId, before: &Before, snapshot: &Snapshot) {
        let deps = &self.0.deps;
        if let Some(last) = &before.snapshot
            && let Err(error) = set::remove(deps.snapshots.as_ref(), user, last.id).await
        {
            tracing::debug!(user.id = %user, error = %error.source, "an old copy's list was not removed");
        }
        if !snapshot.number.is_multiple_of(PRUNE_EVERY) {
            return;
        }
        let Ok(trees) = deps.workspaces.trees(user).await else {
            return;
        };
        for tree in trees {
            let Ok(snapshots) = self.snapshots_of(user, &tree) else {
                continue;
            };
            let limits = &self.0.config.limits;
            if let Err(error) = snapshots.prune(KEPT, before.epoch, limits).await {
                tracing::warn!(user.id = %user, error = &error as &dyn std::error::Error, "old snapshots were not removed");
            }
        }
    }
}
