//! The lines the real CLI prints, field for field where a reader could rely on them.

use std::path::Path;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::totals::Totals;

/// The version of the CLI whose lines these are.
pub(crate) const VERSION: &str = "2.1.329";

/// What all lines of a process share.
#[derive(Debug, Clone)]
pub(crate) struct Lines {
    pub(crate) session: String,
    pub(crate) model: String,
}

/// What a result line tells.
#[derive(Debug, Clone, Default)]
pub(crate) struct Summary {
    pub(crate) terminal_reason: String,
    pub(crate) is_error: bool,
    /// Absent when the turn was cut short.
    pub(crate) text: Option<String>,
    pub(crate) stop_reason: Option<&'static str>,
    pub(crate) num_turns: u32,
    pub(crate) duration_ms: u32,
    pub(crate) spent: Totals,
    /// Everything since the session began, this turn included.
    pub(crate) totals: Totals,
    /// Counts results of this process from 0.
    pub(crate) index: u32,
    /// Set when nobody asked for the turn.
    pub(crate) origin: Option<&'static str>,
}

impl Lines {
    pub(crate) fn init(&self, cwd: &Path) -> Value {
        self.system(
            "init",
            json!({
                "cwd": cwd,
                "tools": ["Task", "Bash", "Edit", "Read", "Write"],
                "mcp_servers": [],
                "model": self.model,
                "permissionMode": "bypassPermissions",
                "slash_commands": ["clear", "compact", "context"],
                "apiKeySource": "none",
                "claude_code_version": VERSION,
                "output_style": "default",
                "agents": ["general-purpose"],
                "skills": [],
                "plugins": [],
            }),
        )
    }

    /// A system line with the given fields.
    pub(crate) fn system(&self, subtype: &str, fields: Value) -> Value {
        self.close(json!({ "type": "system", "subtype": subtype }), fields)
    }

    pub(crate) fn api_retry(&self, attempt: u32, max_retries: u32) -> Value {
        self.system(
            "api_retry",
            json!({
                "attempt": attempt,
                "max_retries": max_retries,
                "retry_delay_ms": 1,
                "error_status": 529,
                "error": "overloaded",
            }),
        )
    }

    pub(crate) fn stream_event(&self, message: &str, event: &Value) -> Value {
        let line = json!({ "type": "stream_event", "event": event, "parent_tool_use_id": null });
        self.close(line, json!({ "api_message_id": message }))
    }

    /// A finished content block; `aborted` when it was cut short.
    pub(crate) fn assistant(&self, message: &str, block: &Value, aborted: bool) -> Value {
        let mut fields = json!({ "timestamp": timestamp() });
        if aborted {
            fields["aborted"] = true.into();
        }
        let message = json!({
            "id": message,
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": [block],
            "stop_reason": null,
            "stop_sequence": null,
            "usage": Totals { input: 1, output: 1, api_ms: 0 }.usage(),
            "context_management": null,
        });
        self.close(
            json!({ "type": "assistant", "message": message, "parent_tool_use_id": null }),
            fields,
        )
    }

    /// A user line: tool results, or a note about an interrupt. `extra` are the fields beside the message.
    pub(crate) fn user(&self, block: &Value, extra: Value) -> Value {
        let message = json!({ "role": "user", "content": [block] });
        let line = json!({ "type": "user", "message": message, "parent_tool_use_id": null, "timestamp": timestamp() });
        self.close(line, extra)
    }

    pub(crate) fn result(&self, summary: &Summary) -> Value {
        let subtype = match summary.terminal_reason.as_str() {
            "max_turns" => "error_max_turns",
            "budget_exhausted" => "error_max_budget_usd",
            reason if reason.starts_with("aborted") => "error_during_execution",
            _ => "success",
        };
        let mut fields = json!({
            "duration_ms": summary.duration_ms,
            "duration_api_ms": summary.totals.api_ms,
            "num_turns": summary.num_turns,
            "stop_reason": summary.stop_reason,
            "total_cost_usd": summary.totals.cost_usd(),
            "usage": summary.spent.usage(),
            "modelUsage": summary.totals.model_usage(&self.model),
            "model_usage_since_last_result": summary.spent.model_usage(&self.model),
            "permission_denials": [],
            "terminal_reason": summary.terminal_reason,
            "is_error": summary.is_error,
            "queued_turn_count": 0,
            "result_index": summary.index,
        });
        if summary.terminal_reason == "api_error" {
            fields["api_error_status"] = 529.into();
        } else if subtype == "success" {
            fields["api_error_status"] = Value::Null;
            fields["ttft_ms"] = summary.duration_ms.into();
        }
        match &summary.text {
            Some(text) if subtype == "success" => fields["result"] = text.as_str().into(),
            _ => {
                let diagnostic = format!("[ede_diagnostic] stop_reason={:?}", summary.stop_reason);
                fields["errors"] = json!([diagnostic]);
            }
        }
        if let Some(kind) = summary.origin {
            fields["origin"] = json!({ "kind": kind });
        }
        self.close(json!({ "type": "result", "subtype": subtype }), fields)
    }

    /// The only line of a process that was asked to resume a session that does not exist.
    pub(crate) fn unknown_session(&self, message: &str) -> Value {
        self.close(
            json!({ "type": "result", "subtype": "error_during_execution" }),
            json!({
                "duration_ms": 0,
                "duration_api_ms": 0,
                "is_error": true,
                "num_turns": 0,
                "stop_reason": null,
                "total_cost_usd": 0,
                "usage": Totals::default().usage(),
                "modelUsage": {},
                "permission_denials": [],
                "errors": [message],
                "result_index": 0,
            }),
        )
    }

    /// Adds the fields, the session and an id of its own to a line.
    fn close(&self, mut line: Value, fields: Value) -> Value {
        if let Value::Object(fields) = fields {
            for (name, value) in fields {
                line[name.as_str()] = value;
            }
        }
        line["session_id"] = self.session.as_str().into();
        line["uuid"] = Uuid::now_v7().to_string().into();
        line
    }
}

/// The answer to a control request.
pub(crate) fn control_success(id: &str, response: &Value) -> Value {
    let response = json!({ "subtype": "success", "request_id": id, "response": response });
    json!({ "type": "control_response", "response": response })
}

pub(crate) fn control_error(id: &str, error: &str) -> Value {
    let response = json!({ "subtype": "error", "request_id": id, "error": error, "error_code": "unsupported_request" });
    json!({ "type": "control_response", "response": response })
}

fn timestamp() -> String {
    jiff::Timestamp::now()
        .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        .to_string()
}
