//! The workspace port: what the API sees.

use async_trait::async_trait;
use berth_domain::ids::UserId;
use berth_domain::ports::workspaces::{
    ByteRange, ByteStream, FileContent, Listing, WorkspaceError, WorkspaceState, WorkspaceStatus,
    Workspaces as WorkspacesPort,
};
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use jiff::SignedDuration;

use super::Workspaces;
use crate::engine::ContainerState;

/// How long the engine's word about a workspace that is not up is repeated before it is asked again.
const ENGINE_WORD: SignedDuration = SignedDuration::from_secs(3);

impl Workspaces {
    /// The state, asking the engine only where nothing is known. Never makes a slot: anybody may ask about anybody.
    async fn state(&self, user: UserId) -> WorkspaceState {
        let now = self.shared.clock.now();
        let slot = self.shared.known(user);
        let fresh = now.checked_sub(ENGINE_WORD).unwrap_or(now);
        if let Some(state) = slot.as_ref().and_then(|slot| slot.state(fresh)) {
            return state;
        }
        let state = match self.shared.engine.state(user).await {
            Ok(ContainerState::Absent) => WorkspaceState::Absent,
            Ok(ContainerState::Stopped) => WorkspaceState::Stopped,
            Ok(ContainerState::Running) => WorkspaceState::Ready,
            Err(error) => {
                tracing::debug!(user.id = %user, %error, "workspace state is unknown");
                let last = slot.as_ref().and_then(|slot| slot.last_seen());
                return last.unwrap_or(WorkspaceState::Absent);
            }
        };
        if let Some(slot) = slot {
            slot.see(now, state);
        }
        state
    }
}

#[async_trait]
impl WorkspacesPort for Workspaces {
    async fn status(&self, user: UserId) -> WorkspaceStatus {
        // First the figures: a supervisor that has gone is found out by asking for them.
        let stats = self.stats(user).await.unwrap_or_default();
        WorkspaceStatus {
            state: self.state(user).await,
            memory_bytes: stats.memory_bytes,
            memory_limit_bytes: stats.memory_limit_bytes,
            cpu_percent: stats.cpu_percent,
        }
    }

    async fn wake(&self, user: UserId) -> Result<(), WorkspaceError> {
        self.acquire(user).await.map(drop)
    }

    fn status_changes(&self, user: UserId) -> BoxStream<'static, ()> {
        let slot = self.shared.slot(user);
        let changes = slot.changes();
        stream::unfold((slot, changes), async |(slot, mut changes)| {
            changes.changed().await.ok()?;
            Some(((), (slot, changes)))
        })
        .boxed()
    }

    async fn list(&self, user: UserId, path: &str) -> Result<Listing, WorkspaceError> {
        self.list_folder(user, path).await
    }

    async fn read(
        &self,
        user: UserId,
        path: &str,
        range: Option<ByteRange>,
    ) -> Result<FileContent, WorkspaceError> {
        self.read_file(user, path, range).await
    }

    async fn write(
        &self,
        user: UserId,
        path: &str,
        if_match: Option<&str>,
        bytes: ByteStream,
    ) -> Result<String, WorkspaceError> {
        self.write_file(user, path, if_match, bytes).await
    }

    async fn mkdir(&self, user: UserId, path: &str) -> Result<(), WorkspaceError> {
        self.make_folder(user, path).await
    }

    async fn rename(&self, user: UserId, from: &str, to: &str) -> Result<(), WorkspaceError> {
        self.rename_file(user, from, to).await
    }

    async fn remove(&self, user: UserId, path: &str) -> Result<(), WorkspaceError> {
        self.remove_file(user, path).await
    }
}
