//! From a line to events.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use berth_domain::event::{Event, MAX_EVENT_TEXT, Status};
use berth_domain::run::cut;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::claude::output::{Block, Content, Line, StreamEvent, text_of};
use crate::tools;
use berth_domain::mask::Mask;

/// Longest text in a tool's arguments, in bytes.
const MAX_INPUT_TEXT: usize = 64 * 1024;
/// Text of an open block that is kept, in bytes.
const MAX_OPEN: usize = 1024 * 1024;
/// Tools of one run whose answer is awaited at the same time.
const MAX_TOOLS: usize = 256;

/// What reading needs to know of what came before. Stored as JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Number of the next block of text.
    pub next_block: u32,
    /// What has been written of that block.
    pub open: Option<Open>,
    /// Calls without an answer: id → name.
    pub tools: BTreeMap<String, String>,
    /// Lines that were not the protocol's.
    pub garbage: u32,
    /// Whether the stored byte is inside a line that is passed over.
    pub skipping: bool,
    /// Files that were shown: path → time of change in milliseconds.
    pub files: BTreeMap<String, u64>,
}

/// A block that is being written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// Its text so far, secrets masked.
    pub text: String,
    /// The text's length in UTF-16 code units.
    pub units: u64,
    /// What came after it and may be the beginning of a secret. Never stored.
    #[serde(skip)]
    held: String,
}

/// The end of a turn, as Claude Code puts it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TurnEnd {
    /// Whether it calls itself an error; `subtype` is not to be trusted.
    pub is_error: bool,
    /// `completed`, `api_error`, `aborted_tools`, …
    pub terminal_reason: Option<String>,
    /// Status of the model API's refusal.
    pub api_status: Option<u16>,
    /// Last text, or the error in words.
    pub text: Option<String>,
    /// Diagnostics.
    pub errors: Vec<String>,
    /// What was not permitted and would have needed the owner, in words.
    pub denied: Option<String>,
}

/// What a line came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Something to store.
    Event(Event),
    /// Live text of a block.
    Delta {
        /// The block.
        block: u32,
        /// UTF-16 code units before it.
        offset: u64,
        /// The text.
        text: String,
    },
    /// The block is complete; its event comes next.
    BlockDone(u32),
    /// The session that this process now has.
    Session(String),
    /// A tool that may have changed files has answered.
    FilesMayHaveChanged,
    /// The turn is over.
    TurnEnded(TurnEnd),
    /// The line was not the protocol's.
    Garbage,
}

/// Reads lines of one run.
#[derive(Debug, Default)]
pub struct Reader {
    /// What is stored with the events.
    pub state: State,
    session: Option<String>,
    mask: Arc<Mask>,
    /// The rest of the block that is being written is not shown live: what came before a crash may have ended in the middle
    /// of a secret.
    muted: bool,
}

impl Reader {
    /// Goes on where `state` stands; everything that is read is masked.
    pub fn new(state: State, mask: Arc<Mask>) -> Self {
        Self {
            muted: state.open.is_some() && !mask.is_empty(),
            state,
            session: None,
            mask,
        }
    }

    /// The block being written, for those who join: its number and text.
    pub fn open_block(&self) -> Option<(u32, &str)> {
        Some((self.state.next_block, &self.state.open.as_ref()?.text))
    }

