//! The workspaces that live on this runner, for whatever on it serves them to others.

use std::fmt;

use async_trait::async_trait;
use futures::future::BoxFuture;

use super::StoreError;
use super::workspaces::WorkspaceError;
use crate::ids::UserId;

/// Why nothing may be done in a workspace on this runner.
#[derive(Debug)]
pub enum NotHere {
    /// It lives on another runner, or is about to leave this one.
    Elsewhere,
    /// Where it lives cannot be told.
    Unknown(StoreError),
    /// It lives here, and its files could not be brought here.
    Failed(WorkspaceError),
}

/// Where this runner's workspaces are.
#[async_trait]
pub trait Homes: Send + Sync + fmt::Debug {
    /// Makes sure that the workspace lives here and has its files, before anything is done in it: what is written into a copy that lives
    /// on elsewhere would be lost. One that nobody holds is taken.
    async fn settle(&self, user: UserId) -> Result<(), NotHere>;

    /// Says that its files have changed, so that they are kept beyond this machine.
    fn changed(&self, user: UserId);

    /// Completes when the workspace leaves this runner; what is told of it from then on comes from another.
    fn left(&self, user: UserId) -> BoxFuture<'static, ()>;
}
