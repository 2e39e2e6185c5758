//! Hints that a run may want attention.

use async_trait::async_trait;

use crate::ids::RunId;

/// What there may be to do. Whoever receives a hint looks into the store before anything follows from it: anybody who may publish may
/// have written it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// It may be claimed.
    Claim(RunId),
    /// Its owner wants it to stop.
    Cancel(RunId),
}

/// Carries hints. It may lose, double, delay or reorder them: a sweep over the store finds everything anyway.
#[async_trait]
pub trait Queue: Send + Sync + std::fmt::Debug {
    /// Sends a hint; a failure is the adapter's to log, for the sweep stands behind it.
    async fn announce(&self, hint: Hint);

    /// Sends a hint to one runner, by its name (a workspace lives on one at a time). Where there is only one, its name says nothing.
    async fn announce_to(&self, _runner: &str, hint: Hint) {
        self.announce(hint).await;
    }

    /// The next hint. Only one task may wait; cancel-safe. `None` when the queue is closed.
    async fn next(&self) -> Option<Hint>;
}
