//! How workspaces leave this runner: handed over when it ends, stopped when it has lost them.

use std::sync::Arc;
use std::time::Duration;

use berth_domain::placement::Standing;
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
        let deps = &self.0.deps;
        for user in deps.workspaces.up().await {
            let ours = loop {
                match deps.placements.placement(user).await {
                    Ok(placement) => {
                        let name = placement.map(|placement| placement.runner.name);
                        break name.as_ref() == Some(&self.0.id.name);
                    }
                    Err(error) if self.is_valid() => {
                        tracing::warn!(user.id = %user, error = %error.source, "where a workspace lives cannot be told, asking again");
                        tokio::time::sleep(Duration::from_millis(500)).await;
                    }
                    Err(_) => return,
                }
            };
            // A new start takes what an earlier one had, and only that.
            let stays = ours && self.place(user).await.is_ok() && !self.is_moving(user);
            if !(stays && self.holds(user)) {
                tracing::warn!(user.id = %user, "a workspace that does not live here is stopped");
                if let Err(error) = deps.workspaces.close(user).await {
                    tracing::error!(user.id = %user, %error, "it could not be stopped");
                }
            }
        }
    }

    /// Stops each workspace, keeps its last copy and lets go of it; answers when that is done or took too long. What has not been let
    /// go of then is taken by others from its last copy.
    pub(crate) async fn hand_over(&self) {
        let homes: Vec<Arc<Home>> = self.homes().values().cloned().collect();
        let held = homes.iter().filter(|home| home.epoch().is_some()).count();
        if held == 0 {
            return;
        }
        let all = stream::iter(homes).for_each_concurrent(AT_ONCE, async |home| {
            match self.hand_over_one(&home).await {
                Ok(()) => {}
                Err(error) => {
                    tracing::error!(user.id = %home.user, error = &error as &dyn std::error::Error, "a workspace was not handed over, its last copy is what others have");
                }
            }
        });
        let within = self.0.config.hand_over_within;
        tokio::select! {
            () = all => tracing::info!(workspaces = held, "workspaces handed over"),
            () = tokio::time::sleep(within) => tracing::error!(workspaces = held, "handing over took too long"),
            () = self.0.gone.cancelled() => {}
        }
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
