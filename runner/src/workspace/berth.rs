//! A place in a workspace that is up.

use std::sync::Arc;

use berth_domain::clock::Clock;
use berth_domain::ids::UserId;
use berth_supervisor_protocol::Client;

use super::account::{Account, AgentSeat};
use super::slot::{Live, Slot};
use super::stats;
use crate::engine::WorkspacePaths;

/// Keeps a workspace awake while it lives.
#[derive(Debug)]
pub struct Berth {
    slot: Arc<Slot>,
    live: Arc<Live>,
    clock: Arc<dyn Clock>,
}

impl Berth {
    /// The slot has counted it already.
    pub(super) fn new(slot: Arc<Slot>, live: Arc<Live>, clock: Arc<dyn Clock>) -> Self {
        Self { slot, live, clock }
    }

    /// Whose workspace it is.
    pub fn user(&self) -> UserId {
        self.slot.user
    }

    /// The supervisor in it.
    pub fn client(&self) -> &Arc<Client> {
        &self.live.client
    }

    /// Places as processes inside see them.
    pub fn paths(&self) -> &WorkspacePaths {
        &self.live.paths
    }

    /// User and group to run the user's processes as.
    pub fn process_user(&self) -> Option<(u32, u32)> {
        self.live.engine.process_user()
    }

    /// Who a process is and where it begins: `agent`'s, or the chat's without.
    pub fn account(&self, agent: Option<AgentSeat>) -> Account {
        match agent {
            Some(seat) => {
                let agent = self.live.engine.agent(self.slot.user, seat.number);
                Account::of_agent(seat, agent, self.paths())
            }
            None => Account::of_chat(self.process_user(), self.paths()),
        }
    }

    /// Of the supervisor that [`Berth::client`] was made for. After a restart of the container the client reaches
    /// another one, which knows nothing of earlier processes.
    pub fn boot_id(&self) -> &str {
        &self.live.boot_id
    }

    /// Processes that the kernel had ended for want of memory when the workspace's figures were last taken: at its start, at every
    /// look since, and with [`Berth::count_oom_kills`].
    pub fn known_oom_kills(&self) -> Option<u64> {
        self.slot.sample()?.oom_kills()
    }

    /// The same as it is now.
    pub async fn count_oom_kills(&self) -> Option<u64> {
        let stats = stats::take(&self.slot, &self.live, &*self.clock).await;
        stats?.oom_kills
    }

    /// The supervisor was unreachable: the next one to acquire this workspace looks at the container again.
    pub fn lost(&self) {
        self.slot.lost(&self.live.boot_id);
    }
}

impl Drop for Berth {
    fn drop(&mut self) {
        self.slot.leave(self.clock.now());
    }
}
