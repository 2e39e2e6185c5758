//! What happened in a conversation, in order. The stored log is the only source of what a client shows.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::done::CheckResult;
use crate::ids::{ConversationId, MessageId, ProposalId, RunId};
use crate::run::{Reason, RunState};

/// Largest text or tool content in one event, in bytes; what is longer is cut and marked.
pub const MAX_EVENT_TEXT: usize = 256 * 1024;

/// Who said a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The person.
    User,
    /// Claude.
    Assistant,
}

/// What a run is busy with. The dashboard has words for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The container is being created or started.
    StartingWorkspace,
    /// The workspace's files are being brought to another machine.
    MovingWorkspace,
    /// Claude Code is being started, or its session resumed.
    StartingClaude,
    /// The model is asked; nothing has come back yet.
    Thinking,
    /// The next step (a script, a file) is being written down; it will appear as a tool call.
    Composing,
    /// The earlier session could not be resumed; a new one begins without its memory.
    MemoryLost,
    /// The workspace uses more memory than it should.
    MemoryHigh,
    /// The conversation is being shortened to fit the model's context.
    Compacting,
    /// The service was restarted; the work goes on where it was.
    Reattached,
}

/// One thing that happened. Externally visible: names and fields are the protocol's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// A message was stored.
    Message {
        /// The client's id for a user's message.
        id: MessageId,
        /// Who said it.
        role: Role,
        /// The text, whole.
        content: String,
    },
    /// The run waits for a runner.
    Queued,
    /// A runner has claimed it.
    Started,
    /// What it is busy with.
    Status {
        /// Stable word.
        label: Status,
    },
    /// A finished block of the answer; it replaces the deltas of the same block.
    Text {
        /// Number of the block within the run, from 0.
        block: u32,
        /// Markdown.
        text: String,
    },
    /// A tool was called.
    ToolUse {
        /// Id that its result names.
        tool_use_id: String,
        /// Name as Claude Code has it: `Bash`, `Write`, …
        name: String,
        /// Its arguments; cut when very long.
        input: Value,
    },
    /// A tool has answered.
    ToolResult {
        /// Id of the call.
        tool_use_id: String,
        /// Whether it failed.
        is_error: bool,
        /// What it printed; cut when very long.
        content: String,
    },
    /// A file was made or changed in the workspace.
    File {
        /// Path below the workspace's root.
        path: String,
        /// Bytes.
        size: u64,
        /// Guessed from the name.
        media_type: String,
    },
    /// Tokens and cost of the run so far; the last one counts.
    Usage {
        /// Tokens sent, without cached ones.
        input_tokens: u64,
        /// Tokens received.
        output_tokens: u64,
        /// Tokens read from the provider's cache.
        cache_read_tokens: u64,
        /// Tokens written to the provider's cache.
        cache_write_tokens: u64,
        /// US dollars.
        cost_usd: f64,
        /// The model that answered last, where it is known; events of older versions do not tell.
        #[serde(default)]
        model: Option<String>,
    },
    /// The model API failed and is asked again.
    Retrying {
        /// Which attempt this will be.
        attempt: u32,
        /// How many there are.
        max_attempts: u32,
        /// Wait before it, in milliseconds.
        delay_ms: u64,
        /// HTTP status of the failure, where there was one.
        status: Option<u16>,
    },
    /// The definition of done was looked at.
    Checked {
        /// One for each check, in its order.
        checks: Vec<CheckResult>,
    },
    /// Claude proposes to save or schedule something; its user decides.
    Proposal {
        /// Read it, confirm it or decline it under this id.
        proposal_id: ProposalId,
    },
    /// The end; the last event of its run.
    Finished {
        /// Terminal state.
        state: RunState,
        /// Why.
        reason: Reason,
        /// Last text of the answer, or what is known about the failure.
        result: Option<String>,
        /// From claim to end.
        duration_ms: u64,
    },
}

impl Event {
    /// The word in `kind`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Message { .. } => "message",
            Self::Queued => "queued",
            Self::Started => "started",
            Self::Status { .. } => "status",
            Self::Text { .. } => "text",
            Self::ToolUse { .. } => "tool_use",
            Self::ToolResult { .. } => "tool_result",
            Self::File { .. } => "file",
            Self::Usage { .. } => "usage",
            Self::Retrying { .. } => "retrying",
            Self::Checked { .. } => "checked",
            Self::Proposal { .. } => "proposal",
            Self::Finished { .. } => "finished",
        }
    }
}

/// An event in its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredEvent {
    /// The conversation whose log this is.
    pub conversation_id: ConversationId,
    /// The run it belongs to.
    pub run_id: RunId,
    /// Dense from 1 within the conversation.
    pub seq: u64,
    /// When it was recorded.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
}

/// Live text that is not stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delta {
    /// Where it belongs.
    pub conversation_id: ConversationId,
    /// The run that writes.
    pub run_id: RunId,
    /// Block within the run.
    pub block: u32,
    /// Length of the block's text before this delta, in UTF-16 code units (what JavaScript strings count). At offset 0 the
    /// text replaces whatever the client has of the block.
    pub offset: u64,
    /// What to append.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_stored_before_models_were_told_is_still_read() {
        let stored = r#"{"kind":"usage","input_tokens":1,"output_tokens":2,"cache_read_tokens":3,"cache_write_tokens":4,
            "cost_usd":0.1}"#;
        let event = serde_json::from_str(stored).unwrap();
        assert!(matches!(
            event,
            Event::Usage {
                output_tokens: 2,
                model: None,
                ..
            }
        ));
    }
}
