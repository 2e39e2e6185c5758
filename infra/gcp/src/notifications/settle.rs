//! The outbox of ended runs: a run's document says itself that nobody has drawn the consequences of its end.

use berth_domain::ports::notifications::Settlement;
use berth_domain::run::Run;

use super::{add, deliveries};
use crate::db::query::Query;
use crate::db::work::Work;
use crate::db::{Db, Done};
use crate::runs::row::{self, LISTED, RunRecord};
use crate::schedules;

pub(super) async fn unsettled(db: &Db, limit: u32) -> Done<Vec<Run>> {
    let found: Vec<RunRecord> = Query::of::<RunRecord>()
        .up("unsettled_at")
        .up("rank")
        .fields(LISTED)
        .limit(limit)
        .records(db)
        .await?;
    Ok(found.into_iter().map(RunRecord::into_domain).collect())
}

pub(super) async fn settle(work: &Work, settlement: &Settlement) -> Done<bool> {
    let path = row::path(settlement.run_id);
    let found = work.get(&path).await?;
    let Some(mut run) = found.filter(|run| run.unsettled_at.is_some()) else {
        return Ok(false);
    };
    run.unsettled_at = None;
    work.put(&path, &run)?;
    for notification in &settlement.notifications {
        add(work, notification).await?;
    }
    deliveries::add(work, &settlement.deliveries).await?;
    if let Some(verdict) = &settlement.schedule {
        schedules::judge(work, verdict, settlement.now).await?;
    }
    Ok(true)
}
