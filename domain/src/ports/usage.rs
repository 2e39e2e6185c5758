//! The durable ledger of model calls.

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::ids::{AgentId, RunId, UserId};
use crate::usage::{UsageEntry, UsageTotals};

/// The ledger could not answer. Always worth another try.
#[derive(Debug, thiserror::Error)]
#[error("usage ledger: {operation}")]
pub struct LedgerError {
    /// What was attempted, for the log.
    pub operation: &'static str,
    #[source]
    pub source: Box<dyn std::error::Error + Send + Sync>,
}

/// How a summary is grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsageBy {
    Day,
    Agent,
    Model,
    /// Each agent on each day.
    DayAgent,
}

/// The group a row stands for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsageGroup {
    /// A calendar day in the time zone of the question.
    Day(jiff::civil::Date),
    /// `None` is what was spent in chats, without an agent.
    Agent(Option<AgentId>),
    Model(String),
    /// An agent on a day of the time zone of the question; `None` as with [`Self::Agent`].
    DayAgent(jiff::civil::Date, Option<AgentId>),
}

/// One line of a summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageRow {
    pub group: UsageGroup,
    pub totals: UsageTotals,
}

/// A question about one user's usage in `[from, to)`.
#[derive(Debug, Clone)]
pub struct UsageQuery {
    pub user: UserId,
    pub from: Timestamp,
    pub to: Timestamp,
    pub by: UsageBy,
    /// Decides where days begin.
    pub time_zone: TimeZone,
}

/// Keeps every settled model call.
///
/// The gateway fails closed on it: while it cannot answer, no new call is admitted.
#[async_trait]
pub trait UsageLedger: Send + Sync + std::fmt::Debug {
    /// Stores `entry` durably. An entry whose id is already there is left as it is.
    async fn record(&self, entry: &UsageEntry) -> Result<(), LedgerError>;

    async fn run_total(&self, run: RunId) -> Result<UsageTotals, LedgerError>;

    /// All of a user's calls at or after `from`.
    async fn user_total_since(
        &self,
        user: UserId,
        from: Timestamp,
    ) -> Result<UsageTotals, LedgerError>;

    /// All of an agent's calls at or after `from`.
    async fn agent_total_since(
        &self,
        agent: AgentId,
        from: Timestamp,
    ) -> Result<UsageTotals, LedgerError>;

    /// Everything each of these agents has used; agents without calls may be left out. An adapter that keeps sums answers from
    /// them, whatever an agent's age.
    async fn agent_totals(
        &self,
        agents: &[AgentId],
    ) -> Result<Vec<(AgentId, UsageTotals)>, LedgerError> {
        let mut totals = Vec::with_capacity(agents.len());
        for agent in agents {
            let used = self.agent_total_since(*agent, Timestamp::UNIX_EPOCH);
            totals.push((*agent, used.await?));
        }
        Ok(totals)
    }

    /// Grouped totals. Days ascend; agents and models (those of one day, too) come dearest first, ties by name. Empty groups
    /// are left out.
    async fn summary(&self, query: &UsageQuery) -> Result<Vec<UsageRow>, LedgerError>;
}
