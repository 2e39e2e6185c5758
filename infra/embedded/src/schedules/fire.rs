//! From a waiting slot to its run, in one transaction.

use berth_domain::agent::{AgentSnapshot, AgentStatus};
use berth_domain::ids::{AgentId, ConversationId, RunId, UserId};
use berth_domain::ports::runs::{CancelOutcome, Submission};
use berth_domain::ports::schedules::{Fired, Firing};
use berth_domain::quota::Quota;
use berth_domain::run::{Reason, RunState, Trigger};
use berth_domain::schedule::{
    Overlap, OverlapDecision, SlotEnd, SlotOutcome, SlotReason, Unfinished, overlap,
    slot_message_id, slot_run_id,
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::slots;
use crate::convert::{json, micros, parsed, timestamp, word};
use crate::db::Tx;
use crate::runs::{finish, submit};

/// An agent's runs that are not over.
pub(crate) const UNFINISHED: &str = "SELECT e.id, e.state FROM executions e
    WHERE e.agent_id = ?1 AND e.state IN ('queued', 'running') AND e.agent IS NOT NULL
    AND NOT (?2 AND e.schedule_id = ?3 AND EXISTS (SELECT 1 FROM slots s
    WHERE s.schedule_id = e.schedule_id AND s.scheduled_at = e.scheduled_at AND s.late))
    ORDER BY e.position";

pub(super) fn fire(db: &Tx<'_>, firing: &Firing) -> rusqlite::Result<Fired> {
    let slot = match find(db, firing)? {
        None => return Ok(Fired::Unknown),
        Some(Found::Ended(fired)) => return Ok(fired),
        Some(Found::Waiting(slot)) => slot,
    };
    let Some((status, agent)) = slot.agent else {
        return skip(db, firing, SlotReason::AgentDeleted);
    };
    if slot.decided {
        let run_id = start(db, firing, slot.user_id, slot.agent_id, agent)?;
        return Ok(ran(run_id, Vec::new()));
    }
    if status == AgentStatus::Inactive {
        return skip(db, firing, SlotReason::AgentInactive);
    }
    let unfinished = unfinished(db, firing, slot.agent_id, slot.late)?;
    let stopping = match overlap(firing.overlap, count(&unfinished)) {
        OverlapDecision::Fire => Vec::new(),
        OverlapDecision::Skip => return skip(db, firing, SlotReason::Overlap),
        OverlapDecision::FireAfterCancelling => stop(db, firing, slot.user_id, &unfinished)?,
    };
    let run_id = start(db, firing, slot.user_id, slot.agent_id, agent)?;
    Ok(ran(run_id, stopping))
}

fn ran(run_id: RunId, stopping: Vec<RunId>) -> Fired {
    Fired::Ran {
        run_id,
        repeated: false,
        stopping,
    }
}

/// Fires those of an agent's slots of which it is decided that they run, before its content goes.
pub(crate) fn decided(
    db: &Tx<'_>,
    user: UserId,
    agent: AgentId,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let firings: Vec<Firing> = db
        .prepare_cached(
            "SELECT schedule_id, scheduled_at FROM slots
             WHERE agent_id = ?1 AND user_id = ?2 AND outcome = 'pending' AND agent_version IS NOT NULL
             ORDER BY scheduled_at",
        )?
        .query_map([agent.to_string(), user.to_string()], |row| {
            Ok(Firing {
                schedule_id: parsed(row, 0)?,
                scheduled_at: timestamp(row, 1)?,
                // Not looked at any more.
                overlap: Overlap::QueueOne,
                now,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    firings
        .iter()
        .try_for_each(|firing| fire(db, firing).map(drop))
}

enum Found {
    Waiting(Waiting),
    Ended(Fired),
}

/// What a waiting slot's row says, with its agent unless that is deleted.
struct Waiting {
    agent_id: AgentId,
    user_id: UserId,
    late: bool,
    /// Whether it was decided with the row that it runs; then its agent is that of this moment.
    decided: bool,
    agent: Option<(AgentStatus, AgentSnapshot)>,
}

fn find(db: &Connection, firing: &Firing) -> rusqlite::Result<Option<Found>> {
    db.prepare_cached(
        "SELECT s.outcome, s.reason, s.run_id, s.agent_id, s.user_id, s.late, a.status, a.number, v.version, v.spec,
             s.agent_version IS NOT NULL
         FROM slots s
         LEFT JOIN agents a ON a.id = s.agent_id AND a.deleted_at IS NULL
         LEFT JOIN agent_versions v ON v.agent_id = a.id AND v.version = coalesce(s.agent_version, a.version)
         WHERE s.schedule_id = ?1 AND s.scheduled_at = ?2",
    )?
    .query_row(
        params![firing.schedule_id.to_string(), micros(firing.scheduled_at)],
        found,
    )
    .optional()
}

fn found(row: &Row<'_>) -> rusqlite::Result<Found> {
    match word(row, 0, SlotOutcome::parse)? {
        SlotOutcome::Pending => waiting(row).map(Found::Waiting),
        SlotOutcome::Ran => Ok(Found::Ended(Fired::Ran {
            run_id: parsed(row, 2)?,
            repeated: true,
            stopping: Vec::new(),
        })),
        outcome @ (SlotOutcome::Skipped | SlotOutcome::Missed) => {
            let reason = word(row, 1, SlotReason::parse)?;
            Ok(Found::Ended(Fired::Ended(outcome, reason)))
        }
    }
}

fn waiting(row: &Row<'_>) -> rusqlite::Result<Waiting> {
    let agent = match row.get::<_, Option<u32>>(7)? {
        None => None,
        Some(number) => {
            let snapshot = AgentSnapshot {
                number,
                version: row.get(8)?,
                spec: json(row, 9)?,
            };
            Some((word(row, 6, AgentStatus::parse)?, snapshot))
        }
    };
    Ok(Waiting {
        agent_id: parsed(row, 3)?,
        user_id: parsed(row, 4)?,
        late: row.get(5)?,
        decided: row.get(10)?,
        agent,
    })
}

fn skip(db: &Connection, firing: &Firing, reason: SlotReason) -> rusqlite::Result<Fired> {
    end(db, firing, SlotEnd::Skipped(reason))?;
    Ok(Fired::Ended(SlotOutcome::Skipped, reason))
}

fn end(db: &Connection, firing: &Firing, end: SlotEnd) -> rusqlite::Result<()> {
    slots::end(db, firing.schedule_id, firing.scheduled_at, end, firing.now)
}

/// The agent's runs that are not over. The late slots of one catch-up are one row of work: for a late slot, the runs of its
/// schedule's other late slots are left out.
fn unfinished(
    db: &Connection,
    firing: &Firing,
    agent: AgentId,
    late: bool,
) -> rusqlite::Result<Vec<(RunId, RunState)>> {
    db.prepare_cached(UNFINISHED)?
        .query_map(
            params![agent.to_string(), late, firing.schedule_id.to_string()],
            |row| Ok((parsed(row, 0)?, word(row, 1, RunState::parse)?)),
        )?
        .collect()
}

fn count(runs: &[(RunId, RunState)]) -> Unfinished {
    runs.iter()
        .fold(Unfinished::default(), |mut counted, (_, state)| {
            match state {
                RunState::Queued => counted.queued += 1,
                _ => counted.running += 1,
            }
            counted
        })
}

/// Stops runs; answers those that a runner must be told of.
fn stop(
    db: &Tx<'_>,
    firing: &Firing,
    user: UserId,
    runs: &[(RunId, RunState)],
) -> rusqlite::Result<Vec<RunId>> {
    let mut asked = Vec::new();
    // Those that wait first, so that none of them starts in between.
    for (id, _) in runs.iter().rev() {
        if finish::request_cancel(db, user, *id, Reason::ReplacedByNext, firing.now)?
            == CancelOutcome::Requested
        {
            asked.push(*id);
        }
    }
    Ok(asked)
}

fn start(
    db: &Tx<'_>,
    firing: &Firing,
    user_id: UserId,
    agent_id: AgentId,
    agent: AgentSnapshot,
) -> rusqlite::Result<RunId> {
    let run_id = slot_run_id(firing.schedule_id, firing.scheduled_at);
    let submission = Submission {
        user_id,
        message_id: slot_message_id(firing.schedule_id, firing.scheduled_at),
        conversation_id: None,
        // The log of a slot's run has the run's id.
        new_conversation_id: ConversationId(run_id.0),
        run_id,
        agent_id: Some(agent_id),
        content: agent.spec.prompt.clone(),
        agent: Some(agent),
        trigger: Trigger::Schedule,
        retry_of: None,
        // Not looked at: a scheduled run is never refused, it waits for its turn.
        quota: Quota::default(),
        now: firing.now,
    };
    let slot = (firing.schedule_id, firing.scheduled_at);
    submit::begin(db, &submission, Some(slot))?;
    end(db, firing, SlotEnd::Ran(run_id))?;
    Ok(run_id)
}
