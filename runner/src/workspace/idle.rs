//! Workspaces that nobody uses go to sleep; those found running are watched like all others.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use berth_domain::ids::UserId;
use berth_supervisor_protocol::Process;
use futures::StreamExt as _;
use futures::stream;
use jiff::{SignedDuration, Timestamp};
use tokio::time::timeout;

use super::slot::{Live, Slot, Stopping, share};
use super::start::bring_up;
use super::{Berth, Shared, Workspaces};

/// Workspaces looked at, or stopped, at the same time: starting and stopping are the engine's most expensive work.
const AT_ONCE: usize = 4;
/// For the list of processes.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

impl Workspaces {
    /// Stops workspaces that had no berth for `idle_for` before `now` and in which no process runs, and answers whose.
    ///
    /// Containers that run without our knowing, such as those a crashed start left behind, count as used from the call
    /// that first finds them.
    pub async fn stop_idle(&self, idle_for: SignedDuration, now: Timestamp) -> Vec<UserId> {
        let running = self.running().await;
        let candidates: Vec<_> = self
            .slots()
            .into_iter()
            .filter(|slot| slot.live().is_some() || running.contains(&slot.user))
            .filter(|slot| slot.is_idle(idle_for, now))
            .collect();
        stream::iter(candidates)
            .map(|slot| self.stop_if_idle(slot, idle_for, now))
            .buffer_unordered(AT_ONCE)
            .filter_map(std::future::ready)
            .collect()
            .await
    }

    /// Takes over the workspaces that run already, after a crash: their gateway sockets are opened, so that work that
    /// went on goes on, and they are watched for idleness from now on. Answers them, each with what runs in it.
    pub async fn adopt_running(&self) -> Vec<(UserId, Berth, Vec<Process>)> {
        let running = self.running().await;
        stream::iter(running)
            .map(|user| self.adopt(user))
            .buffer_unordered(AT_ONCE)
            .filter_map(std::future::ready)
            .collect()
            .await
    }

    async fn adopt(&self, user: UserId) -> Option<(UserId, Berth, Vec<Process>)> {
        let berth = match self.acquire(user).await {
            Ok(berth) => berth,
            Err(error) => {
                tracing::warn!(user.id = %user, %error, "running workspace could not be taken over");
                return None;
            }
        };
        let answer = timeout(ANSWER_WITHIN, berth.client().processes()).await;
        let processes = answer.ok().and_then(Result::ok).unwrap_or_else(|| {
            tracing::warn!(user.id = %user, "what runs in a workspace could not be listed");
            Vec::new()
        });
        Some((user, berth, processes))
    }

    /// What runs according to the engine, each with a slot.
    pub(super) async fn running(&self) -> HashSet<UserId> {
        let running = self.shared.engine.running().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "running workspaces could not be listed");
            Vec::new()
        });
        for user in &running {
            self.shared.slot(*user);
        }
        running.into_iter().collect()
    }

    fn slots(&self) -> Vec<Arc<Slot>> {
        let slots = self.shared.slots.lock();
        let slots = slots.unwrap_or_else(PoisonError::into_inner);
        slots.values().cloned().collect()
    }

    async fn stop_if_idle(
        &self,
        slot: Arc<Slot>,
        idle_for: SignedDuration,
        now: Timestamp,
    ) -> Option<UserId> {
        let live = match slot.live() {
            Some(live) => Some(live),
            None => bring_up(&self.shared, slot.user).await.ok().map(Arc::new),
        };
        if let Some(live) = live
            && is_busy(&live).await
        {
            return None;
        }
        // Somebody may have come while we looked: asked again, and begun, in one step.
        let before = now.checked_sub(idle_for).ok()?;
        slot.stop_if_unused(&self.shared, before)?
            .await
            .then_some(slot.user)
    }
}

/// Whether a process of ours runs in it. A supervisor that does not answer has none worth waiting for.
async fn is_busy(live: &Live) -> bool {
    match timeout(ANSWER_WITHIN, live.client.processes()).await {
        Ok(Ok(processes)) => processes.iter().any(Process::is_running),
        Ok(Err(_)) | Err(_) => false,
    }
}

/// Stops the slot's workspace in a task of its own; answers whether it did.
pub(super) fn spawn_stop(shared: Arc<Shared>, slot: Arc<Slot>) -> Stopping {
    let crashed = Arc::clone(&slot);
    let task = tokio::spawn(async move {
        let stopped = shared.engine.stop(slot.user).await;
        shared.gateway.close(slot.user).await;
        slot.down();
        if let Err(error) = &stopped {
            tracing::warn!(user.id = %slot.user, %error, "idle workspace could not be stopped");
        }
        stopped.is_ok()
    });
    share(task, move || {
        crashed.down();
        false
    })
}
