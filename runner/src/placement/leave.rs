//! How workspaces leave this runner: handed over when it ends, stopped when it has lost them.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use berth_domain::ids::UserId;
use berth_domain::placement::Standing;
use berth_domain::ports::StoreResult;
use berth_domain::ports::placements::Progress;
use futures::StreamExt as _;
use futures::stream;

use super::bring::MoveError;
use super::home::Home;
use super::{ANNOUNCE, Placing, UNREGISTER};

/// Workspaces that are handed over at the same time; copies are fewer.
const AT_ONCE: usize = 8;
/// How long stopping everything may take when others have it already. The margin of a registration is 3 s; a container takes 5 s at most.
const FENCE_WITHIN: Duration = Duration::from_secs(10);

impl Placing {
    /// Before this start does anything: what runs here since an earlier one and lives elsewhere by now is stopped.
    pub(crate) async fn sort_out(&self) {
        let workspaces = &self.0.deps.workspaces;
        for user in workspaces.up().await {
            let stays = loop {
                if !self.certain().await {
                    return;
                }
                match self.stays(user).await {
                    Ok(false) if !self.is_valid() => {}
                    Ok(stays) => break stays,
                    Err(error) => {
                        tracing::warn!(user.id = %user, error = %error.source, "where a workspace lives cannot be told, asking again");
                        tokio::time::sleep(Duration::from_millis(500)).await;
                    }
                }
            };
            if !stays {
                tracing::warn!(user.id = %user, "a workspace that does not live here is stopped");
                if let Err(error) = workspaces.close(user).await {
                    tracing::error!(user.id = %user, %error, "it could not be stopped");
                }
            }
        }
    }

    /// Whether a workspace that an earlier start had is this one's. A new start takes what an earlier one had, and only that.
    async fn stays(&self, user: UserId) -> StoreResult<bool> {
        let placement = self.0.deps.placements.placement(user).await?;
        if placement.is_none_or(|placement| placement.runner.name != self.0.id.name) {
            return Ok(false);
        }
        self.place(user).await?;
        Ok(self.holds(user) && !self.is_moving(user))
    }

    /// Stops each workspace, keeps its last copy and lets go of it; answers when that is done or took too long. What has not been let
    /// go of then is taken by others from its last copy.
    pub(crate) async fn hand_over(&self) {
        let homes: Vec<Arc<Home>> = self.homes().values().cloned().collect();
        let held = homes.iter().filter(|home| home.is_held()).count();
        if held == 0 {
            return;
        }
        let within = self.0.config.hand_over_within;
        tokio::select! {
            () = self.hand_over_these(homes) => tracing::info!(workspaces = held, "workspaces handed over"),
            () = tokio::time::sleep(within) => tracing::error!(workspaces = held, "handing over took too long"),
            () = self.0.gone.cancelled() => {}
        }
    }

    /// The same with what nobody of `busy` works in, while their runs still have their time. What is not done when this is dropped,
    /// [`hand_over`](Self::hand_over) begins anew.
    pub(crate) async fn hand_over_idle(&self, busy: &HashSet<UserId>) {
        let mut idle: Vec<Arc<Home>> = self.homes().values().cloned().collect();
        idle.retain(|home| !busy.contains(&home.user));
        self.hand_over_these(idle).await;
    }

    async fn hand_over_these(&self, homes: Vec<Arc<Home>>) {
        let all = stream::iter(homes).for_each_concurrent(AT_ONCE, async |home| {
            match self.hand_over_one(&home).await {
                Ok(()) => {}
                Err(error) => {
                    tracing::error!(user.id = %home.user, error = &error as &dyn std::error::Error, "a workspace was not handed over, its last copy is what others have");
                }
            }
        });
        all.await;
    }

    async fn hand_over_one(&self, home: &Home) -> Result<(), MoveError> {
        let Some((epoch, here)) = home.leave() else {
            return Ok(());
        };
        // A copy that is under way comes first; what it has kept the last one need not.
        let _work = home.work.lock().await;
        self.0.deps.workspaces.close(home.user).await?;
        // Where its files are not here yet, the next runner brings them from the same copy; to let go would say that they are.
        if !here {
            return Ok(());
        }
        {
            let _place = self.0.snapshots.acquire().await;
            self.save(home).await?;
        }
        self.recorded(home, epoch, &Progress::Released).await?;
        home.over(epoch);
        Ok(())
    }

    /// The registration is ended; whatever was not handed over may be taken at once.
    pub(crate) async fn unregister(&self) {
        let shared = &self.0;
        shared.gone.cancel();
        let unregistered = shared.deps.placements.unregister(&shared.id);
        match tokio::time::timeout(UNREGISTER, unregistered).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::warn!(error = %error.source, "not unregistered, the registration ends by itself");
            }
            Err(_) => tracing::warn!("not unregistered in time, the registration ends by itself"),
        }
    }

    /// Names of the other runners that take work; none where nobody can tell.
    pub(crate) async fn others(&self) -> Vec<String> {
        let shared = &self.0;
        let runners = shared.deps.placements.runners(shared.deps.clock.now());
        let Ok(Ok(runners)) = tokio::time::timeout(ANNOUNCE, runners).await else {
            return Vec::new();
        };
        let others = runners.into_iter().filter(|other| {
            other.standing == Standing::Serving && other.runner.name != shared.id.name
        });
        others.map(|other| other.runner.name).collect()
    }

    /// Stops everything that runs in workspaces of this machine: others have them, or will in a moment.
    pub(crate) async fn fence(&self) {
        let stopped = self.0.deps.workspaces.close_all();
        if tokio::time::timeout(FENCE_WITHIN, stopped).await.is_err() {
            tracing::error!("workspaces that are no longer this runner's did not stop in time");
        }
    }

    /// One workspace was taken from us while the others were not.
    pub(super) async fn stop_lost(&self, home: &Home) {
        if let Err(error) = self.0.deps.workspaces.close(home.user).await {
            tracing::error!(user.id = %home.user, %error, "a workspace that is no longer this runner's could not be stopped");
        }
    }
}
