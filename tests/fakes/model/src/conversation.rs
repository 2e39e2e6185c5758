//! What a request says, without what the CLI wraps around it.
//!
//! The CLI sends more than the user wrote: `<system-reminder>` blocks inside user content, messages with the role
//! `system`, notes about interrupts and local commands. Only what remains after those is the user's own text.

use std::collections::HashMap;

use serde_json::Value;

use crate::error::ApiError;

/// A tool's answer, together with the call it answers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ToolResult {
    pub(crate) name: String,
    pub(crate) input: Value,
    pub(crate) text: String,
    pub(crate) is_error: bool,
}

/// One request, read. Scripts decide from this and from nothing else.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Conversation {
    /// The user's texts, oldest first.
    pub(crate) texts: Vec<String>,
    /// The tool results since the last of those texts.
    pub(crate) results: Vec<ToolResult>,
    /// Whether the CLI reported, after all that, that a task in the background has ended.
    pub(crate) notified: bool,
    /// Names of the tools on offer.
    pub(crate) tools: Vec<String>,
    /// The CLI's working directory, if it said so.
    pub(crate) workdir: Option<String>,
}

impl Conversation {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// When a field that the API requires is missing or malformed.
    pub(crate) fn read(body: &Value) -> Result<Self, ApiError> {
        let messages = body["messages"]
            .as_array()
            .ok_or_else(|| ApiError::invalid("messages: field required"))?;
        if messages.is_empty() {
            return Err(ApiError::invalid(
                "messages: at least one message is required",
            ));
        }
        let mut conversation = Self {
            tools: names(&body["tools"]),
            workdir: texts(&body["system"]).find_map(workdir),
            ..Self::default()
        };
        let mut calls = HashMap::new();
        for message in messages {
            match message["role"].as_str() {
                Some("user") => conversation.add_user(&message["content"], &calls),
                Some("assistant") => remember_calls(&message["content"], &mut calls),
                Some("system") => {
                    conversation.workdir = texts(&message["content"])
                        .find_map(workdir)
                        .or(conversation.workdir);
                }
                _ => {
                    return Err(ApiError::invalid(
                        "messages: role must be user, assistant or system",
                    ));
                }
            }
        }
        Ok(conversation)
    }

    /// What the user wrote last; empty when only the CLI spoke.
    pub(crate) fn last_text(&self) -> &str {
        self.texts.last().map_or("", String::as_str)
    }

    /// What the user wrote before that.
    pub(crate) fn previous_text(&self) -> Option<&str> {
        self.texts.iter().rev().nth(1).map(String::as_str)
    }

    pub(crate) fn last_result(&self) -> Option<&ToolResult> {
        self.results.last()
    }

    pub(crate) fn offers(&self, tool: &str) -> bool {
        self.tools.iter().any(|name| name == tool)
    }

    fn add_user(&mut self, content: &Value, calls: &HashMap<String, (String, Value)>) {
        if let Some(text) = content.as_str() {
            self.add_text(text);
        }
        for block in content.as_array().into_iter().flatten() {
            match block["type"].as_str() {
                Some("text") => self.add_text(block["text"].as_str().unwrap_or_default()),
                Some("tool_result") => {
                    self.notified = false;
                    let id = block["tool_use_id"].as_str().unwrap_or_default();
                    let (name, input) = calls.get(id).cloned().unwrap_or_default();
                    self.results.push(ToolResult {
                        name,
                        input,
                        text: texts(&block["content"]).collect::<Vec<_>>().join("\n"),
                        is_error: block["is_error"].as_bool().unwrap_or(false),
                    });
                }
                _ => {}
            }
        }
    }

    fn add_text(&mut self, text: &str) {
        if is_wrapping(text) {
            self.notified |= text.contains("<task-notification");
        } else {
            self.texts.push(text.to_owned());
            self.results.clear();
            self.notified = false;
        }
    }
}

