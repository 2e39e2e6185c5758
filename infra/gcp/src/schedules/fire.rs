//! From a waiting slot to its run, in one commit.

use std::collections::BTreeMap;

use berth_domain::agent::{Agent, AgentSnapshot, AgentStatus};
use berth_domain::ids::{ConversationId, RunId};
use berth_domain::ports::runs::{CancelOutcome, Submission};
use berth_domain::ports::schedules::{Fired, Firing};
use berth_domain::quota::Quota;
use berth_domain::run::{Reason, RunState, Trigger};
use berth_domain::schedule::{
    OverlapDecision, SlotEnd, SlotOutcome, SlotReason, Unfinished, overlap, slot_message_id,
    slot_run_id,
};

use super::row::{SlotRecord, slot_path};
use crate::accounts;
use crate::agents::{self, AgentRecord};
use crate::db::query::{Query, flag, text};
use crate::db::work::Work;
use crate::db::{Done, Trouble};
use crate::runs::row::{self, RunRecord};
use crate::runs::{finish, submit};

/// Fires in this order.
pub(super) async fn all(work: &Work, firings: &[Firing]) -> Done<Vec<Fired>> {
    let slots: Vec<_> = firings
        .iter()
        .map(|firing| slot_path(firing.schedule_id, firing.scheduled_at))
        .collect();
    work.load_all(&slots).await?;
    let mut ids = Vec::new();
    for path in &slots {
        if let Some(slot) = work.get(path).await? {
            ids.push(agents::path(slot.agent_id).relative().to_owned());
            ids.push(accounts::path(slot.user_id).relative().to_owned());
        }
    }
    work.load(ids.iter().map(String::as_str)).await?;
    let mut fired = Vec::with_capacity(firings.len());
    for firing in firings {
        fired.push(fire(work, firing).await?);
    }
    Ok(fired)
}

async fn fire(work: &Work, firing: &Firing) -> Done<Fired> {
    let path = slot_path(firing.schedule_id, firing.scheduled_at);
    let Some(slot) = work.get(&path).await? else {
        return Ok(Fired::Unknown);
    };
    if slot.outcome != SlotOutcome::Pending {
        return ended(&slot);
    }
    let agent = work.get(&agents::path(slot.agent_id)).await?;
    let Some(agent) = agent.and_then(AgentRecord::into_domain) else {
        return skip(work, firing, slot, SlotReason::AgentDeleted);
    };
    if agent.status == AgentStatus::Inactive {
        return skip(work, firing, slot, SlotReason::AgentInactive);
    }
    // Read before the agent's runs are asked for and written with the new one: of two slots that fire at the same time, the second
    // sees the first one's run.
    let mut account = accounts::get(work, slot.user_id).await?;
    let unfinished = unfinished(work, &slot).await?;
    let stopping = match overlap(firing.overlap, count(&unfinished)) {
        OverlapDecision::Fire => Vec::new(),
        OverlapDecision::Skip => return skip(work, firing, slot, SlotReason::Overlap),
        OverlapDecision::FireAfterCancelling => stop(work, firing, &slot, &unfinished).await?,
    };
    let submission = submission(firing, &slot, &agent);
    let at = (firing.schedule_id, firing.scheduled_at);
    submit::of_slot(work, &mut account, &submission, at, slot.late)?;
    accounts::put(work, slot.user_id, &account)?;
    end(work, firing, slot, SlotEnd::Ran(submission.run_id))?;
    Ok(Fired::Ran {
        run_id: submission.run_id,
        repeated: false,
        stopping,
    })
}

/// What became of a slot that does not wait any more.
fn ended(slot: &SlotRecord) -> Done<Fired> {
    let half = || Trouble::broken("a slot that ended without saying how");
    Ok(match slot.outcome {
        SlotOutcome::Ran => Fired::Ran {
            run_id: slot.run_id.ok_or_else(half)?,
            repeated: true,
            stopping: Vec::new(),
        },
        outcome => Fired::Ended(outcome, slot.reason.ok_or_else(half)?),
    })
}

fn skip(work: &Work, firing: &Firing, slot: SlotRecord, reason: SlotReason) -> Done<Fired> {
    end(work, firing, slot, SlotEnd::Skipped(reason))?;
    Ok(Fired::Ended(SlotOutcome::Skipped, reason))
}

fn end(work: &Work, firing: &Firing, mut slot: SlotRecord, end: SlotEnd) -> Done<()> {
    slot.end(end, firing.now);
    let path = slot_path(firing.schedule_id, firing.scheduled_at);
    work.put(&path, &slot)
}

/// The agent's runs that are not over, in their order. The late slots of one catch-up are one row of work: for a late slot, the runs
/// of its schedule's other late slots are left out.
async fn unfinished(work: &Work, slot: &SlotRecord) -> Done<Vec<RunRecord>> {
    let stored: Vec<RunRecord> = Query::of::<RunRecord>()
        .equal("agent_id", text(slot.agent_id.to_string()))
        .equal("open", flag(true))
        .equal("of_agent", flag(true))
        .fields(row::LISTED)
        .records(work.db())
        .await?;
    // As this step has left them, where it has.
    let mut runs: BTreeMap<RunId, RunRecord> =
        stored.into_iter().map(|run| (run.id, run)).collect();
    for run in work.written::<RunRecord>()? {
        if run.agent_id == Some(slot.agent_id) && run.of_agent {
            runs.insert(run.id, run);
        }
    }
    let same_row = |run: &RunRecord| {
        slot.late && run.late == Some(true) && run.schedule_id == Some(slot.schedule_id)
    };
    let mut runs: Vec<RunRecord> = runs
        .into_values()
        .filter(|run| !run.state.is_final() && !same_row(run))
        .collect();
    runs.sort_by_key(|run| run.rank);
    Ok(runs)
}

fn count(runs: &[RunRecord]) -> Unfinished {
    runs.iter().fold(Unfinished::default(), |mut counted, run| {
        match run.state {
            RunState::Queued => counted.queued += 1,
            _ => counted.running += 1,
        }
        counted
    })
}

/// Stops runs; answers those that a runner must be told of.
async fn stop(
    work: &Work,
    firing: &Firing,
    slot: &SlotRecord,
    runs: &[RunRecord],
) -> Done<Vec<RunId>> {
    let mut asked = Vec::new();
    for run in runs.iter().rev() {
        let stopped = finish::request_cancel(
            work,
            slot.user_id,
            run.id,
            Reason::ReplacedByNext,
            firing.now,
        )
        .await?;
        if stopped == CancelOutcome::Requested {
            asked.push(run.id);
        }
    }
    Ok(asked)
}

fn submission(firing: &Firing, slot: &SlotRecord, agent: &Agent) -> Submission {
    let snapshot: AgentSnapshot = agent.snapshot();
    let run_id = slot_run_id(firing.schedule_id, firing.scheduled_at);
    Submission {
        user_id: slot.user_id,
        message_id: slot_message_id(firing.schedule_id, firing.scheduled_at),
        conversation_id: None,
        // The log of a slot's run has the run's id.
        new_conversation_id: ConversationId(run_id.0),
        run_id,
        agent_id: Some(slot.agent_id),
        content: snapshot.spec.prompt.clone(),
        agent: Some(snapshot),
        trigger: Trigger::Schedule,
        retry_of: None,
        // Not looked at: a scheduled run is never refused, it waits for its turn.
        quota: Quota::default(),
        now: firing.now,
    }
}
