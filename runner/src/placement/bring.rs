//! Brings the files of a workspace here that another runner had.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use berth_domain::ids::UserId;
use berth_domain::ports::StoreError;
use berth_domain::ports::homes::NotHere;
use berth_domain::ports::placements::Progress;
use berth_domain::ports::runs::Fenced;
use berth_domain::ports::workspaces::{WorkspaceError, WorkspaceErrorKind};
use berth_snapshot::{Owners, SnapshotError, Snapshots};

use super::home::Home;
use super::set::{self, Heads, SetError};
use super::{Lives, Placing, aside};
use crate::engine::Tree;

/// Waits between attempts while what is needed cannot be reached.
const AGAIN: [Duration; 4] = [
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];

/// Why files were not brought here, or a copy was not made.
#[derive(Debug, thiserror::Error)]
pub(super) enum MoveError {
    #[error("the workspace could not be stopped or found")]
    Workspace(#[from] WorkspaceError),
    #[error("the copy")]
    Snapshot(#[from] SnapshotError),
    #[error("the list of a copy's parts")]
    Set(#[from] SetError),
    #[error("the store")]
    Store(#[from] StoreError),
    #[error("cannot empty {}", .0.display())]
    Empty(PathBuf, #[source] io::Error),
    #[error("there are snapshots of {0}, but not the one that was recorded, nor one before it")]
    Missing(&'static str),
    #[error("the workspace has passed to another runner")]
    Lost,
}

impl MoveError {
    /// Whether another attempt may help.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::Snapshot(SnapshotError::Store(error)) | Self::Store(error) => {
                error.is_retryable()
            }
            Self::Set(SetError::Store(error)) => error.is_retryable(),
            Self::Snapshot(SnapshotError::Interrupted(_)) | Self::Set(SetError::Interrupted(_)) => {
                true
            }
            _ => false,
        }
    }

    fn kind(&self) -> WorkspaceErrorKind {
        match self {
            Self::Snapshot(SnapshotError::Io { source, .. })
                if source.kind() == io::ErrorKind::StorageFull =>
            {
                WorkspaceErrorKind::NoSpace
            }
            _ => WorkspaceErrorKind::Unavailable,
        }
    }
}

impl Placing {
    /// Whether its files have still to be brought here.
    pub(crate) fn is_moving(&self, user: UserId) -> bool {
        let home = self.known(user);
        home.is_some_and(|home| home.epoch().is_some() && !home.is_here())
    }

    /// Makes sure that the workspace lives here and has its files. Bringing them goes on when nobody waits any more.
    pub(crate) async fn settled(&self, user: UserId) -> Result<(), NotHere> {
        match self.place(user).await.map_err(NotHere::Unknown)? {
            Lives::Here => {}
            Lives::On(_) | Lives::Nowhere => return Err(NotHere::Elsewhere),
        }
        let home = self.home(user);
        if home.is_here() {
            return Ok(());
        }
        let placing = self.clone();
        let task = self
            .0
            .tasks
            .spawn(async move { placing.bring(&home).await });
        match task.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(MoveError::Lost)) => Err(NotHere::Elsewhere),
            Ok(Err(MoveError::Workspace(error))) => Err(NotHere::Failed(error)),
            Ok(Err(error)) => Err(NotHere::Failed(failed(error.kind(), &error))),
            Err(error) => {
                let kind = WorkspaceErrorKind::Unavailable;
                Err(NotHere::Failed(failed(kind, &error)))
            }
        }
    }

    async fn bring(&self, home: &Arc<Home>) -> Result<(), MoveError> {
        let _work = home.work.lock().await;
        if home.is_here() {
            // Whoever was first has done it.
            return Ok(());
        }
        let epoch = home.epoch().ok_or(MoveError::Lost)?;
        let begun = self.0.deps.clock.now();
        let mut attempt = 0;
        let brought = loop {
            match self.bring_once(home).await {
                Err(error)
                    if error.is_passing()
                        && attempt < AGAIN.len()
                        && !self.gone().is_cancelled() =>
                {
                    tracing::warn!(user.id = %home.user, error = &error as &dyn std::error::Error, "a workspace was not brought here, trying again");
                    tokio::time::sleep(AGAIN[attempt]).await;
                    attempt += 1;
                }
                result => break result?,
            }
        };
        let recorded = self.recorded(home, epoch, &Progress::Restored).await;
        recorded?;
        let took = begun.duration_until(self.0.deps.clock.now());
        metrics::histogram!("workspace_move_seconds").record(took.as_secs_f64());
        tracing::info!(user.id = %home.user, placement.epoch = epoch, bytes = brought.bytes, "a workspace has moved here");
        home.arrived(epoch, brought.heads, brought.damaged);
        Ok(())
    }

    /// From nothing: what an earlier attempt or an earlier stay has left is not the workspace.
    async fn bring_once(&self, home: &Home) -> Result<Brought, MoveError> {
        let deps = &self.0.deps;
        deps.workspaces.discard(home.user).await?;
        let trees = deps.workspaces.trees(home.user).await?;
        let folders: Vec<PathBuf> = trees.iter().map(|tree| tree.folder.clone()).collect();
        self.clear(&folders).await?;
        let mut filled = self.fill(home, &trees).await;
        if let Err(error) = &filled
            && error.kind() == WorkspaceErrorKind::NoSpace
        {
            // There may be room for one of the two, the old files and the new.
            self.clear(&folders).await?;
            if aside::delete(&folders).await.is_ok() {
                filled = self.fill(home, &trees).await;
            }
        }
        aside::delete_later(&folders);
        filled
    }

    async fn clear(&self, folders: &[PathBuf]) -> Result<(), MoveError> {
        let id = self.0.deps.clock.uuid();
        for folder in folders {
            let cleared = aside::clear(folder, id).await;
            cleared.map_err(|error| MoveError::Empty(folder.clone(), error))?;
        }
        Ok(())
    }

    /// The files of the newest copy that holds, into folders that are empty.
    async fn fill(&self, home: &Home, trees: &[Tree]) -> Result<Brought, MoveError> {
        let Some(snapshot) = home.snapshot() else {
            // It was never copied. Its container is made with its first start, with what belongs into new folders.
            self.0.deps.workspaces.discard(home.user).await?;
            return Ok(Brought::default());
        };
        let set = set::get(self.0.deps.snapshots.as_ref(), home.user, snapshot.id).await?;
        if set.is_none() {
            tracing::error!(user.id = %home.user, snapshot.id = %snapshot.id, "a copy's list of parts does not hold, the newest of each part is taken");
        }
        let mut brought = Brought {
            damaged: set.is_none(),
            ..Brought::default()
        };
        let mut heads = Heads::new();
        for tree in trees {
            let name = set.as_ref().and_then(|set| set.get(tree.name));
            let Some(restored) = self.restore(home.user, tree, name).await? else {
                if name.is_some() || set.is_none() && tree.name == "files" {
                    return Err(MoveError::Missing(tree.name));
                }
                continue;
            };
            brought.damaged |= !restored.passed_over.is_empty();
            brought.bytes += restored.bytes;
            heads.insert(tree.name.to_owned(), restored.name);
        }
        // After damage the next copy is another than this one, whatever is in it.
        brought.heads = (!brought.damaged).then_some(heads);
        tracing::debug!(snapshot.number = snapshot.number, "restored");
        Ok(brought)
    }

    async fn restore(
        &self,
        user: UserId,
        tree: &Tree,
        name: Option<&String>,
    ) -> Result<Option<berth_snapshot::Restored>, MoveError> {
        let deps = &self.0.deps;
        let snapshots = self.snapshots_of(user, tree)?;
        let owners = match deps.workspaces.accounts() {
            Some(accounts) => Owners::Kept(accounts),
            None => Owners::Mine,
        };
        let limits = &self.0.config.limits;
        let restored = match name {
            Some(name) => {
                snapshots
                    .restore_until(name, &tree.folder, limits, &owners)
                    .await
            }
            None => snapshots.restore(&tree.folder, limits, &owners).await,
        };
        Ok(restored?)
    }

    pub(super) fn snapshots_of(&self, user: UserId, tree: &Tree) -> Result<Snapshots, MoveError> {
        let prefix = set::prefix(user, tree.name).map_err(SetError::from)?;
        Ok(Snapshots::new(self.0.deps.snapshots.clone(), prefix))
    }

    /// Tells the store; tries until it answers. What is told while in doubt whether it is still true waits.
    pub(super) async fn recorded(
        &self,
        home: &Home,
        epoch: u64,
        progress: &Progress,
    ) -> Result<(), MoveError> {
        let placements = &self.0.deps.placements;
        let mut attempt = 0;
        while self.certain().await {
            match placements
                .record_placement(home.user, epoch, progress)
                .await
            {
                Ok(Fenced::Done(())) => return Ok(()),
                Ok(Fenced::LeaseLost) => {
                    tracing::warn!(user.id = %home.user, placement.epoch = epoch, "a workspace has passed to another runner");
                    home.over(epoch);
                    return Err(MoveError::Lost);
                }
                Err(error) if error.is_retryable() => {
                    tokio::time::sleep(AGAIN[attempt.min(AGAIN.len() - 1)]).await;
                    attempt += 1;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(MoveError::Lost)
    }
}

/// What was brought here.
#[derive(Debug, Default)]
struct Brought {
    heads: Option<Heads>,
    /// Not all of the newest copy held.
    damaged: bool,
    bytes: u64,
}

fn failed(kind: WorkspaceErrorKind, error: &(dyn std::error::Error + 'static)) -> WorkspaceError {
    tracing::error!(error, "a workspace's files could not be brought here");
    let causes = std::iter::successors(Some(error), |error| error.source());
    let detail: Vec<String> = causes.map(ToString::to_string).collect();
    WorkspaceError {
        kind,
        operation: "move workspace",
        detail: detail.join(": "),
    }
}