/// Whether the CLI put this block there, not the user.
fn is_wrapping(text: &str) -> bool {
    const MARKS: [&str; 5] = [
        "<system-reminder>",
        "<command-",
        "<local-command-",
        "[Request interrupted by user",
        "Continue from where you left off.",
    ];
    let text = text.trim_start();
    text.is_empty() || MARKS.iter().any(|mark| text.starts_with(mark))
}

fn remember_calls(content: &Value, calls: &mut HashMap<String, (String, Value)>) {
    for block in content.as_array().into_iter().flatten() {
        if let (Some("tool_use"), Some(id), Some(name)) = (
            block["type"].as_str(),
            block["id"].as_str(),
            block["name"].as_str(),
        ) {
            calls.insert(id.to_owned(), (name.to_owned(), block["input"].clone()));
        }
    }
}

/// The texts of a content field, which is a string or a list of blocks.
fn texts(content: &Value) -> impl Iterator<Item = &str> {
    let blocks = content.as_array().into_iter().flatten();
    content
        .as_str()
        .into_iter()
        .chain(blocks.filter_map(|block| block["text"].as_str()))
}

fn names(tools: &Value) -> Vec<String> {
    let tools = tools.as_array().into_iter().flatten();
    tools
        .filter_map(|tool| tool["name"].as_str())
        .map(str::to_owned)
        .collect()
}

fn workdir(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("working directory: ")?;
    Some(rest.lines().next()?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_cli_s_own_words_are_not_the_user_s() {
        let conversation = Conversation::read(&json!({
            "system": [{ "type": "text", "text": "You are an agent." }],
            "tools": [{ "name": "Bash" }, { "name": "Write" }],
            "messages": [
                { "role": "user", "content": [
                    { "type": "text", "text": "<system-reminder>\nnotes\n</system-reminder>\n" },
                    { "type": "text", "text": "hello" },
                ] },
                { "role": "system", "content": "# Environment\n - Primary working directory: /workspace\n - Shell: bash" },
                { "role": "assistant", "content": [{ "type": "tool_use", "id": "t1", "name": "Bash", "input": {} }] },
                { "role": "user", "content": [
                    { "type": "tool_result", "tool_use_id": "t1", "content": "stopped", "is_error": true },
                    { "type": "text", "text": "[Request interrupted by user for tool use]\n" },
                    { "type": "text", "text": "after" },
                ] },
            ],
        }))
        .expect("a valid request");
        assert_eq!(conversation.texts, ["hello", "after"]);
        assert_eq!(conversation.previous_text(), Some("hello"));
        assert_eq!(conversation.workdir.as_deref(), Some("/workspace"));
        assert!(
            conversation.results.is_empty(),
            "results before the last text belong to an earlier turn"
        );
        assert!(conversation.offers("Write") && !conversation.offers("Read"));
    }

    #[test]
    fn a_result_carries_the_call_it_answers() {
        let conversation = Conversation::read(&json!({ "messages": [
            { "role": "user", "content": "go" },
            { "role": "assistant", "content": [
                { "type": "tool_use", "id": "t1", "name": "Bash", "input": { "command": "ls" } },
            ] },
            { "role": "user", "content": [
                { "type": "tool_result", "tool_use_id": "t1", "content": [{ "type": "text", "text": "a.csv" }] },
                { "type": "text", "text": "<system-reminder>later</system-reminder>" },
            ] },
        ] }))
        .expect("a valid request");
        let result = conversation.last_result().expect("one result");
        assert_eq!(
            (result.name.as_str(), result.text.as_str(), result.is_error),
            ("Bash", "a.csv", false)
        );
        assert_eq!(result.input["command"], "ls");
    }

    #[test]
    fn what_the_api_refuses_is_refused() {
        for body in [
            json!({}),
            json!({ "messages": [] }),
            json!({ "messages": [{ "role": "robot", "content": "" }] }),
        ] {
            assert!(Conversation::read(&body).is_err(), "{body}");
        }
    }
}
