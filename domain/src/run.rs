//! A run: one piece of work, from `queued` to exactly one terminal state.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{AgentId, ConversationId, MessageId, RunId, ScheduleId, UserId};
use crate::lease::Lease;
use crate::usage::UsageTotals;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every value, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word on the wire and in the store.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// The value of a word; `None` when there is no such word.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == word)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use words;

words! {
    /// What set a run off.
    Trigger {
        /// A message in a conversation.
        Chat = "chat",
        /// A person pressed "run".
        Manual = "manual",
        /// A slot of a schedule.
        Schedule = "schedule",
        /// A call of the REST API.
        Api = "api",
        /// A repetition of an earlier run.
        Retry = "retry",
    }
}

words! {
    /// Where a run stands.
    RunState {
        /// Stored, waiting for a runner.
        Queued = "queued",
        /// Claimed by a runner.
        Running = "running",
        /// The work came to its own end.
        Succeeded = "succeeded",
        /// It ended with an error; the reason says which.
        Failed = "failed",
        /// A person stopped it.
        Cancelled = "cancelled",
        /// It used up its time.
        TimedOut = "timed_out",
        /// The next model call would have passed a budget.
        BudgetStopped = "budget_stopped",
        /// Its runner or its process was lost, and it could not be continued.
        Interrupted = "interrupted",
    }
}

impl Trigger {
    /// Whether a person has just asked for it, who may be watching.
    pub const fn is_attended(self) -> bool {
        match self {
            Self::Chat | Self::Manual | Self::Retry => true,
            Self::Schedule | Self::Api => false,
        }
    }
}

impl RunState {
    /// Whether nothing can follow.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

words! {
    /// Why a run ended as it did. Stable words: the dashboard has a sentence for each, in every language.
    Reason {
        /// It did what was asked.
        Completed = "completed",
        /// The user stopped it.
        StoppedByUser = "stopped_by_user",
        /// Its agent's next scheduled run took its place, as the schedule says.
        ReplacedByNext = "replaced_by_next",
        /// The model API refused or failed, after all retries.
        ModelError = "model_error",
        /// No model key is set.
        ModelKeyMissing = "model_key_missing",
        /// The model API refused the key.
        ModelKeyRefused = "model_key_refused",
        /// The model API's rate limit lasted longer than the retries.
        RateLimited = "rate_limited",
        /// The conversation no longer fits into the model's context.
        ContextTooLong = "context_too_long",
        /// A limit on turns was reached.
        TurnLimit = "turn_limit",
        /// The run's time limit passed.
        TimeLimit = "time_limit",
        /// A budget would have been passed.
        Budget = "budget",
        /// The workspace ran out of memory.
        OutOfMemory = "out_of_memory",
        /// The workspace's disk is full.
        DiskFull = "disk_full",
        /// Claude Code ended without a result.
        ClaudeDied = "claude_died",
        /// Claude Code sent something that is not its protocol.
        ClaudeGarbled = "claude_garbled",
        /// The output passed every bound.
        OutputLimit = "output_limit",
        /// The workspace image is missing.
        ImageMissing = "image_missing",
        /// The container engine does not answer.
        EngineDown = "engine_down",
        /// The workspace could not be started.
        WorkspaceFailed = "workspace_failed",
        /// The workspace stopped in the middle of the work.
        WorkspaceLost = "workspace_lost",
        /// The service was restarted and the work could not be picked up again.
        RunnerLost = "runner_lost",
        /// A question only a person can answer came up.
        NeedsYou = "needs_you",
        /// An error on our side.
        Internal = "internal",
    }
}

/// How a run ended: a terminal state, its reason, and what there is to say about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Terminal state; [`Outcome::new`] accepts no other.
    pub state: RunState,
    /// Why.
    pub reason: Reason,
    /// The answer's last text, or what is known about the failure; shown to the user, at most [`MAX_RESULT`] bytes.
    pub result: Option<String>,
    /// Whether the definition of done was met; `None` where there is none, or where the run did not succeed.
    pub proved: Option<bool>,
}

