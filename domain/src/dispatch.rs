//! The one way in: whatever asks for work (a chat, a button, a schedule) submits it here.

use crate::agent::AgentSnapshot;
use crate::clock::Clock;
use crate::ids::{AgentId, ConversationId, MessageId, RunId, UserId};
use crate::ports::StoreError;
use crate::ports::queue::{Hint, Queue};
use crate::ports::runs::{CancelOutcome, Runs, Submission, Submitted};
use crate::quota::Quota;
use crate::run::Trigger;

/// Longest message, in bytes of UTF-8. 1 MB of Korean is 3 MB of UTF-8.
pub const MAX_CONTENT: usize = 4 * 1024 * 1024;

/// What somebody wants done.
#[derive(Debug, Clone)]
pub struct Request {
    /// Who.
    pub user_id: UserId,
    /// The client's id for it.
    pub message_id: MessageId,
    /// Where; `None` begins a conversation.
    pub conversation_id: Option<ConversationId>,
    /// For which agent, or about which.
    pub agent_id: Option<AgentId>,
    /// The agent's content, when this is a run of it.
    pub agent: Option<AgentSnapshot>,
    /// In which words.
    pub content: String,
    /// What set it off.
    pub trigger: Trigger,
    /// The run it repeats.
    pub retry_of: Option<RunId>,
}

/// Accepted and durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The run.
    pub run_id: RunId,
    /// Where it belongs.
    pub conversation_id: ConversationId,
    /// Whether this message id had been accepted before.
    pub repeated: bool,
}

/// Not accepted; nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// There is no text in it.
    #[error("the message is empty")]
    Empty,
    /// Longer than [`MAX_CONTENT`].
    #[error("the message has {size} bytes, more than {MAX_CONTENT}")]
    TooLong {
        /// Its bytes.
        size: usize,
    },
    /// It has a NUL character, which no program can be given as text.
    #[error("the message has a NUL character")]
    Nul,
    /// No such conversation of this user.
    #[error("no such conversation")]
    NoConversation,
    /// It is the log of an agent's run.
    #[error("the log of a run takes no messages")]
    OfRun,
    /// As many runs as allowed are under way.
    #[error("{limit} runs are under way already")]
    OverQuota {
        /// How many that is.
        limit: u32,
    },
    /// The message id is somebody else's.
    #[error("the message id is taken")]
    IdTaken,
    /// The store did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Checks a message's text; what is accepted is passed on exactly, character by character.
pub fn check_content(content: &str) -> Result<(), Refused> {
    if content.trim().is_empty() {
        return Err(Refused::Empty);
    }
    if content.len() > MAX_CONTENT {
        return Err(Refused::TooLong {
            size: content.len(),
        });
    }
    if content.contains('\0') {
        return Err(Refused::Nul);
    }
    Ok(())
}

/// Stores the request and announces it. Once it has returned `Ok`, the run will happen, whatever is lost afterwards.
pub async fn submit(
    runs: &dyn Runs,
    queue: &dyn Queue,
    clock: &dyn Clock,
    quota: Quota,
    request: Request,
) -> Result<Accepted, Refused> {
    check_content(&request.content)?;
    let submission = Submission {
        user_id: request.user_id,
        message_id: request.message_id,
        conversation_id: request.conversation_id,
        new_conversation_id: clock.uuid().into(),
        run_id: clock.uuid().into(),
        agent_id: request.agent_id,
        agent: request.agent,
        content: request.content,
        trigger: request.trigger,
        retry_of: request.retry_of,
        quota,
        now: clock.now(),
    };
    match runs.submit(&submission).await? {
        Submitted::Accepted {
            run_id,
            conversation_id,
            repeated,
        } => {
            if !repeated {
                queue.announce(Hint::Claim(run_id)).await;
            }
            Ok(Accepted {
                run_id,
                conversation_id,
                repeated,
            })
        }
        Submitted::NoConversation => Err(Refused::NoConversation),
        Submitted::OfRun => Err(Refused::OfRun),
        Submitted::OverQuota { limit } => Err(Refused::OverQuota { limit }),
        Submitted::IdTaken => Err(Refused::IdTaken),
    }
}

/// Asks for one run to stop.
pub async fn cancel(
    runs: &dyn Runs,
    queue: &dyn Queue,
    clock: &dyn Clock,
    user: UserId,
    run: RunId,
) -> Result<CancelOutcome, StoreError> {
    let outcome = runs.request_cancel(user, run, clock.now()).await?;
    if outcome == CancelOutcome::Requested {
        queue.announce(Hint::Cancel(run)).await;
    }
    Ok(outcome)
}

/// Asks for everything in a conversation to stop, waiting runs first, so that none of them starts in between.
pub async fn cancel_conversation(
    runs: &dyn Runs,
    queue: &dyn Queue,
    clock: &dyn Clock,
    user: UserId,
    conversation: ConversationId,
) -> Result<usize, StoreError> {
    let unfinished = runs.unfinished(user, conversation).await?;
    for run in unfinished.iter().rev() {
        cancel(runs, queue, clock, user, *run).await?;
    }
    Ok(unfinished.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_text_is_accepted_and_impossible_text_refused() {
        for good in [
            "-rf",
            "$(reboot) `x` \"'\\",
            "\u{2028}👩‍👩‍👧",
            "/etc/hosts is what?",
        ] {
            assert!(check_content(good).is_ok(), "{good}");
        }
        assert!(check_content(&"가".repeat(1024 * 1024)).is_ok());
        assert!(matches!(check_content(" \n"), Err(Refused::Empty)));
        assert!(matches!(check_content("a\0b"), Err(Refused::Nul)));
        assert!(matches!(
            check_content(&"a".repeat(MAX_CONTENT + 1)),
            Err(Refused::TooLong { .. })
        ));
    }
}
