//! A run's row.

use berth_domain::agent::AgentSnapshot;
use berth_domain::ids::RunId;
use berth_domain::lease::{Lease, RunnerId};
use berth_domain::run::{Progress, Reason, Run, RunState, Trigger};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::convert::{
    count, json, maybe_json, maybe_parsed, maybe_timestamp, maybe_word, parsed, timestamp, word,
};

/// Columns in the order in which [`run`] reads them.
pub(crate) const COLUMNS: &str = "id, user_id, conversation_id, agent_id, message_id, trigger, retry_of, state, reason,
    proved, queued_at, started_at, finished_at, result, usage, attempt, epoch, lease_runner, lease_incarnation,
    lease_expires_at, cancel_requested_at, agent_name, agent_version, schedule_id, scheduled_at";

/// Index of the first column after [`COLUMNS`].
const AFTER: usize = 25;

pub(crate) fn run(row: &Row<'_>) -> rusqlite::Result<Run> {
    let epoch = count(row, 16)?;
    let lease = match (row.get::<_, Option<String>>(17)?, maybe_timestamp(row, 19)?) {
        (Some(name), Some(expires_at)) => Some(Lease {
            runner: RunnerId {
                name,
                incarnation: parsed(row, 18)?,
            },
            epoch,
            expires_at,
        }),
        _ => None,
    };
    Ok(Run {
        id: parsed(row, 0)?,
        user_id: parsed(row, 1)?,
        conversation_id: parsed(row, 2)?,
        agent_id: maybe_parsed(row, 3)?,
        agent_name: row.get(21)?,
        agent_version: row.get(22)?,
        slot: maybe_parsed(row, 23)?.zip(maybe_timestamp(row, 24)?),
        message_id: parsed(row, 4)?,
        trigger: word(row, 5, Trigger::parse)?,
        retry_of: maybe_parsed(row, 6)?,
        state: word(row, 7, RunState::parse)?,
        reason: maybe_word(row, 8, Reason::parse)?,
        proved: row.get(9)?,
        queued_at: timestamp(row, 10)?,
        started_at: maybe_timestamp(row, 11)?,
        finished_at: maybe_timestamp(row, 12)?,
        result: row.get(13)?,
        usage: json(row, 14)?,
        attempt: row.get(15)?,
        epoch,
        lease,
        cancel_requested_at: maybe_timestamp(row, 20)?,
    })
}

pub(super) fn position_and_run(row: &Row<'_>) -> rusqlite::Result<(i64, Run)> {
    Ok((row.get(AFTER)?, run(row)?))
}

/// A run with what only its runner needs.
pub(super) struct Found {
    pub(super) position: i64,
    pub(super) run: Run,
    pub(super) progress: Option<Progress>,
    pub(super) agent: Option<AgentSnapshot>,
    /// Why it was asked to stop.
    pub(super) cancel_reason: Option<Reason>,
}

pub(super) fn find(db: &Connection, id: RunId) -> rusqlite::Result<Option<Found>> {
    db.prepare_cached(&format!(
        "SELECT {COLUMNS}, position, progress, agent, cancel_reason FROM executions WHERE id = ?1"
    ))?
    .query_row([id.to_string()], |row| {
        Ok(Found {
            position: row.get(AFTER)?,
            run: run(row)?,
            progress: maybe_json(row, AFTER + 1)?,
            agent: maybe_json(row, AFTER + 2)?,
            cancel_reason: maybe_word(row, AFTER + 3, Reason::parse)?,
        })
    })
    .optional()
}
