//! Agents for scenarios. They are saved and started in the store, beside the server that runs them, so that a test can give a
//! run what no form would let through, such as a limit of one second.

use anyhow::{Context as _, bail};
use berth_domain::agent::{Agent, AgentSpec, AgentStatus};
use berth_domain::ids::{ConversationId, RunId, UserId};
use berth_domain::notification::agent_scope;
use berth_domain::ports::agents::{Agents as _, CreatedAgent, NewAgent};
use berth_domain::ports::runs::{Runs as _, Submission, Submitted};
use berth_domain::ports::secrets::Secrets as _;
use berth_domain::quota::Quota;
use berth_domain::run::{Run, Trigger};
use berth_embedded::{SecretKey, Store};
use berth_harness::{Berth, Socket, id};
use serde_json::{Value, json};

/// The local user's agents.
pub(crate) struct Desk {
    pub(crate) store: Store,
    pub(crate) user: UserId,
}

/// A run that was started.
pub(crate) struct Started {
    pub(crate) run: RunId,
    pub(crate) conversation: ConversationId,
}

impl Desk {
    pub(crate) async fn open(berth: &Berth) -> anyhow::Result<Self> {
        let profile = berth.get("/api/user/profile").await?;
        let key = SecretKey::load_or_create(&berth.data().join("keys/secrets.key"))?;
        Ok(Self {
            store: Store::open(&berth.data().join("berth.db"), key)?,
            user: profile["id"].as_str().context("an id")?.parse()?,
        })
    }

    /// An agent that is told this; `more` holds further fields of its content.
    pub(crate) async fn agent(&self, prompt: &str, more: Value) -> anyhow::Result<Agent> {
        let mut spec = json!({"name": "An agent", "prompt": prompt});
        if let (Value::Object(spec), Value::Object(more)) = (&mut spec, more) {
            spec.extend(more);
        }
        let new = NewAgent {
            id: id().parse()?,
            user_id: self.user,
            spec: serde_json::from_value::<AgentSpec>(spec)?,
            status: AgentStatus::Active,
            limit: 10,
            now: "2026-01-01T00:00:00Z".parse()?,
        };
        match self.store.create_agent(&new).await? {
            CreatedAgent::Saved(agent) => Ok(*agent),
            other => bail!("not saved: {other:?}"),
        }
    }

    pub(crate) async fn secret(
        &self,
        agent: &Agent,
        name: &str,
        value: &str,
    ) -> anyhow::Result<()> {
        let scope = agent_scope(agent.id);
        Ok(self.store.put_secret(&scope, name, value).await?)
    }

    /// Starts a run, which the server finds at its next look through the store.
    pub(crate) async fn start(&self, agent: &Agent, trigger: Trigger) -> anyhow::Result<Started> {
        let submission = Submission {
            user_id: self.user,
            message_id: id().parse()?,
            conversation_id: None,
            new_conversation_id: id().parse()?,
            run_id: id().parse()?,
            agent_id: Some(agent.id),
            agent: Some(agent.snapshot()),
            content: agent.spec.prompt.clone(),
            trigger,
            retry_of: None,
            quota: Quota {
                concurrent_runs: 99,
            },
            now: "2026-01-01T00:00:00Z".parse()?,
        };
        match self.store.submit(&submission).await? {
            Submitted::Accepted {
                run_id,
                conversation_id,
                ..
            } => Ok(Started {
                run: run_id,
                conversation: conversation_id,
            }),
            other => bail!("not accepted: {other:?}"),
        }
    }

    /// Runs an agent to its end; answers the run as stored and its events, of which one is the end and the last.
    pub(crate) async fn run(
        &self,
        berth: &Berth,
        agent: &Agent,
    ) -> anyhow::Result<(Run, Vec<Value>)> {
        let started = self.start(agent, Trigger::Manual).await?;
        self.ended(berth, &started).await
    }

    /// Waits for the end of a run.
    pub(crate) async fn ended(
        &self,
        berth: &Berth,
        started: &Started,
    ) -> anyhow::Result<(Run, Vec<Value>)> {
        let mut socket = self.follow(berth, started).await?;
        socket.finished(&json!(started.run)).await?;
        let run = self.store.run(self.user, started.run).await?;
        let events = berth
            .checked_events(&started.conversation.to_string())
            .await?;
        Ok((run.context("the run")?, events))
    }

    /// A socket that sees what a run does.
    pub(crate) async fn follow(&self, berth: &Berth, started: &Started) -> anyhow::Result<Socket> {
        let mut socket = berth.socket().await?;
        socket
            .subscribe(&started.conversation.to_string(), 0)
            .await?;
        Ok(socket)
    }
}

/// State, reason and result.
pub(crate) fn end_of(run: &Run) -> (String, String, String) {
    (
        run.state.to_string(),
        run.reason
            .map(|reason| reason.to_string())
            .unwrap_or_default(),
        run.result.clone().unwrap_or_default(),
    )
}

/// The results of the checks: the one event that tells of them, right before the end.
pub(crate) fn checks(events: &[Value]) -> Vec<(bool, String)> {
    let before = events.len().saturating_sub(2);
    let checked = &events[before]["event"];
    let checks = checked["checks"].as_array().into_iter().flatten();
    checks
        .map(|check| {
            let reason = check["reason"].as_str().unwrap_or_default();
            (check["met"] == true, reason.to_owned())
        })
        .collect()
}
