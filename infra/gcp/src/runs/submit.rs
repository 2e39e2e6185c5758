//! Accepting a message: conversation, message, run and its first two events, or nothing.

use berth_domain::conversation::{Conversation, Message, Origin, title_of};
use berth_domain::event::{Event, Role};
use berth_domain::ids::{ConversationId, ScheduleId};
use berth_domain::ports::runs::{Submission, Submitted};
use jiff::Timestamp;

use super::row::RunRecord;
use super::thread::Thread;
use crate::accounts::{self, AccountRecord};
use crate::conversations::{self, ConversationRecord, messages};
use crate::db::Done;
use crate::db::query::{Query, flag, text};
use crate::db::work::Work;
use crate::events::Log;

pub(super) async fn submit(work: &Work, submission: &Submission) -> Done<Submitted> {
    let message = messages::path(submission.message_id);
    let account = accounts::path(submission.user_id);
    let named = submission.conversation_id.map(conversations::path);
    let place = named.as_ref().map(|path| path.relative());
    let wanted = [Some(message.relative()), Some(account.relative()), place];
    work.load(wanted.into_iter().flatten()).await?;
    if let Some(earlier) = work.get(&message).await? {
        if earlier.user_id != submission.user_id {
            return Ok(Submitted::IdTaken);
        }
        return Ok(Submitted::Accepted {
            run_id: earlier.run_id,
            conversation_id: earlier.conversation_id,
            repeated: true,
        });
    }
    // The account is read before the runs are counted and written with them: a run that is not counted is one that was stored
    // after it was read, and then this step is taken again.
    let mut account = accounts::get(work, submission.user_id).await?;
    if !submission
        .quota
        .admits(taking_room(work, submission).await?)
    {
        return Ok(Submitted::OverQuota {
            limit: submission.quota.concurrent_runs,
        });
    }
    let conversation = match conversation(work, submission).await? {
        Place::At(conversation) => conversation,
        Place::Nowhere => return Ok(Submitted::NoConversation),
        Place::OfRun => return Ok(Submitted::OfRun),
    };
    let conversation_id = conversation.id;
    let run = record(&mut account, submission, conversation_id, None);
    accounts::put(work, submission.user_id, &account)?;
    let mut thread = Thread::new(run, Some(*conversation));
    begin(work, &mut thread, submission)?;
    let stored = Message {
        id: submission.message_id,
        conversation_id,
        role: Role::User,
        content: submission.content.clone(),
        run_id: submission.run_id,
        created_at: submission.now,
    };
    messages::put(work, submission.user_id, thread.run.first_seq, &stored)?;
    thread.put(work)?;
    Ok(Submitted::Accepted {
        run_id: submission.run_id,
        conversation_id,
        repeated: false,
    })
}

/// How many runs count against the user's quota.
async fn taking_room(work: &Work, submission: &Submission) -> Done<u32> {
    let count = Query::of::<RunRecord>()
        .equal("user_id", text(submission.user_id.to_string()))
        .equal("room", flag(true))
        .count(work.db())
        .await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// The run of a submission, in its place among its user's runs.
pub(crate) fn record(
    account: &mut AccountRecord,
    submission: &Submission,
    conversation: ConversationId,
    slot: Option<(ScheduleId, Timestamp)>,
) -> RunRecord {
    let rank = account.next_rank(submission.now);
    RunRecord::new(submission, conversation, rank, slot)
}

/// Writes a new run's first events.
pub(crate) fn begin(work: &Work, thread: &mut Thread, submission: &Submission) -> Done<()> {
    let message = Event::Message {
        id: submission.message_id,
        role: Role::User,
        content: submission.content.clone(),
    };
    let last = thread.append(work, &[message, Event::Queued], submission.now)?;
    thread.run.first_seq = last - 1;
    let id = thread.run.id;
    thread.log().active.push(id);
    Ok(())
}

/// Where a submission belongs.
enum Place {
    At(Box<ConversationRecord>),
    Nowhere,
    OfRun,
}

/// The conversation it belongs to: the named one, if it is this user's, or a new one. One that has no title yet gets it
/// from this message. A run of an agent always has a new one.
async fn conversation(work: &Work, submission: &Submission) -> Done<Place> {
    let title = title_of(&submission.content);
    let named = submission
        .conversation_id
        .filter(|_| submission.agent.is_none());
    let Some(id) = named else {
        return Ok(Place::At(Box::new(new_conversation(submission, title))));
    };
    let Some(mut found) = work.get(&conversations::path(id)).await? else {
        let run = conversations::run_of(work.db(), id).await?;
        let own = run.filter(|run| run.user_id == submission.user_id && run.log.is_some());
        return Ok(own.map_or(Place::Nowhere, |_| Place::OfRun));
    };
    if found.user_id != submission.user_id {
        return Ok(Place::Nowhere);
    }
    if found.origin()? == Origin::Run {
        return Ok(Place::OfRun);
    }
    if found.title.is_empty() {
        found.title = title;
    }
    Ok(Place::At(Box::new(found)))
}

/// The conversation that a submission is the first message of.
fn new_conversation(submission: &Submission, title: String) -> ConversationRecord {
    let origin = match &submission.agent {
        Some(_) => Origin::Run,
        None => Origin::Chat,
    };
    ConversationRecord::new(&Conversation {
        id: submission.new_conversation_id,
        user_id: submission.user_id,
        origin,
        agent_id: submission.agent_id,
        title,
        created_at: submission.now,
        updated_at: submission.now,
        last_seq: 0,
        active_run_id: None,
        session: None,
    })
}

/// The run of a slot, with its log in its own document.
pub(crate) fn of_slot(
    work: &Work,
    account: &mut AccountRecord,
    submission: &Submission,
    slot: (ScheduleId, Timestamp),
    late: bool,
) -> Done<()> {
    let conversation = submission.new_conversation_id;
    let mut run = record(account, submission, conversation, Some(slot));
    run.late = late.then_some(true);
    run.log = Some(Log::default());
    let mut thread = Thread::new(run, None);
    begin(work, &mut thread, submission)?;
    thread.put_log(work)
}