/// Longest stored result, in bytes; longer ones are cut at a character boundary. The whole text is in the events.
pub const MAX_RESULT: usize = 256 * 1024;

impl Outcome {
    /// An outcome; a state that is not terminal becomes `failed`/`internal`, for a run may not end in the middle.
    pub fn new(state: RunState, reason: Reason, result: Option<String>) -> Self {
        let (state, reason) = if state.is_final() {
            (state, reason)
        } else {
            (RunState::Failed, Reason::Internal)
        };
        Self {
            state,
            reason,
            result: result.map(|text| cut(text, MAX_RESULT)),
            proved: None,
        }
    }

    /// The same, with the verdict of its definition of done; only a run that succeeded can have one.
    #[must_use]
    pub fn judged(mut self, proved: Option<bool>) -> Self {
        self.proved = proved.filter(|_| self.state == RunState::Succeeded);
        self
    }

    /// A failure with its reason and nothing more to say.
    pub fn failed(reason: Reason) -> Self {
        Self::new(RunState::Failed, reason, None)
    }
}

/// Cuts `text` to at most `max` bytes at a character boundary.
pub fn cut(mut text: String, max: usize) -> String {
    if text.len() > max {
        let end = text.floor_char_boundary(max);
        text.truncate(end);
    }
    text
}

/// One run, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// Its owner.
    pub user_id: UserId,
    /// The conversation it belongs to.
    pub conversation_id: ConversationId,
    /// The agent it runs, or that its conversation is about.
    pub agent_id: Option<AgentId>,
    /// That agent's name when the run was accepted; `None` for a chat.
    pub agent_name: Option<String>,
    /// The agent's version it was given; `None` for a chat and for a test run of what was not saved.
    pub agent_version: Option<u32>,
    /// The slot it stands for: its schedule and its time.
    pub slot: Option<(ScheduleId, Timestamp)>,
    /// The message that asked for it.
    pub message_id: MessageId,
    /// What set it off.
    pub trigger: Trigger,
    /// The run this one repeats.
    pub retry_of: Option<RunId>,
    /// Where it stands.
    pub state: RunState,
    /// Why it ended; set exactly when the state is terminal.
    pub reason: Option<Reason>,
    /// Whether its definition of done was met; `None` where there is none.
    pub proved: Option<bool>,
    /// When it was accepted.
    pub queued_at: Timestamp,
    /// When a runner first claimed it.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// See [`Outcome::result`].
    pub result: Option<String>,
    /// Tokens and cost so far.
    pub usage: UsageTotals,
    /// How many times a runner has claimed it.
    pub attempt: u32,
    /// The last epoch given out; 0 before the first claim.
    pub epoch: u64,
    /// Who works on it.
    pub lease: Option<Lease>,
    /// When its owner asked for it to stop.
    pub cancel_requested_at: Option<Timestamp>,
}

impl Run {
    /// How long it took, in milliseconds, from the first claim to the end.
    pub fn duration_ms(&self) -> Option<u64> {
        let span = self.finished_at?.duration_since(self.started_at?);
        u64::try_from(span.as_millis()).ok()
    }
}

/// Where the reading of a run's output stands: stored together with the events that were read so far, so that a runner
/// that crashed, or another one, goes on at the same byte.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Version of this shape.
    pub version: u32,
    /// The supervisor's process the run's message was given to.
    pub process_id: Option<String>,
    /// Number of the next byte of that process's standard output to read.
    pub offset: u64,
    /// State of the reader at that byte; opaque to everyone but `runner`.
    pub reader: Option<serde_json::Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_parse_back() {
        for state in RunState::ALL {
            assert_eq!(RunState::parse(state.as_str()), Some(*state));
        }
        assert_eq!(RunState::parse("Running"), None);
    }

    #[test]
    fn an_outcome_is_terminal_whatever_is_asked() {
        let outcome = Outcome::new(RunState::Running, Reason::Completed, None);
        assert_eq!(outcome.state, RunState::Failed);
    }

    #[test]
    fn a_result_is_cut_between_characters() {
        assert_eq!(cut("가나다".to_owned(), 4), "가");
    }
}
