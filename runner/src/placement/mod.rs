//! Which workspaces live on this runner, where there are several.
//!
//! A runner registers, and renews that one registration ([`registration`]). A workspace lives here from the store's word on until this
//! runner lets go of it or its registration is over: so a warm one costs no look into the store. A registration that could not be renewed
//! in time is in doubt: what runs goes on, and nothing is claimed, copied or told until the store has been asked. One that comes from elsewhere has
//! its files brought here first ([`bring`]); after a run a copy of them goes where others find it ([`keep`]). At a signal to end everything is
//! handed over; a runner that was declared gone stops everything it has, for others have it already ([`run_placed`](crate::run_placed)).
//!
//! The protocol is `berth_domain::placement`'s, and its model checker's (`docs/adr/0020-a-workspace-is-leased-through-its-runner.md`).

mod aside;
mod bring;
mod home;
mod keep;
mod leave;
mod name;
mod port;
mod registration;
mod set;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use berth_domain::clock::Clock;
use berth_domain::ids::UserId;
use berth_domain::lease::{DOUBT, RunnerId};
use berth_domain::placement::Stage;
use berth_domain::ports::StoreResult;
use berth_domain::ports::artifacts::Artifacts;
use berth_domain::ports::placements::{Placed, Placements};
use berth_domain::ports::runs::MayClaim;
use berth_snapshot::Limits;
use jiff::Timestamp;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::DETACH;
use crate::workspace::Workspaces;
use home::Home;

pub use name::{NameError, runner_name};

/// Snapshots that are taken at the same time, of different workspaces: each holds a few packs of 4 MiB in memory.
const SNAPSHOTS_AT_ONCE: usize = 2;
/// How long it is believed that a workspace is on another runner: hints come in swarms, and what is told of one that was just handed
/// over must not be sent back to where nobody is: whoever hands over waits as long before it tells.
pub(crate) const ELSEWHERE: Duration = Duration::from_millis(200);

/// For the store's last answer. A registration that is not ended ends by itself.
const UNREGISTER: Duration = Duration::from_secs(2);
/// For telling others of what waits, which they find by themselves.
pub(crate) const ANNOUNCE: Duration = Duration::from_secs(1);

/// Settings of [`Placing`].
#[derive(Debug, Clone)]
pub struct PlacementConfig {
    /// Where the API reaches this runner's side of the link: `host:port`, inside the private network.
    pub address: String,
    /// How long runs may go on after a signal to end.
    pub grace: Duration,
    /// How long handing over may take after that, all workspaces together.
    pub hand_over_within: Duration,
    /// How much a workspace may hold and still be copied.
    pub limits: Limits,
    /// How long work goes on while the store cannot be asked whose it is; see [`DOUBT`].
    pub doubt: Duration,
}

impl PlacementConfig {
    /// For a machine that is given 30 s notice: 7 s for runs, 11 s for their workspaces, and some for ending.
    pub fn new(address: String) -> Self {
        Self {
            address,
            grace: Duration::from_secs(7),
            hand_over_within: Duration::from_secs(11),
            limits: Limits::default(),
            doubt: DOUBT.unsigned_abs(),
        }
    }

    /// How long a runner may take from a signal to its end.
    pub fn longest_end(&self) -> Duration {
        self.grace + DETACH + self.hand_over_within + UNREGISTER + 2 * ANNOUNCE + ELSEWHERE
    }
}

/// What [`Placing`] works with.
#[derive(Debug, Clone)]
pub struct PlacementDeps {
    /// Who has what.
    pub placements: Arc<dyn Placements>,
    /// Where snapshots are kept.
    pub snapshots: Arc<dyn Artifacts>,
    /// The containers of this machine.
    pub workspaces: Arc<Workspaces>,
    /// Time and ids.
    pub clock: Arc<dyn Clock>,
}

/// The workspaces of this runner among several. Clones are the same.
#[derive(Debug, Clone)]
pub struct Placing(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    id: RunnerId,
    config: PlacementConfig,
    deps: PlacementDeps,
    /// Grows with the number of users this runner has heard of, some hundred bytes each.
    homes: Mutex<HashMap<UserId, Arc<Home>>>,
    /// Until when what the store has said holds.
    until: Mutex<Timestamp>,
    /// Until when nothing is taken from anybody: the store was away, and others may not have renewed yet.
    patient_until: Mutex<Timestamp>,
    /// Nothing may be done any more: this start was declared gone, or has asked in vain for too long.
    gone: CancellationToken,
    /// Nothing new is taken.
    draining: CancellationToken,
    /// A reason to renew now.
    look: Notify,
    snapshots: Semaphore,
    /// Snapshots and restores, which go on when nobody waits.
    tasks: TaskTracker,
}

