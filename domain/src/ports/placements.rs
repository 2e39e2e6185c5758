//! Which runners there are, and which workspace lives on which.

use async_trait::async_trait;
use jiff::Timestamp;

use super::StoreResult;
use super::runs::Fenced;
use crate::ids::UserId;
use crate::lease::RunnerId;
use crate::placement::{Placement, Registration, Snapshot};

/// Answer to a runner that wants a workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placed {
    /// It lives on the runner that asked, now or already. Its files are to be restored from `placement.snapshot` while
    /// `placement.stage` is [`Stage::Moving`](crate::placement::Stage::Moving).
    Yours(Placement),
    /// It lives on this runner.
    Elsewhere(Registration),
    /// The runner that asked is gone or not registered: it must stop. Or it drains, and takes nothing new.
    Refused,
}

/// What a runner says about a workspace that it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Its files are there.
    Restored,
    /// A snapshot is complete. One that comes after its successor is not recorded, and not refused.
    Saved(Snapshot),
    /// Its last snapshot is complete and nothing works in it: another runner may take it.
    Released,
}

/// Runners and placements.
#[async_trait]
pub trait Placements: Send + Sync + std::fmt::Debug {
    /// Registers a start of a runner in place of earlier ones; `None`: a later start is registered, or this one was declared gone.
    async fn register(
        &self,
        runner: &RunnerId,
        address: &str,
        now: Timestamp,
    ) -> StoreResult<Option<Registration>>;

    /// Prolongs a registration; with `draining` the runner takes nothing new from now on. `None`: it is gone, and must stop.
    async fn renew_registration(
        &self,
        runner: &RunnerId,
        draining: bool,
        now: Timestamp,
    ) -> StoreResult<Option<Registration>>;

    /// Ends a registration; what the runner has not released may be taken at once.
    async fn unregister(&self, runner: &RunnerId) -> StoreResult<()>;

    /// Runners that are not gone, by name.
    async fn runners(&self, now: Timestamp) -> StoreResult<Vec<Registration>>;

    /// Asks for a workspace. A holder that has not renewed in time is marked as gone before its workspace is taken.
    async fn place(&self, user: UserId, runner: &RunnerId, now: Timestamp) -> StoreResult<Placed>;

    /// Where a workspace lives.
    async fn placement(&self, user: UserId) -> StoreResult<Option<Placement>>;

    /// The workspaces on a runner by name that are not released, at most `limit`.
    async fn placed_on(&self, name: &str, limit: u32) -> StoreResult<Vec<UserId>>;

    /// Records what has become of a workspace, unless it has passed to another epoch.
    async fn record_placement(
        &self,
        user: UserId,
        epoch: u64,
        progress: &Progress,
    ) -> StoreResult<Fenced<()>>;
}
