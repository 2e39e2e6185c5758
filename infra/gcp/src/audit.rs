//! What containers asked to reach, in Firestore.

use std::sync::atomic::Ordering;

use async_trait::async_trait;
use berth_domain::ids::{RunId, UserId};
use berth_domain::ports::audit::{AuditEntry, AuditError, AuditSink, AuditTrail, Verdict};
use berth_domain::ports::{StoreError, StoreErrorKind, StoreResult};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::convert::{at, hex, stored};
use crate::db::query::{Query, text};
use crate::db::{Path, Record};

#[derive(Debug, Serialize, Deserialize)]
struct AuditRecord {
    run_id: RunId,
    user_id: UserId,
    #[serde(with = "at")]
    at: Timestamp,
    /// Order of lines of the same time: a run's lines all come from one gateway.
    line: i64,
    host: String,
    port: u16,
    verdict: Verdict,
    reason: String,
    bytes_up: i64,
    bytes_down: i64,
}

impl Record for AuditRecord {
    const COLLECTION: &'static str = "audit";
}

fn count(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or(0)
}

impl From<AuditRecord> for AuditEntry {
    fn from(record: AuditRecord) -> Self {
        Self {
            run_id: record.run_id,
            user_id: record.user_id,
            at: record.at,
            host: record.host,
            port: record.port,
            verdict: record.verdict,
            reason: record.reason,
            bytes_up: count(record.bytes_up),
            bytes_down: count(record.bytes_down),
        }
    }
}

#[async_trait]
impl AuditTrail for Store {
    async fn run_entries(
        &self,
        user: UserId,
        run: RunId,
        limit: u32,
    ) -> StoreResult<Vec<AuditEntry>> {
        let found: Vec<AuditRecord> = Query::of::<AuditRecord>()
            .equal("user_id", text(user.to_string()))
            .equal("run_id", text(run.to_string()))
            .up("at")
            .up("line")
            .limit(limit)
            .records(&self.db)
            .await
            .map_err(|trouble| trouble.at("audit.run"))?;
        Ok(found.into_iter().map(AuditEntry::from).collect())
    }
}

impl Store {
    async fn record_audit(&self, entry: &AuditEntry) -> StoreResult<()> {
        const OPERATION: &str = "audit.record";
        let mut id = [0_u8; 16];
        getrandom::fill(&mut id)
            .map_err(|error| StoreError::new(StoreErrorKind::Unavailable, OPERATION, error))?;
        let path = Path::<AuditRecord>::new(&hex(&id));
        let record = AuditRecord {
            run_id: entry.run_id,
            user_id: entry.user_id,
            at: entry.at,
            line: stored(self.lines.fetch_add(1, Ordering::Relaxed)),
            host: entry.host.clone(),
            port: entry.port,
            verdict: entry.verdict,
            reason: entry.reason.clone(),
            bytes_up: stored(entry.bytes_up),
            bytes_down: stored(entry.bytes_down),
        };
        self.db
            .change(OPERATION, |work| {
                let set = work.set(&path, &record);
                async move { set }
            })
            .await
    }
}

#[async_trait]
impl AuditSink for Store {
    async fn record(&self, entry: &AuditEntry) -> Result<(), AuditError> {
        self.record_audit(entry)
            .await
            .map_err(|error| AuditError(Box::new(error)))
    }
}
