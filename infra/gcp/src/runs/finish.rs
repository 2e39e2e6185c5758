//! Writing under a lease, and ending exactly once.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use berth_domain::conversation::Message;
use berth_domain::event::{Event, Role};
use berth_domain::ids::{ConversationId, MessageId, RunId, UserId};
use berth_domain::ports::runs::{Append, CancelOutcome, Fenced};
use berth_domain::run::{Outcome, Reason, RunState};
use jiff::Timestamp;

use super::row::{self, Answer};
use super::thread::Thread;
use crate::conversations::{self, messages};
use crate::db::work::Work;
use crate::db::{Done, Trouble};
use crate::events::Log;
use crate::events::log::Writing;

/// Longest answer that stays in the document of a slot's run; a longer one becomes a message of its own.
const ANSWER: usize = 128 * 1024;

/// Where a run's log is and what names the write: run, epoch and time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Under {
    pub(super) run: RunId,
    pub(super) conversation: ConversationId,
    pub(super) epoch: u64,
    pub(super) now: Timestamp,
}

impl Under {
    /// The same for every try of the same write.
    pub(super) fn key(&self, operation: &str, append: &Append) -> Result<u64, serde_json::Error> {
        let mut hasher = DefaultHasher::new();
        (operation, self.run, self.epoch).hash(&mut hasher);
        serde_json::to_string(&append.events)?.hash(&mut hasher);
        serde_json::to_string(&append.progress)?.hash(&mut hasher);
        append.session.hash(&mut hasher);
        Ok(hasher.finish())
    }

    fn holds(&self, log: &Log) -> bool {
        log.holder == Some(self.run) && log.epoch == self.epoch
    }
}

/// Most bytes of events that one commit takes. Firestore takes 10 MiB of everything, its emulator 4 MiB.
const COMMIT: usize = 2 * 1024 * 1024;

/// Cuts an append that is too much for one commit. Where reading goes on is told with the last of its pieces: should a runner die
/// between them, its successor reads and writes the events of the first ones again.
pub(super) fn pieces(append: &Append) -> Result<Vec<Append>, serde_json::Error> {
    let mut pieces = vec![Append::default()];
    let mut size = 0;
    for event in &append.events {
        let bytes = serde_json::to_string(event)?.len();
        if size + bytes > COMMIT && size > 0 {
            pieces.push(Append::default());
            size = 0;
        }
        size += bytes;
        if let Some(piece) = pieces.last_mut() {
            piece.events.push(event.clone());
        }
    }
    if let Some(last) = pieces.last_mut() {
        last.progress = append.progress.clone();
        last.session.clone_from(&append.session);
        last.usage = append.usage;
    }
    Ok(pieces)
}

/// Appends; `is_last` tells whether where reading goes on is part of it.
pub(super) async fn append(
    work: &Work,
    under: Under,
    append: &Append,
    is_last: bool,
) -> Done<Fenced<u64>> {
    if under.conversation.0 == under.run.0 || append.usage.is_some() {
        let Some(mut thread) = held(work, under).await? else {
            return Ok(Fenced::LeaseLost);
        };
        let seq = thread.append(work, &append.events, under.now)?;
        note(thread.log(), append, is_last);
        if let Some(usage) = append.usage {
            thread.run.usage = usage;
            thread.put(work)?;
        } else {
            thread.put_log(work)?;
        }
        return Ok(Fenced::Done(seq));
    }
    // The run's own document does not change, so it is not even read.
    let path = conversations::path(under.conversation);
    let found = work.get(&path).await?;
    let Some(mut conversation) = found.filter(|found| under.holds(&found.log)) else {
        return Ok(Fenced::LeaseLost);
    };
    let writing = Writing {
        work,
        conversation: under.conversation,
        run: under.run,
        now: under.now,
    };
    let seq = writing.append(&mut conversation.log, &append.events)?;
    if note(&mut conversation.log, append, is_last) || !append.events.is_empty() {
        if !append.events.is_empty() {
            conversation.updated_at = under.now;
        }
        work.put(&path, &conversation)?;
    }
    Ok(Fenced::Done(seq))
}

