//! An answer before it is sent.

use serde_json::{Value, json};

use crate::usage::text_tokens;

/// One content block.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Block {
    Text(String),
    ToolUse { name: String, input: Value },
}

/// What the model says to one request.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Reply {
    pub(crate) blocks: Vec<Block>,
}

impl Reply {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self {
            blocks: vec![Block::Text(text.into())],
        }
    }

    /// A sentence, then a Bash call. `description` is what the user sees of the call; `timeout` in milliseconds.
    pub(crate) fn bash(text: &str, command: &str, description: &str, timeout: Option<u64>) -> Self {
        let mut input = json!({ "command": command, "description": description });
        if let Some(timeout) = timeout {
            input["timeout"] = timeout.into();
        }
        Self::call(text, "Bash", input)
    }

    /// A sentence (none when empty), then a call of a tool.
    pub(crate) fn call(text: &str, name: &str, input: Value) -> Self {
        let call = Block::ToolUse {
            name: name.to_owned(),
            input,
        };
        let text = (!text.is_empty()).then(|| Block::Text(text.to_owned()));
        Self {
            blocks: text.into_iter().chain([call]).collect(),
        }
    }

    pub(crate) fn stop_reason(&self) -> &'static str {
        let calls = self
            .blocks
            .iter()
            .any(|block| matches!(block, Block::ToolUse { .. }));
        if calls { "tool_use" } else { "end_turn" }
    }

    pub(crate) fn output_tokens(&self) -> u64 {
        self.blocks
            .iter()
            .map(|block| match block {
                Block::Text(text) => text_tokens(text),
                Block::ToolUse { input, .. } => text_tokens(&input.to_string()) + 10,
            })
            .sum()
    }
}

impl Block {
    /// The block as the API prints it; `message` makes the tool call's id unique.
    pub(crate) fn to_json(&self, message: &str, index: usize) -> Value {
        match self {
            Self::Text(text) => json!({ "type": "text", "text": text }),
            Self::ToolUse { name, input } => {
                let id = format!("toolu_{}_{index}", message.trim_start_matches("msg_"));
                json!({ "type": "tool_use", "id": id, "name": name, "input": input })
            }
        }
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or_default();
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}
