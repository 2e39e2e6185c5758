//! A run's document.

use berth_domain::agent::AgentSnapshot;
use berth_domain::event::Event;
use berth_domain::ids::{AgentId, ConversationId, MessageId, RunId, ScheduleId, UserId};
use berth_domain::lease::{Lease, RunnerId};
use berth_domain::ports::runs::Submission;
use berth_domain::run::{Outcome, Reason, Run, RunState, Trigger};
use berth_domain::usage::UsageTotals;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::convert::{at, json, key, maybe_at, maybe_json};
use crate::db::{Path, Record};
use crate::events::Log;

/// A run with what is asked for and what only its runner needs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RunRecord {
    pub(crate) id: RunId,
    pub(crate) user_id: UserId,
    pub(crate) conversation_id: ConversationId,
    pub(crate) agent_id: Option<AgentId>,
    pub(crate) agent_name: Option<String>,
    agent_version: Option<u32>,
    pub(crate) schedule_id: Option<ScheduleId>,
    #[serde(default, with = "maybe_at")]
    pub(crate) scheduled_at: Option<Timestamp>,
    pub(crate) message_id: MessageId,
    pub(crate) trigger: Trigger,
    retry_of: Option<RunId>,
    pub(crate) state: RunState,
    pub(crate) reason: Option<Reason>,
    pub(crate) proved: Option<bool>,
    #[serde(with = "at")]
    pub(crate) queued_at: Timestamp,
    #[serde(default, with = "maybe_at")]
    pub(crate) started_at: Option<Timestamp>,
    #[serde(default, with = "maybe_at")]
    pub(crate) finished_at: Option<Timestamp>,
    result: Option<String>,
    #[serde(with = "json")]
    pub(crate) usage: UsageTotals,
    pub(crate) attempt: u32,
    pub(crate) epoch: u64,
    lease_runner: Option<String>,
    lease_incarnation: Option<Uuid>,
    #[serde(default, with = "maybe_at")]
    lease_expires_at: Option<Timestamp>,
    #[serde(default, with = "maybe_at")]
    pub(crate) cancel_requested_at: Option<Timestamp>,
    /// Why it was asked to stop.
    #[serde(default)]
    pub(crate) cancel_reason: Option<Reason>,
    /// When anything of it changed that its log tells of.
    #[serde(with = "at")]
    pub(crate) updated_at: Timestamp,
    /// Its place among its user's runs.
    pub(crate) rank: i64,
    /// Whether it is a run of an agent and not a chat.
    pub(crate) of_agent: bool,
    /// Set while it has not ended.
    pub(crate) open: Option<bool>,
    /// Set while it counts against its user's quota.
    pub(crate) room: Option<bool>,
    /// Set from its end until somebody has drawn the consequences: the outbox.
    #[serde(default, with = "maybe_at")]
    pub(crate) unsettled_at: Option<Timestamp>,
    /// Whether its slot was planned late.
    pub(crate) late: Option<bool>,
    /// Number of its first event.
    #[serde(default)]
    pub(crate) first_seq: u64,
    /// The agent it was given.
    #[serde(default, with = "maybe_json")]
    pub(crate) agent: Option<AgentSnapshot>,
    /// Its log, where the run is a conversation of its own.
    pub(crate) log: Option<Log>,
    /// Its answer, where the run is a conversation of its own.
    #[serde(default, with = "maybe_json")]
    pub(crate) answer: Option<Answer>,
}

/// The answer of a run that is a conversation of its own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) id: MessageId,
    pub(crate) seq: u64,
    pub(crate) content: String,
}

impl Record for RunRecord {
    const COLLECTION: &'static str = "executions";
}

/// What lists of runs read: everything but the log and the agent.
pub(crate) const LISTED: &[&str] = &[
    "id",
    "user_id",
    "conversation_id",
    "agent_id",
    "agent_name",
    "agent_version",
    "schedule_id",
    "scheduled_at",
    "message_id",
    "trigger",
    "retry_of",
    "state",
    "reason",
    "proved",
    "queued_at",
    "started_at",
    "finished_at",
    "result",
    "usage",
    "attempt",
    "epoch",
    "lease_runner",
    "lease_incarnation",
    "lease_expires_at",
    "cancel_requested_at",
    "updated_at",
    "rank",
    "of_agent",
    "late",
];

