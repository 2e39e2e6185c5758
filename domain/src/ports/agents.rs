//! Agents and their versions.

use async_trait::async_trait;
use jiff::Timestamp;

use super::StoreResult;
use crate::agent::{Agent, AgentSpec, AgentStatus, AgentVersion, VersionNote};
use crate::ids::{AgentId, UserId};
use crate::page::{Page, PageRequest};

/// An agent to be saved.
#[derive(Debug, Clone)]
pub struct NewAgent {
    /// Its id; saving the same id again answers what is there.
    pub id: AgentId,
    /// Its owner.
    pub user_id: UserId,
    /// Its first version.
    pub spec: AgentSpec,
    /// Whether its schedule fires.
    pub status: AgentStatus,
    /// How many agents its owner may have (requirement W8).
    pub limit: u32,
    /// Now.
    pub now: Timestamp,
}

/// Answer to a [`NewAgent`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreatedAgent {
    /// Saved, now or earlier.
    Saved(Box<Agent>),
    /// As many agents as allowed are there.
    OverQuota {
        /// How many that is.
        limit: u32,
    },
    /// The id is another user's, or was a deleted agent's.
    IdTaken,
}

/// A new version.
#[derive(Debug, Clone)]
pub struct AgentChange {
    /// Its content.
    pub spec: AgentSpec,
    /// The version it was made from; `None` overwrites whatever is there.
    pub expected_version: Option<u32>,
    /// How it came about.
    pub note: VersionNote,
    /// Now.
    pub now: Timestamp,
}

/// Answer to an [`AgentChange`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangedAgent {
    /// The agent as it now stands. Content that is what it was makes no version.
    Saved(Box<Agent>),
    /// Somebody changed it in between.
    Conflict {
        /// The version that is there.
        version: u32,
    },
    /// No such agent of this user.
    Unknown,
}

/// Agents of one user. Another user's id answers as if it did not exist.
#[async_trait]
pub trait Agents: Send + Sync + std::fmt::Debug {
    /// Saves a new agent with its first version and the owner's next number, in one transaction.
    async fn create_agent(&self, new: &NewAgent) -> StoreResult<CreatedAgent>;

    /// The agent, if this user owns it.
    async fn agent(&self, user: UserId, id: AgentId) -> StoreResult<Option<Agent>>;

    /// Newest first.
    async fn list_agents(&self, user: UserId, page: &PageRequest) -> StoreResult<Page<Agent>>;

    /// Makes a new version the current one.
    async fn change_agent(
        &self,
        user: UserId,
        id: AgentId,
        change: &AgentChange,
    ) -> StoreResult<ChangedAgent>;

    /// Switches it on or off; no version. `None`: no such agent.
    async fn set_agent_status(
        &self,
        user: UserId,
        id: AgentId,
        status: AgentStatus,
        now: Timestamp,
    ) -> StoreResult<Option<Agent>>;

    /// Removes it with its versions and its schedule; slots that wait become `skipped(agent_deleted)`, its runs and the ledger
    /// stay. `false`: no such agent.
    async fn delete_agent(&self, user: UserId, id: AgentId, now: Timestamp) -> StoreResult<bool>;

    /// Versions, newest first; empty for an agent of somebody else.
    async fn list_versions(
        &self,
        user: UserId,
        id: AgentId,
        page: &PageRequest,
    ) -> StoreResult<Page<AgentVersion>>;

    /// One version.
    async fn agent_version(
        &self,
        user: UserId,
        id: AgentId,
        version: u32,
    ) -> StoreResult<Option<AgentVersion>>;
}
