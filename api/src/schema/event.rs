//! Events as clients get them, over REST, SSE and WebSocket alike.

use berth_domain::event::{Event, Role, Status, StoredEvent};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::check::CheckResultView;
use super::run::{ReasonWord, RunStateWord};

/// An event in its place.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StoredEvent)]
pub(crate) struct EventRecord {
    /// The conversation whose log this is.
    pub(crate) conversation_id: Uuid,
    /// The run it belongs to.
    pub(crate) run_id: Uuid,
    /// Dense from 1 within the conversation.
    #[schema(minimum = 1)]
    pub(crate) seq: u64,
    /// When it was recorded.
    pub(crate) at: Timestamp,
    /// What happened.
    pub(crate) event: EventBody,
}

impl From<StoredEvent> for EventRecord {
    fn from(stored: StoredEvent) -> Self {
        Self {
            conversation_id: stored.conversation_id.0,
            run_id: stored.run_id.0,
            seq: stored.seq,
            at: stored.at,
            event: stored.event.into(),
        }
    }
}

/// A page of an event log.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventPage {
    /// In order of `seq`.
    items: Vec<EventRecord>,
    /// Give it as `after` to read on; null when the log had no more at the time of asking.
    next: Option<u64>,
}

impl EventPage {
    /// A page of `events`, read with `limit`.
    pub(crate) fn new(events: Vec<StoredEvent>, limit: u32) -> Self {
        let full = events.len() >= limit as usize;
        let last = events.last().map(|event| event.seq);
        Self {
            items: events.into_iter().map(EventRecord::from).collect(),
            next: last.filter(|_| full),
        }
    }
}

/// Who said a message.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = Role)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RoleWord {
    /// The person.
    User,
    /// Claude.
    Assistant,
}

impl From<Role> for RoleWord {
    fn from(role: Role) -> Self {
        match role {
            Role::User => Self::User,
            Role::Assistant => Self::Assistant,
        }
    }
}

/// What a run is busy with.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = Status)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StatusLabel {
    /// The workspace is being made or woken.
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

impl From<Status> for StatusLabel {
    fn from(status: Status) -> Self {
        match status {
            Status::StartingWorkspace => Self::StartingWorkspace,
            Status::MovingWorkspace => Self::MovingWorkspace,
            Status::StartingClaude => Self::StartingClaude,
            Status::Thinking => Self::Thinking,
            Status::Composing => Self::Composing,
            Status::MemoryLost => Self::MemoryLost,
            Status::MemoryHigh => Self::MemoryHigh,
            Status::Compacting => Self::Compacting,
            Status::Reattached => Self::Reattached,
        }
    }
}

/// What happened; `kind` tells which shape it has.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum EventBody {
    /// A message was stored.
    Message {
        /// The client's id for a user's message.
        id: Uuid,
        /// Who said it.
        role: RoleWord,
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
        label: StatusLabel,
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
        /// The model that answered last, where it is known.
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
        checks: Vec<CheckResultView>,
    },
    /// Claude proposes to save or schedule something; its user decides.
    Proposal {
        /// Read it, confirm it or decline it under this id.
        proposal_id: Uuid,
    },
    /// The end; the last event of its run.
    Finished {
        /// Terminal state.
        state: RunStateWord,
        /// Why.
        reason: ReasonWord,
        /// Last text of the answer, or what is known about the failure.
        result: Option<String>,
        /// From claim to end.
        duration_ms: u64,
    },
}

impl From<Event> for EventBody {
    fn from(event: Event) -> Self {
        match event {
            Event::Message { id, role, content } => Self::Message {
                id: id.0,
                role: role.into(),
                content,
            },
            Event::Queued => Self::Queued,
            Event::Started => Self::Started,
            Event::Status { label } => Self::Status {
                label: label.into(),
            },
            Event::Text { block, text } => Self::Text { block, text },
            Event::ToolUse {
                tool_use_id,
                name,
                input,
            } => Self::ToolUse {
                tool_use_id,
                name,
                input,
            },
            Event::ToolResult {
                tool_use_id,
                is_error,
                content,
            } => Self::ToolResult {
                tool_use_id,
                is_error,
                content,
            },
            Event::File {
                path,
                size,
                media_type,
            } => Self::File {
                path,
                size,
                media_type,
            },
            Event::Usage {
                input_tokens,
                output_tokens,
                cache_read_tokens,
                cache_write_tokens,
                cost_usd,
                model,
            } => Self::Usage {
                input_tokens,
                output_tokens,
                cache_read_tokens,
                cache_write_tokens,
                cost_usd,
                model,
            },
            Event::Retrying {
                attempt,
                max_attempts,
                delay_ms,
                status,
            } => Self::Retrying {
                attempt,
                max_attempts,
                delay_ms,
                status,
            },
            Event::Checked { checks } => Self::Checked {
                checks: checks.into_iter().map(CheckResultView::from).collect(),
            },
            Event::Proposal { proposal_id } => Self::Proposal {
                proposal_id: proposal_id.0,
            },
            Event::Finished {
                state,
                reason,
                result,
                duration_ms,
            } => Self::Finished {
                state: RunStateWord(state),
                reason: ReasonWord(reason),
                result,
                duration_ms,
            },
        }
    }
}
