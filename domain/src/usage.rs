//! Tokens and money: what one model call used, what it cost, and the totals of a run.

use std::ops::{Add, AddAssign};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ids::{AgentId, ConversationId, RunId, UserId};

mod price;

pub use price::Price;

/// Millionths of a US dollar. All arithmetic saturates: an absurd amount stays absurd instead of wrapping to a small one.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct MicroUsd(pub u64);

impl MicroUsd {
    pub const ZERO: Self = Self(0);

    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Add for MicroUsd {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for MicroUsd {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

/// Token counts as the Messages API reports them: the four are disjoint, their sum is what the model processed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokens {
    /// Prompt tokens that were neither read from nor written to the prompt cache.
    pub input: u64,
    pub output: u64,
    pub cache_read: u64,
    /// Prompt tokens written to the cache, whatever their time to live.
    pub cache_write: u64,
}

impl Tokens {
    /// Everything that went in, cached or not.
    pub fn prompt(&self) -> u64 {
        self.input
            .saturating_add(self.cache_read)
            .saturating_add(self.cache_write)
    }
}

impl AddAssign for Tokens {
    fn add_assign(&mut self, other: Self) {
        self.input = self.input.saturating_add(other.input);
        self.output = self.output.saturating_add(other.output);
        self.cache_read = self.cache_read.saturating_add(other.cache_read);
        self.cache_write = self.cache_write.saturating_add(other.cache_write);
    }
}

/// A sum over model calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageTotals {
    pub tokens: Tokens,
    pub cost_micro_usd: MicroUsd,
    /// How many model calls the sum covers.
    pub calls: u64,
}

impl UsageTotals {
    pub fn add(&mut self, tokens: Tokens, cost: MicroUsd) {
        self.tokens += tokens;
        self.cost_micro_usd += cost;
        self.calls = self.calls.saturating_add(1);
    }
}

/// One settled model call, as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageEntry {
    /// Made when the call is admitted; recording the same id again changes nothing.
    pub id: Uuid,
    pub run_id: RunId,
    pub user_id: UserId,
    pub agent_id: Option<AgentId>,
    pub conversation_id: Option<ConversationId>,
    /// The model the answer named, or the one asked for when there was none.
    pub model: String,
    pub tokens: Tokens,
    pub cost_micro_usd: MicroUsd,
    /// When the call was admitted.
    pub at: Timestamp,
}