    /// Reads one line.
    pub fn read(&mut self, bytes: &[u8]) -> Vec<Output> {
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Vec::new();
        }
        match serde_json::from_slice::<Line<'_>>(bytes) {
            Ok(line) => self.line(line),
            Err(_) => self.garbage(),
        }
    }

    /// Counts a line that is not the protocol's.
    pub fn garbage(&mut self) -> Vec<Output> {
        self.state.garbage = self.state.garbage.saturating_add(1);
        vec![Output::Garbage]
    }

    fn line(&mut self, line: Line<'_>) -> Vec<Output> {
        let is_subagent = line.parent_tool_use_id.is_some();
        match line.kind.as_ref() {
            "system" => self.system(line),
            "stream_event" if is_subagent => Vec::new(),
            "stream_event" => {
                if line.abandoned_blocks.is_some() {
                    // What was shown of the open block will be written again, from its beginning.
                    self.state.open = None;
                }
                line.event
                    .map_or_else(Vec::new, |event| self.stream_event(event))
            }
            "assistant" if line.is_api_error_message => Vec::new(),
            "assistant" => self.assistant(line, is_subagent),
            "user" => self.user(line),
            "result" => self.result(line),
            _ => Vec::new(),
        }
    }

    fn system(&mut self, line: Line<'_>) -> Vec<Output> {
        match line.subtype.as_deref() {
            Some("init") => match line.session_id {
                Some(id) if self.session.as_ref() != Some(&id) => {
                    self.session = Some(id.clone());
                    vec![Output::Session(id)]
                }
                _ => Vec::new(),
            },
            Some("status") => match line.status.as_deref() {
                Some("requesting") => status(Status::Thinking),
                Some("compacting") => status(Status::Compacting),
                _ => Vec::new(),
            },
            Some("api_retry") => vec![Output::Event(Event::Retrying {
                attempt: line.attempt.unwrap_or(1),
                max_attempts: line.max_retries.unwrap_or(1),
                delay_ms: line.retry_delay_ms.map_or(0, whole_ms),
                status: line.error_status,
            })],
            _ => Vec::new(),
        }
    }

    fn stream_event(&mut self, event: StreamEvent) -> Vec<Output> {
        match (
            event.kind.as_str(),
            event.content_block.as_ref(),
            event.delta,
        ) {
            ("content_block_start", Some(block), _) if block.kind == "text" => {
                self.state.open = Some(Open::default());
                self.muted = false;
                Vec::new()
            }
            ("content_block_start", Some(block), _) if block.kind == "tool_use" => {
                status(Status::Composing)
            }
            ("content_block_delta", _, Some(delta)) if delta.kind == "text_delta" => {
                self.delta(delta.text)
            }
            _ => Vec::new(),
        }
    }

    fn delta(&mut self, text: String) -> Vec<Output> {
        let open = self.state.open.get_or_insert_default();
        if self.muted || open.text.len() + text.len() > MAX_OPEN {
            return Vec::new();
        }
        let text = if self.mask.is_empty() {
            text
        } else {
            open.held.push_str(&text);
            let masked = self.mask.text(std::mem::take(&mut open.held));
            let decided = masked.len() - self.mask.undecided(&masked);
            masked[decided..].clone_into(&mut open.held);
            masked[..decided].to_owned()
        };
        if text.is_empty() {
            return Vec::new();
        }
        let offset = open.units;
        open.units += text.encode_utf16().count() as u64;
        open.text.push_str(&text);
        vec![Output::Delta {
            block: self.state.next_block,
            offset,
            text,
        }]
    }

    fn assistant(&mut self, line: Line<'_>, is_subagent: bool) -> Vec<Output> {
        let Some(Content::Blocks(blocks)) = line.message.map(|message| message.content) else {
            return Vec::new();
        };
        let mut outputs = Vec::new();
        for block in blocks {
            match block.kind.as_str() {
                "text" if !is_subagent => outputs.extend(self.text(block.text)),
                "tool_use" => outputs.push(self.tool_use(block)),
                _ => {}
            }
        }
        outputs
    }

    fn text(&mut self, text: String) -> Vec<Output> {
        self.state.open = None;
        self.muted = false;
        if text.trim().is_empty() {
            return Vec::new();
        }
        let block = self.state.next_block;
        self.state.next_block += 1;
        let text = cut(self.mask.text(text), MAX_EVENT_TEXT);
        vec![
            Output::BlockDone(block),
            Output::Event(Event::Text { block, text }),
        ]
    }

    fn tool_use(&mut self, block: Block) -> Output {
        if self.state.tools.len() < MAX_TOOLS {
            self.state
                .tools
                .insert(block.id.clone(), block.name.clone());
        }
        // A report is kept whole: it becomes the run's result.
        let longest = if block.name == tools::PUBLISH {
            MAX_EVENT_TEXT
        } else {
            MAX_INPUT_TEXT
        };
        Output::Event(Event::ToolUse {
            tool_use_id: cut(block.id, 256),
            name: cut(block.name, 256),
            input: cut_texts(self.mask.value(block.input), longest),
        })
    }

    fn user(&mut self, line: Line<'_>) -> Vec<Output> {
        let Some(Content::Blocks(blocks)) = line.message.map(|message| message.content) else {
            return Vec::new();
        };
        let mut outputs = Vec::new();
        for block in blocks
            .into_iter()
            .filter(|block| block.kind == "tool_result")
        {
            let name = self.state.tools.remove(&block.tool_use_id);
            let content = self.mask.text(text_of(&block.content));
            let is_error = block.is_error.unwrap_or(false);
            let proposal = name
                .as_deref()
                .filter(|_| !is_error)
                .and_then(|name| tools::proposal(name, &content));
            outputs.push(Output::Event(Event::ToolResult {
                content: cut(content, MAX_EVENT_TEXT),
                is_error,
                tool_use_id: cut(block.tool_use_id, 256),
            }));
            if let Some(proposal_id) = proposal {
                outputs.push(Output::Event(Event::Proposal { proposal_id }));
            }
            if !matches!(
                name.as_deref(),
                Some("Read" | "Grep" | "Glob" | "TodoWrite")
            ) {
                outputs.push(Output::FilesMayHaveChanged);
            }
        }
        outputs
    }

    fn result(&self, line: Line<'_>) -> Vec<Output> {
        if line
            .origin
            .is_some_and(|origin| origin.kind == "task-notification")
        {
            // A turn that nobody asked for, set off by a background task that ended: not the end of this run.
            return Vec::new();
        }
        let error = |error: &Value| match error {
            Value::String(text) => cut(self.mask.text(text.clone()), 1024),
            other => cut(self.mask.text(other.to_string()), 1024),
        };
        vec![Output::TurnEnded(TurnEnd {
            is_error: line.is_error,
            terminal_reason: line.terminal_reason,
            api_status: line.api_error_status,
            text: line.result.map(|text| self.mask.text(text)),
            errors: line.errors.iter().take(8).map(error).collect(),
            denied: line.permission_denials.into_iter().next().map(|denial| {
                tools::denied(&denial.tool_name, &self.mask.value(denial.tool_input))
            }),
        })]
    }
}

/// A wait in whole milliseconds, an hour at most; Claude Code may write fractions.
fn whole_ms(delay: f64) -> u64 {
    Duration::try_from_secs_f64(delay.clamp(0.0, 3.6e6) / 1e3)
        .map_or(0, |delay| u64::try_from(delay.as_millis()).unwrap_or(0))
}

fn status(label: Status) -> Vec<Output> {
    vec![Output::Event(Event::Status { label })]
}

/// Cuts every text in a tool's arguments.
fn cut_texts(value: Value, longest: usize) -> Value {
    match value {
        Value::String(text) => Value::String(cut(text, longest)),
        Value::Array(items) => {
            let items = items.into_iter().take(256);
            items.map(|item| cut_texts(item, longest)).collect()
        }
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .take(64)
                .map(|(name, value)| (name, cut_texts(value, longest)))
                .collect(),
        ),
        other => other,
    }
}

#[cfg(test)]
mod tests;
