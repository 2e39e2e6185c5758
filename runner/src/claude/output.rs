//! The shapes of Claude Code's `stream-json` output, as far as they are needed. Everything is optional: a field that a
//! later version leaves out must not end a run.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

/// One line.
#[derive(Debug, Deserialize)]
pub struct Line<'a> {
    /// `system`, `stream_event`, `assistant`, `user`, `result`, `control_response`, …
    #[serde(rename = "type", borrow)]
    pub kind: Cow<'a, str>,
    /// Of `system` and `result` lines.
    #[serde(default)]
    pub subtype: Option<String>,
    /// Of most lines; the id to resume by.
    #[serde(default)]
    pub session_id: Option<String>,
    /// Set on what a subagent says.
    #[serde(default)]
    pub parent_tool_use_id: Option<String>,
    /// Of `stream_event`: an event of the model API.
    #[serde(default)]
    pub event: Option<StreamEvent>,
    /// Of `stream_event`: earlier text that will come again.
    #[serde(default)]
    pub abandoned_blocks: Option<Value>,
    /// Of `assistant` and `user`.
    #[serde(default)]
    pub message: Option<Message>,
    /// Of `assistant`: not the model's words but an error put into words.
    #[serde(default)]
    pub is_api_error_message: bool,
    /// Of `system/status`.
    #[serde(default)]
    pub status: Option<String>,
    /// Of `system/api_retry`.
    #[serde(default)]
    pub attempt: Option<u32>,
    /// Of `system/api_retry`.
    #[serde(default)]
    pub max_retries: Option<u32>,
    /// Of `system/api_retry`.
    #[serde(default)]
    pub retry_delay_ms: Option<f64>,
    /// Of `system/api_retry`.
    #[serde(default)]
    pub error_status: Option<u16>,
    /// Of `result`.
    #[serde(default)]
    pub is_error: bool,
    /// Of `result`.
    #[serde(default)]
    pub terminal_reason: Option<String>,
    /// Of `result`.
    #[serde(default)]
    pub api_error_status: Option<u16>,
    /// Of `result`.
    #[serde(default)]
    pub result: Option<String>,
    /// Of `result`.
    #[serde(default)]
    pub errors: Vec<Value>,
    /// Of `result`: calls that Claude Code did not carry out.
    #[serde(default)]
    pub permission_denials: Vec<Denial>,
    /// Of `result`: what set the turn off, when it was not a message.
    #[serde(default)]
    pub origin: Option<Origin>,
}

/// A call that was not permitted.
#[derive(Debug, Deserialize)]
pub struct Denial {
    /// The tool.
    #[serde(default)]
    pub tool_name: String,
    /// Its arguments.
    #[serde(default)]
    pub tool_input: Value,
}

/// What set a turn off.
#[derive(Debug, Deserialize)]
pub struct Origin {
    /// `task-notification` for turns that nobody asked for.
    #[serde(default)]
    pub kind: String,
}

/// An event of the model API's stream.
#[derive(Debug, Deserialize)]
pub struct StreamEvent {
    /// `content_block_start`, `content_block_delta`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Of `content_block_start`.
    #[serde(default)]
    pub content_block: Option<Typed>,
    /// Of `content_block_delta`.
    #[serde(default)]
    pub delta: Option<Typed>,
}

/// Something with a type and perhaps a text.
#[derive(Debug, Deserialize)]
pub struct Typed {
    /// `text`, `tool_use`, `text_delta`, …
    #[serde(rename = "type", default)]
    pub kind: String,
    /// The text, where there is one.
    #[serde(default)]
    pub text: String,
}

/// A message of the conversation.
#[derive(Debug, Deserialize)]
pub struct Message {
    /// Text, or blocks.
    #[serde(default)]
    pub content: Content,
}

/// Text, or blocks.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Content {
    /// Blocks of several types.
    Blocks(Vec<Block>),
    /// Plain text.
    Text(String),
    /// Nothing that is known here.
    Other(Value),
}

impl Default for Content {
    fn default() -> Self {
        Self::Blocks(Vec::new())
    }
}

/// A block of a message.
#[derive(Debug, Deserialize)]
pub struct Block {
    /// `text`, `tool_use`, `tool_result`, `thinking`, …
    #[serde(rename = "type", default)]
    pub kind: String,
    /// Of `text`.
    #[serde(default)]
    pub text: String,
    /// Of `tool_use`.
    #[serde(default)]
    pub id: String,
    /// Of `tool_use`.
    #[serde(default)]
    pub name: String,
    /// Of `tool_use`.
    #[serde(default)]
    pub input: Value,
    /// Of `tool_result`.
    #[serde(default)]
    pub tool_use_id: String,
    /// Of `tool_result`.
    #[serde(default)]
    pub is_error: Option<bool>,
    /// Of `tool_result`: text, or blocks.
    #[serde(default)]
    pub content: Value,
}

/// The text of a tool's answer, whatever its shape.
pub fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => blocks
            .iter()
            .filter_map(|block| block.get("text").and_then(Value::as_str))
            .collect::<Vec<_>>()
            .join("\n"),
        _ => String::new(),
    }
}
