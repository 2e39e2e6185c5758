//! The outbox of ended runs: a run's row says itself that nobody has drawn the consequences of its end.

use berth_domain::ports::notifications::Settlement;
use berth_domain::run::Run;
use rusqlite::Connection;

use super::{add, deliveries};
use crate::runs::row::{COLUMNS, run};
use crate::schedules;

/// Ended runs of agents that nobody has settled, oldest first.
pub(crate) const UNSETTLED: &str =
    "FROM executions WHERE settled = 0 ORDER BY finished_at, position LIMIT ?1";

pub(super) fn unsettled(db: &Connection, limit: u32) -> rusqlite::Result<Vec<Run>> {
    db.prepare_cached(&format!("SELECT {COLUMNS} {UNSETTLED}"))?
        .query_map([limit], run)?
        .collect()
}

pub(super) fn settle(db: &Connection, settlement: &Settlement) -> rusqlite::Result<bool> {
    let first = db
        .prepare_cached("UPDATE executions SET settled = 1 WHERE id = ?1 AND settled = 0")?
        .execute([settlement.run_id.to_string()])?;
    if first == 0 {
        return Ok(false);
    }
    for notification in &settlement.notifications {
        add(db, notification)?;
    }
    deliveries::add(db, &settlement.deliveries)?;
    if let Some(verdict) = &settlement.schedule {
        schedules::judge(db, verdict, settlement.now)?;
    }
    Ok(true)
}
