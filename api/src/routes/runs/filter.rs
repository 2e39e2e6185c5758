//! Which runs a list has.

use berth_domain::ids::{AgentId, ConversationId};
use berth_domain::ports::runs::RunFilter;
use berth_domain::run::{Reason, RunState, Trigger};
use jiff::Timestamp;
use serde::Deserialize;
use url::form_urlencoded;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::problem::{Code, Problem, Result};

/// Runs of agents, or of chats.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum RunKind {
    Agent,
    Chat,
}

/// Which runs are wanted; every condition must hold.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct FilterQuery {
    /// Of one agent only.
    agent_id: Option<Uuid>,
    /// Of one conversation only.
    conversation_id: Option<Uuid>,
    /// Of agents or of chats only.
    #[param(inline)]
    kind: Option<RunKind>,
    /// Ended for this reason only.
    reason: Option<String>,
    /// With this verdict of their definition of done only.
    proved: Option<bool>,
    /// Accepted at or after.
    from: Option<Timestamp>,
    /// Accepted before.
    to: Option<Timestamp>,
}

/// What may be given more than once; read from the raw query.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes parameters that are read by hand")]
pub(super) struct StateQuery {
    /// In one of these states only; may be repeated, or have several separated by commas.
    state: Option<Vec<String>>,
    /// Set off in one of these ways only; may be repeated, or have several separated by commas.
    trigger: Option<Vec<String>>,
}

impl FilterQuery {
    /// The domain's form of it.
    pub(super) fn filter(self, raw: &str) -> Result<RunFilter> {
        let reason = self.reason.as_deref().filter(|word| !word.is_empty());
        Ok(RunFilter {
            agent_id: self.agent_id.map(AgentId),
            conversation_id: self.conversation_id.map(ConversationId),
            of_agents: self.kind.map(|kind| matches!(kind, RunKind::Agent)),
            states: words(raw, "state", RunState::parse)?,
            triggers: words(raw, "trigger", Trigger::parse)?,
            reason: reason
                .map(|word| Reason::parse(word).ok_or(Problem::from(Code::Query)))
                .transpose()?,
            proved: self.proved,
            from: self.from,
            to: self.to,
            finished_from: None,
        })
    }
}

/// All values of a parameter, repeated or separated by commas.
fn words<T>(raw: &str, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>> {
    let mut words = Vec::new();
    for (key, value) in form_urlencoded::parse(raw.as_bytes()) {
        if key == name {
            for word in value.split(',').filter(|word| !word.is_empty()) {
                words.push(parse(word).ok_or(Problem::from(Code::Query))?);
            }
        }
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_may_be_repeated_and_joined() {
        let states = |raw| words(raw, "state", RunState::parse);
        assert_eq!(
            states("state=failed,timed_out&a=b&state=queued").unwrap(),
            [RunState::Failed, RunState::TimedOut, RunState::Queued]
        );
        assert_eq!(states("state=").unwrap(), []);
        assert!(states("state=Failed").is_err());
    }
}