/// Where a workspace lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Lives {
    /// Here, from now on or already.
    Here,
    /// On the runner of this name.
    On(String),
    /// Nobody can tell at the moment, or this runner takes nothing new.
    Nowhere,
}

impl Placing {
    /// Placement for the runner `id`, which must be that of its [`RunnerConfig`](crate::RunnerConfig). Nothing is asked of the store yet.
    pub fn new(id: RunnerId, config: PlacementConfig, deps: PlacementDeps) -> Self {
        Self(Arc::new(Shared {
            id,
            config,
            deps,
            homes: Mutex::default(),
            until: Mutex::new(Timestamp::MIN),
            patient_until: Mutex::new(Timestamp::MIN),
            gone: CancellationToken::new(),
            draining: CancellationToken::new(),
            look: Notify::new(),
            snapshots: Semaphore::new(SNAPSHOTS_AT_ONCE),
            tasks: TaskTracker::new(),
        }))
    }

    /// Triggered when this start of the runner must stop all it does.
    pub(crate) fn gone(&self) -> &CancellationToken {
        &self.0.gone
    }

    pub(crate) fn config(&self) -> &PlacementConfig {
        &self.0.config
    }

    /// Whether the workspace is known to live here, without asking anybody.
    pub(crate) fn holds(&self, user: UserId) -> bool {
        self.is_valid() && self.known(user).is_some_and(|home| home.epoch().is_some())
    }

    /// Says whose runs may be claimed.
    pub(crate) fn may_claim(&self) -> MayClaim {
        let placing = self.clone();
        Arc::new(move |user| placing.holds(user))
    }

    /// Where the workspace lives; here, when nobody has it.
    pub(crate) async fn place(&self, user: UserId) -> StoreResult<Lives> {
        if self.holds(user) {
            return Ok(Lives::Here);
        }
        let shared = &self.0;
        let home = self.home(user);
        let now = shared.deps.clock.now();
        if home.is_leaving() || shared.draining.is_cancelled() {
            return Ok(Lives::Nowhere);
        }
        if !self.is_valid() {
            shared.look.notify_one();
            return Ok(Lives::Nowhere);
        }
        if let Some(name) = home.last_seen_on(now) {
            return Ok(Lives::On(name));
        }
        if let Some(name) = self.spared(user, now).await? {
            home.seen_on(name.clone(), now + ELSEWHERE);
            return Ok(Lives::On(name));
        }
        let placed = shared.deps.placements.place(user, &shared.id, now).await?;
        Ok(match placed {
            // An answer that took so long that it may not be true any more says nothing.
            Placed::Yours(_) if !self.is_valid() => Lives::Nowhere,
            Placed::Yours(placement) => {
                let here = placement.stage == Stage::Here;
                if home.moved_in(placement.epoch, here, placement.snapshot) {
                    Lives::Here
                } else {
                    Lives::Nowhere
                }
            }
            Placed::Elsewhere(holder) => {
                let name = holder.runner.name;
                home.seen_on(name.clone(), now + ELSEWHERE);
                Lives::On(name)
            }
            Placed::Refused => {
                shared.look.notify_one();
                Lives::Nowhere
            }
        })
    }

    /// The runner that has the workspace and is left in peace, though its registration may have expired.
    async fn spared(&self, user: UserId, now: Timestamp) -> StoreResult<Option<String>> {
        if now >= *self.patient_until() {
            return Ok(None);
        }
        let placement = self.0.deps.placements.placement(user).await?;
        let another = placement.filter(|placement| {
            placement.stage != Stage::Released && placement.runner.name != self.0.id.name
        });
        Ok(another.map(|placement| placement.runner.name))
    }

    fn known(&self, user: UserId) -> Option<Arc<Home>> {
        self.homes().get(&user).cloned()
    }

    fn home(&self, user: UserId) -> Arc<Home> {
        let mut homes = self.homes();
        homes
            .entry(user)
            .or_insert_with(|| Arc::new(Home::new(user)))
            .clone()
    }

    fn homes(&self) -> std::sync::MutexGuard<'_, HashMap<UserId, Arc<Home>>> {
        self.0.homes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
