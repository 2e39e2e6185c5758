//! One trait a file; an adapter of the same name stands in every `infra` folder.
//!
//! The store is the truth, everything else is a hint: [`queue`] and [`live`] may lose, double or delay what they carry
//! without changing anything but latency.

pub mod agents;
pub mod alarm;
pub mod artifacts;
pub mod audit;
pub mod conversations;
pub mod credentials;
pub mod events;
pub mod gateway;
pub mod homes;
pub mod live;
pub mod notifications;
pub mod placements;
pub mod proposals;
pub mod queue;
pub mod runs;
pub mod schedules;
pub mod sealing;
pub mod secrets;
pub mod settings;
pub mod triggers;
pub mod usage;
pub mod users;
pub mod workspaces;

use std::fmt;

/// What a failed store call means for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// Not reachable or busy: the same call may work later.
    Unavailable,
    /// No space is left: nothing can be stored until somebody makes room.
    Full,
    /// What is stored cannot be read, or the call was wrong: trying again will not help.
    Broken,
}

/// A store call that did not happen. "Not found" is not an error: such calls answer `Ok(None)`.
#[derive(Debug)]
pub struct StoreError {
    /// What follows.
    pub kind: StoreErrorKind,
    /// The call, for example `runs.claim`.
    pub operation: &'static str,
    /// What the adapter knows; for logs only.
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

impl StoreError {
    /// An error of `kind` in `operation`.
    pub fn new(
        kind: StoreErrorKind,
        operation: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self {
            kind,
            operation,
            source: source.into(),
        }
    }

    /// Whether the same call may work later.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self.kind,
            StoreErrorKind::Unavailable | StoreErrorKind::Full
        )
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "store call {} failed", self.operation)
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.source.as_ref())
    }
}

/// Result of a store call.
pub type StoreResult<T> = Result<T, StoreError>;
