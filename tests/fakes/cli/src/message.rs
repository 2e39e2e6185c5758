//! An answer on its way out: the API's events and, for each finished block, the line that repeats it.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::lines::Lines;
use crate::output::Output;
use crate::totals::{Totals, tokens};

/// What is open at the moment, and so has to be closed when the turn is interrupted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Open {
    Nothing,
    Message,
    Text(String),
    Tool(String),
}

/// The messages of one turn, one after the other.
#[derive(Debug)]
pub(crate) struct Messages {
    output: Output,
    lines: Lines,
    partial: bool,
    id: String,
    index: u32,
    pub(crate) open: Open,
    /// The text of the message that is open, or of the last one.
    pub(crate) text: String,
    pub(crate) count: u32,
    pub(crate) spent: Totals,
}

impl Messages {
    pub(crate) fn new(output: Output, lines: Lines, partial: bool) -> Self {
        Self {
            output,
            lines,
            partial,
            id: String::new(),
            index: 0,
            open: Open::Nothing,
            text: String::new(),
            count: 0,
            spent: Totals::default(),
        }
    }

    /// Starts a message that answers `input` tokens.
    pub(crate) async fn start(&mut self, input: u32) {
        self.id = format!("msg_{}", Uuid::now_v7().simple());
        self.index = 0;
        self.text.clear();
        self.count += 1;
        self.spent.input += input;
        self.open = Open::Message;
        self.output
            .line(
                &self
                    .lines
                    .system("status", json!({ "status": "requesting" })),
            )
            .await;
        let message = json!({
            "id": self.id,
            "type": "message",
            "role": "assistant",
            "model": self.lines.model,
            "content": [],
            "stop_reason": null,
            "stop_sequence": null,
            "usage": usage(input, 1),
        });
        self.event(json!({ "type": "message_start", "message": message }))
            .await;
    }

    /// Writes a piece of text.
    pub(crate) async fn say(&mut self, piece: &str) {
        if !matches!(self.open, Open::Text(_)) {
            let block = json!({ "type": "text", "text": "" });
            self.event(json!({ "type": "content_block_start", "index": self.index, "content_block": block })).await;
            self.open = Open::Text(String::new());
        }
        if let Open::Text(text) = &mut self.open {
            text.push_str(piece);
        }
        self.text.push_str(piece);
        self.delta(json!({ "type": "text_delta", "text": piece }))
            .await;
    }

    /// Calls a tool, which ends the message; answers the call's id.
    pub(crate) async fn call(&mut self, name: &str, input: &Value) -> String {
        self.end_text(false).await;
        let id = format!("toolu_{}", Uuid::now_v7().simple());
        let mut block = json!({ "type": "tool_use", "id": id, "name": name, "input": {} });
        self.event(
            json!({ "type": "content_block_start", "index": self.index, "content_block": block }),
        )
        .await;
        self.delta(json!({ "type": "input_json_delta", "partial_json": input.to_string() }))
            .await;
        block["input"] = input.clone();
        self.spent.output += tokens(&input.to_string());
        self.output
            .line(&self.lines.assistant(&self.id, &block, false))
            .await;
        self.end_block().await;
        self.stop("tool_use").await;
        self.open = Open::Tool(id.clone());
        id
    }

    /// Ends the message.
    pub(crate) async fn end(&mut self) {
        self.end_text(false).await;
        self.stop("end_turn").await;
        self.open = Open::Nothing;
    }

    /// Ends what is open because of an interrupt.
    pub(crate) async fn abort(&mut self) -> &'static str {
        match std::mem::replace(&mut self.open, Open::Nothing) {
            Open::Tool(id) => {
                let text = "The user doesn't want to proceed with this tool use. The tool use was rejected.";
                let block = json!({ "type": "tool_result", "content": text, "is_error": true, "tool_use_id": id });
                self.output
                    .line(&self.lines.user(
                        &block,
                        json!({ "tool_use_result": "User rejected tool use" }),
                    ))
                    .await;
                self.note("[Request interrupted by user for tool use]")
                    .await;
                "aborted_tools"
            }
            open => {
                self.open = open;
                self.end_text(true).await;
                self.note("[Request interrupted by user]").await;
                self.stop_abandoned(self.index).await;
                self.open = Open::Nothing;
                "aborted_streaming"
            }
        }
    }

    /// Breaks off as when the connection to the model is lost: the text so far will be said again by another message.
    pub(crate) async fn drop_and_retry(&mut self) {
        let input = self.spent.input;
        self.end_block().await;
        self.stop_abandoned(0).await;
        self.output.line(&self.lines.api_retry(1, 10)).await;
        self.start(input).await;
    }

    async fn stop_abandoned(&self, from: u32) {
        let mut line = self
            .lines
            .stream_event(&self.id, &json!({ "type": "message_stop" }));
        line["abandoned_blocks"] = json!({ "api_message_id": self.id, "from_block_index": from });
        if self.partial {
            self.output.line(&line).await;
        }
    }

    async fn note(&self, text: &str) {
        self.output
            .line(
                &self
                    .lines
                    .user(&json!({ "type": "text", "text": text }), json!({})),
            )
            .await;
    }

    async fn end_text(&mut self, aborted: bool) {
        if let Open::Text(text) = std::mem::replace(&mut self.open, Open::Message) {
            self.spent.output += tokens(&text);
            let block = json!({ "type": "text", "text": text });
            self.output
                .line(&self.lines.assistant(&self.id, &block, aborted))
                .await;
            self.end_block().await;
        }
    }

    async fn end_block(&mut self) {
        self.event(json!({ "type": "content_block_stop", "index": self.index }))
            .await;
        self.index += 1;
    }

    async fn stop(&self, reason: &str) {
        let delta = json!({ "stop_reason": reason, "stop_sequence": null });
        let usage = usage(self.spent.input, self.spent.output);
        self.event(json!({ "type": "message_delta", "delta": delta, "usage": usage }))
            .await;
        self.event(json!({ "type": "message_stop" })).await;
    }

    async fn delta(&self, delta: Value) {
        self.event(json!({ "type": "content_block_delta", "index": self.index, "delta": delta }))
            .await;
    }

    async fn event(&self, event: Value) {
        if self.partial {
            self.output
                .line(&self.lines.stream_event(&self.id, &event))
                .await;
        }
    }
}

fn usage(input: u32, output: u32) -> Value {
    json!({
        "input_tokens": input,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": output,
    })
}
