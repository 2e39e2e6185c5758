//! What there is to claim: the sweep that stands behind lost hints.

use std::collections::HashMap;

use berth_domain::ids::{ConversationId, RunId};
use berth_domain::lease::{self, RunnerId};
use berth_domain::quota::Quota;
use berth_domain::run::{RunState, Trigger};
use jiff::Timestamp;

use super::claim::waits_for_turn;
use super::row::{LISTED, RunRecord};
use crate::conversations;
use crate::convert::{key, micros};
use crate::db::query::{Query, int, text};
use crate::db::{Db, Done};

/// Waiting runs that are looked at together.
const PAGE: u32 = 100;

pub(super) async fn claimable(
    db: &Db,
    runner: &RunnerId,
    quota: Quota,
    now: Timestamp,
    limit: u32,
) -> Done<Vec<RunId>> {
    let mut found = orphans(db, runner, now).await?;
    let mut from: Option<(i64, String)> = None;
    let mut waiting = 0;
    // As many as are wanted of those that wait, and all that somebody has left behind: these are few, and may be older.
    while waiting < limit as usize {
        let mut query = Query::of::<RunRecord>()
            .equal("state", text(RunState::Queued.as_str()))
            .up("rank")
            .fields(LISTED)
            .limit(PAGE);
        if let Some((rank, id)) = &from {
            query = query.after(vec![int(*rank)], id);
        }
        let page: Vec<RunRecord> = query.records(db).await?;
        from = page.last().map(|run| (run.rank, key(run.id.0)));
        let last = page.len() < PAGE as usize;
        for run in first_of_their_conversations(db, page).await? {
            let waits = run.trigger == Trigger::Schedule && waits_for_turn(db, &run, quota).await?;
            if !waits && waiting < limit as usize {
                waiting += 1;
                found.push(run);
            }
        }
        if last {
            break;
        }
    }
    found.sort_by_key(|run| run.rank);
    let ids = found.iter().map(|run| run.id);
    Ok(ids.take(limit as usize).collect())
}

/// Running runs that nobody works on: their lease has expired, or is a dead incarnation's of this runner.
async fn orphans(db: &Db, runner: &RunnerId, now: Timestamp) -> Done<Vec<RunRecord>> {
    let running = || {
        Query::of::<RunRecord>()
            .equal("state", text(RunState::Running.as_str()))
            .fields(LISTED)
    };
    let expired: Vec<RunRecord> = running()
        .at_most("lease_expires_at", micros(now))
        .up("lease_expires_at")
        .records(db)
        .await?;
    let own: Vec<RunRecord> = running()
        .equal("lease_runner", text(runner.name.clone()))
        .records(db)
        .await?;
    let dead = own.into_iter().filter(|run| {
        run.lease()
            .is_some_and(|lease| lease::succeeds(runner, &lease.runner))
    });
    let by_id: HashMap<RunId, RunRecord> = expired
        .into_iter()
        .chain(dead)
        .map(|run| (run.id, run))
        .collect();
    Ok(by_id.into_values().collect())
}

/// Those that no earlier run of their conversation holds up. A slot's run is a conversation of its own.
async fn first_of_their_conversations(db: &Db, runs: Vec<RunRecord>) -> Done<Vec<RunRecord>> {
    let mut places: Vec<ConversationId> = runs
        .iter()
        .filter(|run| run.conversation_id.0 != run.id.0)
        .map(|run| run.conversation_id)
        .collect();
    places.sort_unstable();
    places.dedup();
    let names: Vec<_> = places.iter().map(|id| conversations::path(*id)).collect();
    let found = db.get_all(&names).await?;
    let first: HashMap<ConversationId, Option<RunId>> = places
        .into_iter()
        .zip(found)
        .map(|(id, found)| {
            (
                id,
                found.and_then(|found| found.log.active.first().copied()),
            )
        })
        .collect();
    let mut runs = runs;
    runs.retain(|run| match first.get(&run.conversation_id) {
        Some(first) => *first == Some(run.id),
        None => true,
    });
    Ok(runs)
}
