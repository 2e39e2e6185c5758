//! Users' workspaces: up when somebody needs them, asleep when nobody does.
//!
//! Whoever works in a workspace [acquires](Workspaces::acquire) it and holds a [`Berth`] meanwhile. What is up is
//! remembered, so that a message to a warm workspace costs a look into a map and no call to the engine. The memory is
//! a hint: the holder of a berth who cannot reach the supervisor says so ([`Berth::lost`]), and the next one looks
//! again.
//!
//! ```text
//! Down ──acquire──▶ Starting ──health answers──▶ Up ──idle──▶ Stopping ──▶ Down
//!                      └──────failed──────▶ Down ◀──lost──┘
//! ```

mod account;
mod berth;
mod close;
mod error;
mod files;
mod idle;
mod port;
mod slot;
mod start;
mod stats;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use berth_domain::clock::Clock;
use berth_domain::ids::UserId;
use berth_domain::ports::gateway::Gateway;
use berth_domain::ports::workspaces::WorkspaceError;

use jiff::Timestamp;

use crate::engine::Engine;

pub use account::{Account, AgentSeat};
pub use berth::Berth;
pub use stats::Stats;

use slot::{Entrance, Slot};

/// Settings of [`Workspaces`].
#[derive(Debug, Clone, Copy)]
pub struct WorkspacesConfig {
    /// How long a supervisor may take to answer after its container was started.
    pub ready_within: Duration,
}

impl Default for WorkspacesConfig {
    /// 15 s: a start takes 0.4 s on an idle machine, and several are made at once on a loaded one.
    fn default() -> Self {
        Self {
            ready_within: Duration::from_secs(15),
        }
    }
}

/// All workspaces of this runner.
#[derive(Debug, Clone)]
pub struct Workspaces {
    shared: Arc<Shared>,
}

/// What tasks of their own need: starting and stopping go on when the caller has gone away.
#[derive(Debug)]
struct Shared {
    engine: Arc<dyn Engine>,
    gateway: Arc<dyn Gateway>,
    clock: Arc<dyn Clock>,
    config: WorkspacesConfig,
    /// Grows with the number of users this runner has seen, some hundred bytes each.
    slots: Mutex<HashMap<UserId, Arc<Slot>>>,
}

impl Workspaces {
    /// A manager that knows of no workspace yet; see [`Workspaces::adopt_running`].
    pub fn new(
        engine: Arc<dyn Engine>,
        gateway: Arc<dyn Gateway>,
        clock: Arc<dyn Clock>,
        config: WorkspacesConfig,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                engine,
                gateway,
                clock,
                config,
                slots: Mutex::default(),
            }),
        }
    }

    /// The user's workspace, up, and kept so while the guard lives.
    ///
    /// Callers who come while it starts share that start, and its error. A start goes on when nobody waits any more.
    pub async fn acquire(&self, user: UserId) -> Result<Berth, WorkspaceError> {
        let slot = self.shared.slot(user);
        loop {
            match slot.enter(&self.shared) {
                Entrance::Up(berth) => return Ok(berth),
                Entrance::Starting(starting) => starting.await?,
                Entrance::Stopping(stopping) => drop(stopping.await),
            }
        }
    }

    /// Says until when these workspaces are certainly ours: past that their gateway lets nothing out.
    pub fn vouch(&self, until: Timestamp) {
        self.shared.gateway.vouch(until);
    }

    /// Whether [`Workspaces::acquire`] would answer at once.
    pub fn is_warm(&self, user: UserId) -> bool {
        self.shared
            .known(user)
            .is_some_and(|slot| slot.live().is_some())
    }
}

impl Shared {
    /// The user's slot, if one was made.
    fn known(&self, user: UserId) -> Option<Arc<Slot>> {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.get(&user).cloned()
    }

    fn slot(&self, user: UserId) -> Arc<Slot> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = slots
            .entry(user)
            .or_insert_with(|| Arc::new(Slot::new(user, self.clock.now())));
        Arc::clone(slot)
    }
}
