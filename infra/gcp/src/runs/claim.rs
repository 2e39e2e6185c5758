//! Taking and keeping a run. The decisions are `berth_domain::lease`'s.

use berth_domain::event::Event;
use berth_domain::ids::RunId;
use berth_domain::lease::{self, Lease, RunnerId};
use berth_domain::ports::runs::{Claim, Claimed, Fenced, MayClaim, Renewed};
use berth_domain::quota::Quota;
use berth_domain::run::{RunState, Trigger};
use jiff::Timestamp;

use super::row::{self, RunRecord};
use super::thread::Thread;
use crate::accounts;
use crate::conversations::messages;
use crate::db::query::{Query, flag, text};
use crate::db::work::Work;
use crate::db::{Db, Done, Trouble};

pub(super) async fn claim(
    work: &Work,
    id: RunId,
    runner: &RunnerId,
    quota: Quota,
    now: Timestamp,
    may: &MayClaim,
) -> Done<Claim> {
    let Some(mut thread) = Thread::find(work, id).await? else {
        return Ok(Claim::NotNow);
    };
    // One conversation is one session of Claude Code: its runs happen one after the other, in the order of their messages.
    if thread.run.state.is_final() || thread.log().active.first() != Some(&id) {
        return Ok(Claim::NotNow);
    }
    let run = &thread.run;
    let Ok(lease) = lease::claim(run.lease().as_ref(), run.epoch, runner, now) else {
        return Ok(Claim::NotNow);
    };
    if waits(&thread.run) {
        // As with a submission: whoever is counted against a limit writes the account.
        let account = accounts::get(work, thread.run.user_id).await?;
        if waits_for_turn(work.db(), &thread.run, quota).await? {
            return Ok(Claim::NotNow);
        }
        if may(thread.run.user_id) {
            accounts::put(work, thread.run.user_id, &account)?;
        }
    }
    if !may(thread.run.user_id) {
        return Ok(Claim::NotHere(thread.run.user_id));
    }
    let claimed = take(work, thread, lease, now).await?;
    Ok(Claim::Yours(Box::new(claimed)))
}

/// Whether it is one that nobody would see refused, so that it waits for its turn.
fn waits(run: &RunRecord) -> bool {
    run.state == RunState::Queued && run.trigger == Trigger::Schedule
}

/// A scheduled run begins when the runs of its agent before it have ended (that is what "one may wait" of an overlap rule
/// means), and when fewer of its user's runs are running than may.
pub(super) async fn waits_for_turn(db: &Db, run: &RunRecord, quota: Quota) -> Done<bool> {
    if let Some(agent) = run.agent_id {
        let unfinished: Vec<RunRecord> = Query::of::<RunRecord>()
            .equal("agent_id", text(agent.to_string()))
            .equal("open", flag(true))
            .equal("of_agent", flag(true))
            .fields(row::LISTED)
            .records(db)
            .await?;
        if unfinished.iter().any(|other| other.rank < run.rank) {
            return Ok(true);
        }
    }
    let running = Query::of::<RunRecord>()
        .equal("user_id", text(run.user_id.to_string()))
        .equal("state", text(RunState::Running.as_str()))
        .count(db)
        .await?;
    Ok(!quota.admits(u32::try_from(running).unwrap_or(u32::MAX)))
}

async fn take(work: &Work, mut thread: Thread, lease: Lease, now: Timestamp) -> Done<Claimed> {
    if thread.run.started_at.is_none() {
        thread.append(work, &[Event::Started], now)?;
        thread.run.started_at = Some(now);
    }
    thread.run.state = RunState::Running;
    thread.run.room = Some(true);
    thread.run.attempt += 1;
    thread.run.set_lease(Some(&lease));
    let id = thread.run.id;
    let log = thread.log();
    if log.holder != Some(id) {
        log.holder = Some(id);
        log.progress = None;
    }
    log.epoch = lease.epoch;
    let (session, progress) = (log.session.clone(), log.progress.clone());
    thread.put(work)?;
    let run = thread.run;
    let content = match (&run.log, &run.agent) {
        (Some(_), Some(agent)) => Some(agent.spec.prompt.clone()),
        _ => messages::content(work.db(), run.message_id).await?,
    };
    Ok(Claimed {
        content: content.ok_or_else(|| Trouble::broken("a run without its message"))?,
        agent: run.agent.clone(),
        run: run.into_domain(),
        lease,
        session,
        progress,
    })
}

pub(super) async fn renew(
    work: &Work,
    id: RunId,
    epoch: u64,
    now: Timestamp,
) -> Done<Fenced<Renewed>> {
    let path = row::path(id);
    let Some(mut run) = work.get(&path).await? else {
        return Ok(Fenced::LeaseLost);
    };
    let Some(lease) = lease::renew(run.lease().as_ref(), epoch, now) else {
        return Ok(Fenced::LeaseLost);
    };
    run.set_lease(Some(&lease));
    work.put(&path, &run)?;
    Ok(Fenced::Done(Renewed {
        lease,
        cancel_requested: run.cancel_requested_at.is_some(),
    }))
}
