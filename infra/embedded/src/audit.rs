//! What containers asked to reach, in SQLite.

use async_trait::async_trait;
use berth_domain::ids::{RunId, UserId};
use berth_domain::ports::StoreResult;
use berth_domain::ports::audit::{AuditEntry, AuditError, AuditSink, AuditTrail, Verdict};
use rusqlite::{Row, params};

use crate::Store;
use crate::convert::{count, micros, parsed, stored, timestamp};

const fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allowed => "allowed",
        Verdict::Denied => "denied",
        Verdict::Closed => "closed",
    }
}

fn verdict(word: &str) -> Option<Verdict> {
    [Verdict::Allowed, Verdict::Denied, Verdict::Closed]
        .into_iter()
        .find(|verdict| verdict_word(*verdict) == word)
}

fn entry(row: &Row<'_>) -> rusqlite::Result<AuditEntry> {
    let word: String = row.get(5)?;
    let unknown = || {
        let error = format!("{word} is no verdict").into();
        rusqlite::Error::FromSqlConversionFailure(5, rusqlite::types::Type::Text, error)
    };
    Ok(AuditEntry {
        run_id: parsed(row, 0)?,
        user_id: parsed(row, 1)?,
        at: timestamp(row, 2)?,
        host: row.get(3)?,
        port: row.get(4)?,
        verdict: verdict(&word).ok_or_else(unknown)?,
        reason: row.get(6)?,
        bytes_up: count(row, 7)?,
        bytes_down: count(row, 8)?,
    })
}

#[async_trait]
impl AuditTrail for Store {
    async fn run_entries(
        &self,
        user: UserId,
        run: RunId,
        limit: u32,
    ) -> StoreResult<Vec<AuditEntry>> {
        self.db
            .read("audit.run", move |db| {
                db.prepare_cached(
                    "SELECT run_id, user_id, at, host, port, verdict, reason, bytes_up, bytes_down FROM audit
                     WHERE run_id = ?1 AND user_id = ?2 ORDER BY position LIMIT ?3",
                )?
                .query_map(params![run.to_string(), user.to_string(), limit], entry)?
                .collect()
            })
            .await
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
