//! What agents have done lately, for the list of agents.

use berth_domain::ids::{AgentId, UserId};
use berth_domain::ports::runs::{AgentActivity, RunMark};
use berth_domain::run::RunState;
use berth_domain::usage::UsageTotals;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::row::{COLUMNS, run};
use crate::convert::{json, micros, parsed, timestamp, word};

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
            "SELECT {COLUMNS} FROM executions WHERE agent_id = ?1 AND user_id = ?2 AND agent IS NOT NULL
             ORDER BY position DESC LIMIT 1"
        ))?
        .query_row(params![agent.to_string(), user.to_string()], run)
        .optional()?;
    let marks = db
        .prepare_cached(
            "SELECT id, queued_at, state, proved, usage FROM executions
             WHERE agent_id = ?1 AND user_id = ?2 AND agent IS NOT NULL AND queued_at >= ?3
             ORDER BY position DESC LIMIT ?4",
        )?
        .query_map(
            params![agent.to_string(), user.to_string(), micros(since), MARKS],
            |row| {
                Ok(RunMark {
                    id: parsed(row, 0)?,
                    queued_at: timestamp(row, 1)?,
                    state: word(row, 2, RunState::parse)?,
                    proved: row.get(3)?,
                    cost: json::<UsageTotals>(row, 4)?.cost_micro_usd,
                })
            },
        )?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(AgentActivity {
        agent_id: agent,
        last,
        marks,
    })
}