/// Writes down where reading goes on; answers whether that is news.
fn note(log: &mut Log, append: &Append, is_last: bool) -> bool {
    let mut news = false;
    if let Some(session) = &append.session
        && log.session.as_ref() != Some(session)
    {
        log.session = Some(session.clone());
        news = true;
    }
    if is_last && log.progress.as_ref() != Some(&append.progress) {
        log.progress = Some(append.progress.clone());
        news = true;
    }
    news
}

/// The run with its log, when `epoch` is still its lease's.
async fn held(work: &Work, under: Under) -> Done<Option<Thread>> {
    let (run, place) = (
        row::path(under.run),
        conversations::path(under.conversation),
    );
    let is_one = under.conversation.0 == under.run.0;
    let both = [run.relative(), place.relative()];
    work.load(both.into_iter().take(if is_one { 1 } else { 2 }))
        .await?;
    let thread = Thread::find(work, under.run).await?;
    Ok(thread.and_then(|mut thread| under.holds(thread.log()).then_some(thread)))
}

pub(super) async fn finish(
    work: &Work,
    under: Under,
    last: &Append,
    outcome: &Outcome,
    answer: Option<&(MessageId, String)>,
) -> Done<Fenced<()>> {
    let Some(mut thread) = held(work, under).await? else {
        return Ok(Fenced::LeaseLost);
    };
    if let Some(usage) = last.usage {
        thread.run.usage = usage;
    }
    let outcome = &as_asked(outcome, thread.run.cancel_reason);
    note(thread.log(), last, true);
    let finished = thread.run.finished(outcome, under.now);
    let events: Vec<Event> = last.events.iter().cloned().chain([finished]).collect();
    let seq = thread.append(work, &events, under.now)?;
    thread.run.end(outcome, under.now);
    thread.leave();
    match answer {
        Some((id, content)) if thread.run.log.is_some() && content.len() <= ANSWER => {
            thread.run.answer = Some(Answer {
                id: *id,
                seq,
                content: content.clone(),
            });
        }
        Some((id, content)) => {
            let message = Message {
                id: *id,
                conversation_id: under.conversation,
                role: Role::Assistant,
                content: content.clone(),
                run_id: under.run,
                created_at: under.now,
            };
            messages::put(work, thread.run.user_id, seq, &message)?;
        }
        None => {}
    }
    thread.put(work)?;
    Ok(Fenced::Done(()))
}

/// A runner knows that a run is to stop; whoever asked for that has left the reason here.
fn as_asked(outcome: &Outcome, asked: Option<Reason>) -> Outcome {
    let mut outcome = outcome.clone();
    if outcome.state == RunState::Cancelled {
        outcome.reason = asked.unwrap_or(outcome.reason);
    }
    outcome
}

/// Ends a run that waits, and asks for one that is at work to stop; the first reason counts.
pub(crate) async fn request_cancel(
    work: &Work,
    user: UserId,
    id: RunId,
    reason: Reason,
    now: Timestamp,
) -> Done<CancelOutcome> {
    let found = work.get(&row::path(id)).await?;
    let Some(mut run) = found.filter(|run| run.user_id == user) else {
        return Ok(CancelOutcome::Unknown);
    };
    match run.state {
        RunState::Queued => {
            let lost = || Trouble::broken(format!("run {id} has no log"));
            let mut thread = Thread::of(work, run).await?.ok_or_else(lost)?;
            let outcome = Outcome::new(RunState::Cancelled, reason, None);
            let finished = thread.run.finished(&outcome, now);
            thread.append(work, &[finished], now)?;
            thread.run.end(&outcome, now);
            thread.leave();
            thread.put(work)?;
            Ok(CancelOutcome::Ended)
        }
        RunState::Running => {
            if run.cancel_requested_at.is_none() {
                run.cancel_requested_at = Some(now);
                run.cancel_reason = Some(reason);
                work.put(&row::path(id), &run)?;
            }
            Ok(CancelOutcome::Requested)
        }
        _ => Ok(CancelOutcome::AlreadyEnded),
    }
}
