//! The list of runs and its filters.
//!
//! Firestore answers equality of any of the fields that have an index with the list's order. What has none (how a run was set off,
//! when it ended) is looked at here, and more is read until the page is full.

use berth_domain::ids::UserId;
use berth_domain::page::{Page, PageRequest};
use berth_domain::ports::runs::RunFilter;
use berth_domain::run::{Run, RunState};
use jiff::SignedDuration;

use super::row::{LISTED, RunRecord};
use crate::convert::{cursor, key, micros, page, parse_cursor};
use crate::db::query::{Query, flag, int, text};
use crate::db::{Db, Done};

/// How far a rank may be ahead of its run's time. It is ahead where runs came within a microsecond, or a clock was set back.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

fn query(user: UserId, filter: &RunFilter) -> Query {
    let mut query = Query::of::<RunRecord>()
        .equal("user_id", text(user.to_string()))
        .down("rank")
        .fields(LISTED);
    if let Some(agent) = filter.agent_id {
        query = query.equal("agent_id", text(agent.to_string()));
    }
    if let Some(conversation) = filter.conversation_id {
        query = query.equal("conversation_id", text(conversation.to_string()));
    }
    if let Some(of_agent) = filter.of_agents {
        query = query.equal("of_agent", flag(of_agent));
    }
    if let Some(reason) = filter.reason {
        query = query.equal("reason", text(reason.as_str()));
    }
    if let Some(proved) = filter.proved {
        query = query.equal("proved", flag(proved));
    }
    if !filter.states.is_empty() {
        let mut states: Vec<RunState> = filter.states.clone();
        states.sort_unstable_by_key(|state| state.as_str());
        states.dedup();
        let words = states.iter().map(|state| text(state.as_str()));
        query = query.any("state", words.collect());
    }
    if let Some(from) = filter.from {
        query = query.at_least("rank", micros(from));
    }
    if let Some(to) = filter.to {
        query = query.below("rank", micros(to.saturating_add(AHEAD).unwrap_or(to)));
    }
    query
}

/// What the query has not looked at.
fn fits(run: &RunRecord, filter: &RunFilter) -> bool {
    let triggers = &filter.triggers;
    (triggers.is_empty() || triggers.contains(&run.trigger))
        && filter.from.is_none_or(|from| run.queued_at >= from)
        && filter.to.is_none_or(|to| run.queued_at < to)
        && filter
            .finished_from
            .is_none_or(|from| run.finished_at.is_some_and(|at| at >= from))
}

pub(super) async fn list(
    db: &Db,
    user: UserId,
    filter: &RunFilter,
    request: &PageRequest,
) -> Done<Page<Run>> {
    let limit = request.limit() + 1;
    let mut rows: Vec<RunRecord> = Vec::new();
    let mut from = parse_cursor(request.cursor.as_deref());
    loop {
        let mut query = query(user, filter).limit(limit);
        if let Some((rank, id)) = &from {
            query = query.after(vec![int(*rank)], id);
        }
        let found: Vec<RunRecord> = query.records(db).await?;
        let read = found.len();
        from = found.last().map(|run| (run.rank, key(run.id.0)));
        rows.extend(found.into_iter().filter(|run| fits(run, filter)));
        if read < limit as usize || rows.len() >= limit as usize {
            break;
        }
    }
    let page = page(rows, request.limit(), |last| {
        cursor(last.rank, key(last.id.0))
    });
    Ok(Page {
        items: page.items.into_iter().map(RunRecord::into_domain).collect(),
        next: page.next,
    })
}
