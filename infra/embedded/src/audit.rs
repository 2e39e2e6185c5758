//! What containers asked to reach, in SQLite.

use async_trait::async_trait;
use berth_domain::ports::audit::{AuditEntry, AuditError, AuditSink, Verdict};
use rusqlite::params;

use crate::Store;
use crate::convert::{micros, stored};

const fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allowed => "allowed",
        Verdict::Denied => "denied",
        Verdict::Closed => "closed",
    }
}

#[async_trait]
impl AuditSink for Store {
    async fn record(&self, entry: &AuditEntry) -> Result<(), AuditError> {
        let entry = entry.clone();
        self.db
            .write("audit.record", move |db| {
                db.prepare_cached(
                    "INSERT INTO audit (run_id, user_id, at, host, port, verdict, reason, bytes_up, bytes_down)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                )?
                .execute(params![
                    entry.run_id.to_string(),
                    entry.user_id.to_string(),
                    micros(entry.at),
                    entry.host,
                    entry.port,
                    verdict_word(entry.verdict),
                    entry.reason,
                    stored(entry.bytes_up),
                    stored(entry.bytes_down),
                ])?;
                Ok(())
            })
            .await
            .map_err(|error| AuditError(Box::new(error)))
    }
}
