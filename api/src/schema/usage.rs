//! Tokens and money.

use berth_domain::usage::{MicroUsd, UsageTotals};
use serde::Serialize;
use utoipa::ToSchema;

/// Sums over model calls.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = Usage)]
pub(crate) struct UsageView {
    /// Tokens sent, without cached ones.
    pub(crate) input_tokens: u64,
    /// Tokens received.
    pub(crate) output_tokens: u64,
    /// Tokens read from the provider's cache.
    pub(crate) cache_read_tokens: u64,
    /// Tokens written to the provider's cache.
    pub(crate) cache_write_tokens: u64,
    /// US dollars.
    pub(crate) cost_usd: f64,
    /// Model calls.
    pub(crate) calls: u64,
}

impl From<UsageTotals> for UsageView {
    fn from(totals: UsageTotals) -> Self {
        let UsageTotals {
            tokens,
            cost_micro_usd,
            calls,
        } = totals;
        Self {
            input_tokens: tokens.input,
            output_tokens: tokens.output,
            cache_read_tokens: tokens.cache_read,
            cache_write_tokens: tokens.cache_write,
            cost_usd: usd(cost_micro_usd),
            calls,
        }
    }
}

/// Dollars; exact up to 2^53 millionths, nine thousand million dollars.
#[expect(
    clippy::cast_precision_loss,
    reason = "no bill comes near 2^53 millionths"
)]
pub(crate) fn usd(cost: MicroUsd) -> f64 {
    cost.0 as f64 / 1e6
}
