//! Taking and keeping a run. The decisions are `berth_domain::lease`'s.

use berth_domain::event::Event;
use berth_domain::ids::RunId;
use berth_domain::lease::{self, Lease, RunnerId};
use berth_domain::ports::runs::{Claim, Claimed, Fenced, MayClaim, Renewed};
use berth_domain::quota::Quota;
use berth_domain::run::{RunState, Trigger};
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::row::{Found, find};
use crate::convert::{micros, parsed, stored};
use crate::db::Tx;
use crate::events::append_events;

/// Whether a run of the agent is before it, and how many of the user's are running.
pub(crate) const TURN: &str =
    "SELECT EXISTS (SELECT 1 FROM executions WHERE agent_id = ?1 AND position < ?2
    AND state IN ('queued', 'running') AND agent IS NOT NULL),
    (SELECT count(*) FROM executions WHERE user_id = ?3 AND state = 'running')";

pub(super) fn claim(
    db: &Tx<'_>,
    id: RunId,
    runner: &RunnerId,
    quota: Quota,
    now: Timestamp,
    may: &MayClaim,
) -> rusqlite::Result<Claim> {
    let Some(found) = find(db, id)? else {
        return Ok(Claim::NotNow);
    };
    if found.run.state.is_final() || follows_another(db, &found)? {
        return Ok(Claim::NotNow);
    }
    if waits_for_turn(db, &found, quota)? {
        return Ok(Claim::NotNow);
    }
    let Ok(lease) = lease::claim(found.run.lease.as_ref(), found.run.epoch, runner, now) else {
        return Ok(Claim::NotNow);
    };
    if !may(found.run.user_id) {
        return Ok(Claim::NotHere(found.run.user_id));
    }
    take(db, found, lease, now).map(|claimed| Claim::Yours(Box::new(claimed)))
}

/// A scheduled run begins when the runs of its agent before it have ended (that is what "one may wait" of an overlap rule
/// means), and when fewer of its user's runs are running than may.
fn waits_for_turn(db: &Connection, found: &Found, quota: Quota) -> rusqlite::Result<bool> {
    let run = &found.run;
    if run.state != RunState::Queued || run.trigger != Trigger::Schedule {
        return Ok(false);
    }
    let (behind, running): (bool, u32) = db.prepare_cached(TURN)?.query_row(
        params![
            run.agent_id.map(|id| id.to_string()),
            found.position,
            run.user_id.to_string()
        ],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(behind || !quota.admits(running))
}

/// One conversation is one session of Claude Code: its runs happen one after the other, in the order of their messages.
fn follows_another(db: &Connection, found: &Found) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM executions WHERE conversation_id = ?1 AND position < ?2
             AND state IN ('queued', 'running'))",
    )?
    .query_row(
        params![found.run.conversation_id.to_string(), found.position],
        |row| row.get(0),
    )
}

fn take(db: &Tx<'_>, found: Found, lease: Lease, now: Timestamp) -> rusqlite::Result<Claimed> {
    let Found {
        mut run,
        progress,
        agent,
        ..
    } = found;
    if run.started_at.is_none() {
        append_events(db, run.conversation_id, run.id, &[Event::Started], now)?;
        run.started_at = Some(now);
    }
    run.state = RunState::Running;
    run.attempt += 1;
    run.epoch = lease.epoch;
    run.lease = Some(lease.clone());
    db.prepare_cached(
        "UPDATE executions SET state = ?2, attempt = ?3, epoch = ?4, started_at = ?5, lease_runner = ?6,
             lease_incarnation = ?7, lease_expires_at = ?8
         WHERE id = ?1",
    )?
    .execute(params![
        run.id.to_string(),
        run.state.as_str(),
        run.attempt,
        stored(run.epoch),
        run.started_at.map(micros),
        lease.runner.name,
        lease.runner.incarnation.to_string(),
        micros(lease.expires_at),
    ])?;
    let (content, session) = db
        .prepare_cached("SELECT m.content, c.session FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE m.id = ?1")?
        .query_row([run.message_id.to_string()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    Ok(Claimed {
        run,
        lease,
        content,
        agent,
        session,
        progress,
    })
}

pub(super) fn claimable(
    db: &Connection,
    runner: &RunnerId,
    quota: Quota,
    now: Timestamp,
    limit: u32,
) -> rusqlite::Result<Vec<RunId>> {
    db.prepare_cached(
        "SELECT e.id FROM executions e
         WHERE e.state IN ('queued', 'running')
           AND (e.lease_runner IS NULL OR e.lease_expires_at <= ?1
                OR (e.lease_runner = ?2 AND e.lease_incarnation < ?3))
           AND NOT EXISTS (SELECT 1 FROM executions b WHERE b.conversation_id = e.conversation_id
                AND b.position < e.position AND b.state IN ('queued', 'running'))
           AND NOT (e.state = 'queued' AND e.trigger = 'schedule' AND (
                EXISTS (SELECT 1 FROM executions a WHERE a.agent_id = e.agent_id AND a.position < e.position
                    AND a.state IN ('queued', 'running') AND a.agent IS NOT NULL)
                OR ?5 <= (SELECT count(*) FROM executions r WHERE r.user_id = e.user_id AND r.state = 'running')))
         ORDER BY e.position LIMIT ?4",
    )?
    .query_map(
        params![
            micros(now),
            runner.name,
            runner.incarnation.to_string(),
            limit,
            quota.concurrent_runs
        ],
        |row| parsed(row, 0),
    )?
    .collect()
}

pub(super) fn renew(
    db: &Connection,
    id: RunId,
    epoch: u64,
    now: Timestamp,
) -> rusqlite::Result<Fenced<Renewed>> {
    let Some(found) = find(db, id)? else {
        return Ok(Fenced::LeaseLost);
    };
    let Some(lease) = lease::renew(found.run.lease.as_ref(), epoch, now) else {
        return Ok(Fenced::LeaseLost);
    };
    db.prepare_cached("UPDATE executions SET lease_expires_at = ?2 WHERE id = ?1")?
        .execute(params![id.to_string(), micros(lease.expires_at)])?;
    Ok(Fenced::Done(Renewed {
        lease,
        cancel_requested: found.run.cancel_requested_at.is_some(),
    }))
}
