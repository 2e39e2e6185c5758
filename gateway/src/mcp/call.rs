//! A call of a tool: who calls, whether they may, what becomes of it.

use std::fmt::Write as _;
use std::sync::Arc;

use berth_domain::agent::FieldError;
use berth_domain::ports::StoreError;
use berth_domain::ports::gateway::Grant;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::catalogue::{self, Tool};
use super::rpc::RpcError;
use super::{Audience, look, propose, tell};
use crate::config::ToolPorts;
use crate::grants::{Granted, NotGranted};
use crate::server::Context;

/// Whoever sent a message.
#[derive(Debug)]
pub(super) struct Caller<'a> {
    pub(super) context: &'a Arc<Context>,
    pub(super) granted: Result<Arc<Granted>, NotGranted>,
}

/// Why a tool did not do what it was asked. Told to the model, in words that help it to do better.
#[derive(Debug)]
pub(super) enum Failed {
    /// What it was given is wrong, or not its to ask.
    Told(String),
    /// The store does not answer.
    Store(StoreError),
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Failed {
    pub(super) fn told(text: impl Into<String>) -> Self {
        Self::Told(text.into())
    }

    /// Everything that is wrong with what was given.
    pub(super) fn fields(errors: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut text = "Not accepted. Correct these and call again:".to_owned();
        for (field, reason) in errors {
            // Writing to a string cannot fail.
            let _ = write!(text, "\n- {field}: {reason}");
        }
        Self::Told(text)
    }
}

/// A field and what is wrong with it.
pub(super) fn named(error: FieldError) -> (String, String) {
    (error.field, error.reason)
}

impl Caller<'_> {
    /// Carries out `tools/call`.
    pub(super) async fn call(&self, audience: Audience, params: &Value) -> Result<Value, RpcError> {
        let tool = params["name"].as_str().and_then(Tool::parse);
        let Some(tool) = tool.filter(|tool| catalogue::is_for(*tool, audience)) else {
            return Err(RpcError::no_such_tool());
        };
        let (outcome, text) = match self.carry_out(tool, &params["arguments"]).await {
            Ok(answer) => ("done", answer.to_string()),
            Err(Failed::Told(text)) => ("refused", text),
            Err(Failed::Store(error)) => {
                tracing::warn!(operation = error.operation, error = %error.source, tool = tool.name(), "a tool could not reach the store");
                ("failed", "Berth's store does not answer at the moment. Try once more; if it fails again, go on without.".to_owned())
            }
        };
        metrics::counter!("gateway_tools_total", "tool" => tool.name(), "outcome" => outcome)
            .increment(1);
        Ok(json!({"content": [{"type": "text", "text": text}], "isError": outcome != "done"}))
    }

    async fn carry_out(&self, tool: Tool, arguments: &Value) -> Result<Value, Failed> {
        let granted = match &self.granted {
            Ok(granted) => granted,
            Err(NotGranted::Unknown) => {
                return Err(Failed::told(
                    "No run is under way, so there is nobody to act for.",
                ));
            }
            Err(NotGranted::Later) => {
                return Err(Failed::told(
                    "Berth is starting. Try once more in a few seconds.",
                ));
            }
        };
        let grant = &granted.grant;
        if !catalogue::is_for(tool, audience_of(grant)) {
            return Err(Failed::told("This tool is not for this kind of run."));
        }
        let desk = Desk {
            ports: &self.context.config.tools,
            context: self.context,
            grant,
        };
        match tool {
            Tool::ProposeAgent => propose::agent(desk, read(arguments)?).await,
            Tool::ProposeSchedule => propose::schedule(desk, read(arguments)?).await,
            Tool::ListAgents => look::agents(desk).await,
            Tool::ListRuns => look::runs(desk, read(arguments)?).await,
            Tool::ReadRun => look::run(desk, read(arguments)?).await,
            Tool::PublishResult => tell::publish(read(arguments)?),
            Tool::NotifyOwner => tell::notify(desk, read(arguments)?).await,
            Tool::AskOwner => tell::ask(&read(arguments)?),
        }
    }
}

fn audience_of(grant: &Grant) -> Audience {
    if grant.of_agent_run {
        Audience::AgentRun
    } else {
        Audience::Chat
    }
}

/// What a tool works with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Desk<'a> {
    pub(super) ports: &'a ToolPorts,
    pub(super) context: &'a Context,
    pub(super) grant: &'a Grant,
}

/// A tool's arguments; absent ones are an empty object.
fn read<T: DeserializeOwned>(arguments: &Value) -> Result<T, Failed> {
    let arguments = match arguments {
        Value::Null => json!({}),
        given => given.clone(),
    };
    serde_json::from_value(arguments)
        .map_err(|error| Failed::told(format!("Not accepted: {error}. Correct it and call again.")))
}
