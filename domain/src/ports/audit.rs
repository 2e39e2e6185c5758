//! The trail of what containers asked to reach.

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{RunId, UserId};

/// The trail could not be written. The connection it was about is denied.
#[derive(Debug, thiserror::Error)]
#[error("audit trail could not be written")]
pub struct AuditError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// What became of a request to connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Written before the first byte flows; both byte counts are zero.
    Allowed,
    Denied,
    /// An allowed connection ended; carries the byte counts.
    Closed,
}

/// One line of the trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    pub run_id: RunId,
    pub user_id: UserId,
    pub at: Timestamp,
    /// As asked for, at most 255 characters, escaped: it comes from the container.
    pub host: String,
    pub port: u16,
    pub verdict: Verdict,
    /// A short stable word such as `not_listed`, or `listed` and `open` for what was allowed.
    pub reason: String,
    pub bytes_up: u64,
    pub bytes_down: u64,
}

/// Where verdicts are kept.
#[async_trait]
pub trait AuditSink: Send + Sync + std::fmt::Debug {
    async fn record(&self, entry: &AuditEntry) -> Result<(), AuditError>;
}

/// The trail, to be read by the person whose run it was.
#[async_trait]
pub trait AuditTrail: Send + Sync + std::fmt::Debug {
    /// What a run asked to reach, in the order it asked, the first `limit` entries; empty for a run of somebody else.
    async fn run_entries(
        &self,
        user: UserId,
        run: RunId,
        limit: u32,
    ) -> super::StoreResult<Vec<AuditEntry>>;
}