pub(crate) fn path(id: RunId) -> Path<RunRecord> {
    Path::new(&key(id.0))
}

impl RunRecord {
    /// The run of a submission, queued.
    pub(crate) fn new(
        submission: &Submission,
        conversation_id: ConversationId,
        rank: i64,
        slot: Option<(ScheduleId, Timestamp)>,
    ) -> Self {
        let agent = submission.agent.as_ref();
        Self {
            id: submission.run_id,
            user_id: submission.user_id,
            conversation_id,
            agent_id: submission.agent_id,
            agent_name: agent.map(|agent| agent.spec.name.clone()),
            agent_version: agent.and_then(|agent| agent.version),
            schedule_id: slot.map(|(schedule, _)| schedule),
            scheduled_at: slot.map(|(_, at)| at),
            message_id: submission.message_id,
            trigger: submission.trigger,
            retry_of: submission.retry_of,
            state: RunState::Queued,
            reason: None,
            proved: None,
            queued_at: submission.now,
            started_at: None,
            finished_at: None,
            result: None,
            usage: UsageTotals::default(),
            attempt: 0,
            epoch: 0,
            lease_runner: None,
            lease_incarnation: None,
            lease_expires_at: None,
            cancel_requested_at: None,
            cancel_reason: None,
            updated_at: submission.now,
            rank,
            of_agent: agent.is_some(),
            open: Some(true),
            // What a schedule has queued waits for its turn and keeps nobody from working.
            room: (submission.trigger != Trigger::Schedule).then_some(true),
            unsettled_at: None,
            late: None,
            first_seq: 0,
            agent: agent.cloned(),
            log: None,
            answer: None,
        }
    }

    pub(crate) fn lease(&self) -> Option<Lease> {
        let runner = RunnerId {
            name: self.lease_runner.clone()?,
            incarnation: self.lease_incarnation?,
        };
        Some(Lease {
            runner,
            epoch: self.epoch,
            expires_at: self.lease_expires_at?,
        })
    }

    pub(crate) fn set_lease(&mut self, lease: Option<&Lease>) {
        self.lease_runner = lease.map(|lease| lease.runner.name.clone());
        self.lease_incarnation = lease.map(|lease| lease.runner.incarnation);
        self.lease_expires_at = lease.map(|lease| lease.expires_at);
        if let Some(lease) = lease {
            self.epoch = lease.epoch;
        }
    }

    /// The event of its end.
    pub(crate) fn finished(&self, outcome: &Outcome, now: Timestamp) -> Event {
        let span = self.started_at.map(|started| now.duration_since(started));
        let duration = span.and_then(|span| u64::try_from(span.as_millis()).ok());
        Event::Finished {
            state: outcome.state,
            reason: outcome.reason,
            result: outcome.result.clone(),
            duration_ms: duration.unwrap_or(0),
        }
    }

    /// Ends it.
    pub(crate) fn end(&mut self, outcome: &Outcome, now: Timestamp) {
        self.state = outcome.state;
        self.reason = Some(outcome.reason);
        self.result.clone_from(&outcome.result);
        self.proved = outcome.proved;
        self.finished_at = Some(now);
        self.updated_at = now;
        self.set_lease(None);
        self.open = None;
        self.room = None;
        self.unsettled_at = self.of_agent.then_some(now);
    }

    pub(crate) fn into_domain(self) -> Run {
        let lease = self.lease();
        Run {
            id: self.id,
            user_id: self.user_id,
            conversation_id: self.conversation_id,
            agent_id: self.agent_id,
            agent_name: self.agent_name,
            agent_version: self.agent_version,
            slot: self.schedule_id.zip(self.scheduled_at),
            message_id: self.message_id,
            trigger: self.trigger,
            retry_of: self.retry_of,
            state: self.state,
            reason: self.reason,
            proved: self.proved,
            queued_at: self.queued_at,
            started_at: self.started_at,
            finished_at: self.finished_at,
            result: self.result,
            usage: self.usage,
            attempt: self.attempt,
            epoch: self.epoch,
            lease,
            cancel_requested_at: self.cancel_requested_at,
        }
    }
}
