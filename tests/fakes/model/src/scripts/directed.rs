//! Carries out the directives of a test: tool calls one after the other, then everything to be said in one answer.

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::conversation::Conversation;
use crate::directives::Step;
use crate::reply::{Reply, hex};

pub(super) fn reply(conversation: &Conversation, steps: &[Step]) -> Reply {
    let mut calls = steps.iter().filter(|step| step.calls_a_tool());
    if let Some(step) = calls.nth(conversation.results.len()) {
        return call(conversation, step);
    }
    let mut results = conversation.results.iter();
    let said: Vec<String> = steps
        .iter()
        .filter_map(|step| match step {
            Step::Say(text) => Some(text.clone()),
            Step::Echo => Some(fingerprint(conversation.last_text())),
            _ => results.next().map(|result| result.text.clone()),
        })
        .collect();
    Reply::text(said.join("\n"))
}

fn call(conversation: &Conversation, step: &Step) -> Reply {
    let (name, input) = match step {
        Step::Bash(command) => (
            "Bash",
            json!({ "command": command, "description": "Run a command" }),
        ),
        Step::Write { path, content } => (
            "Write",
            json!({ "file_path": absolute(conversation, path), "content": content }),
        ),
        Step::Read(path) => ("Read", json!({ "file_path": absolute(conversation, path) })),
        Step::Background(command) => {
            let input = json!({ "command": command, "description": "Run in the background", "run_in_background": true });
            ("Bash", input)
        }
        // A model may try what it was not offered.
        Step::Call { tool, input } => return Reply::call("", tool, input.clone()),
        Step::Say(_) | Step::Echo => return Reply::default(),
    };
    if conversation.offers(name) {
        Reply::call("", name, input)
    } else {
        Reply::text(format!("The request offers no tool {name}."))
    }
}

/// File tools want absolute paths; a relative one is meant from the working directory.
fn absolute(conversation: &Conversation, path: &str) -> String {
    match &conversation.workdir {
        Some(workdir) if !path.starts_with('/') => format!("{workdir}/{path}"),
        _ => path.to_owned(),
    }
}

/// Proves that a text arrived exactly.
fn fingerprint(text: &str) -> String {
    let hash = hex(&Sha256::digest(text));
    format!(
        "sha256={hash} bytes={} chars={}",
        text.len(),
        text.chars().count()
    )
}
