//! What agents have done lately, for the list of agents.

use berth_domain::ids::{AgentId, UserId};
use berth_domain::ports::runs::{AgentActivity, RunMark};
use berth_domain::run::{Reason, RunState};
use berth_domain::usage::MicroUsd;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::row::{COLUMNS, run};
use crate::convert::{count, maybe_word, parsed, timestamp, word};

/// An agent's runs, newest first.
pub(crate) const RECENT: &str =
    "SELECT id, queued_at, state, reason, proved, cost_micro_usd FROM executions INDEXED BY executions_by_agent
    WHERE agent_id = ?1 AND user_id = ?2 AND agent_name IS NOT NULL ORDER BY position DESC LIMIT ?3";

/// Most marks of one agent.
const MARKS: u32 = 200;

pub(super) fn of(
    db: &Connection,
    user: UserId,
    agent: AgentId,
    since: Timestamp,
) -> rusqlite::Result<AgentActivity> {
    let last = db
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM executions INDEXED BY executions_by_agent WHERE agent_id = ?1 AND user_id = ?2 AND agent_name IS NOT NULL
             ORDER BY position DESC LIMIT 1"
        ))?
        .query_row(params![agent.to_string(), user.to_string()], run)
        .optional()?;
    let marks = db
        .prepare_cached(RECENT)?
        .query_map(params![agent.to_string(), user.to_string(), MARKS], |row| {
            Ok(RunMark {
                id: parsed(row, 0)?,
                queued_at: timestamp(row, 1)?,
                state: word(row, 2, RunState::parse)?,
                reason: maybe_word(row, 3, Reason::parse)?,
                proved: row.get(4)?,
                cost: MicroUsd(count(row, 5)?),
            })
        })?
        // Runs are in the order in which they came: behind the first that is older, all are.
        .take_while(|mark| mark.as_ref().map_or(true, |mark| mark.queued_at >= since))
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(AgentActivity {
        agent_id: agent,
        last,
        marks,
    })
}
