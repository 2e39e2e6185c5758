//! Tokens and money: what one model call used, and the totals of a run.

use serde::{Deserialize, Serialize};

/// Sums over model calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageTotals {
    /// Tokens sent, without cached ones.
    pub input_tokens: u64,
    /// Tokens received.
    pub output_tokens: u64,
    /// Tokens read from the provider's cache.
    pub cache_read_tokens: u64,
    /// Tokens written to the provider's cache.
    pub cache_write_tokens: u64,
    /// Millionths of a US dollar.
    pub cost_micro_usd: u64,
}
