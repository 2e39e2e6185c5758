//! List prices of the model families.
//!
//! Source: <https://platform.claude.com/docs/en/about-claude/pricing>, read 2026-11. A model that is not listed costs what
//! the dearest of its family costs, and an unknown family what the dearest of all costs: a budget may end too early
//! because of a missing row, never too late.

use super::{MicroUsd, Tokens};

/// Micro-USD per million tokens, which is also picodollars a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    pub input: u64,
    pub output: u64,
    pub cache_read: u64,
    /// Writes to the cache that lives for five minutes.
    pub cache_write: u64,
    /// Writes to the cache that lives for an hour.
    pub cache_write_1h: u64,
}

/// US cents per million tokens. Cache writes cost 1.25 times the input for five minutes and twice for an hour; `read` is the
/// cache read in thousandths of the input price.
const fn cents(input: u64, output: u64, read: u64) -> Price {
    Price {
        input: input * 10_000,
        output: output * 10_000,
        cache_read: input * 10 * read,
        cache_write: input * 12_500,
        cache_write_1h: input * 20_000,
    }
}

/// The dearest row: what an unknown model costs.
const DEAREST: Price = cents(1_500, 7_500, 100);

/// Models that charge a long prompt at an upper band: name, the longest prompt of the lower band, upper price.
const LONG_PROMPT: &[(&str, u64, Price)] = &[
    ("haiku-5-5", 100_000, cents(50, 250, 100)),
    ("sonnet-4", 200_000, cents(600, 2_250, 100)),
];

/// By substring of the model's name, first match wins: specific versions stand before their family.
const TABLE: &[(&str, Price)] = &[
    ("opus-5-5", cents(400, 2_000, 50)),
    ("opus-5", cents(500, 2_500, 100)),
    ("opus-4-8", cents(500, 2_500, 100)),
    ("opus-4-7", cents(500, 2_500, 100)),
    ("opus-4-6", cents(500, 2_500, 100)),
    ("opus-4-5", cents(500, 2_500, 100)),
    ("opus", DEAREST),
    ("sonnet-5-5", cents(200, 1_000, 50)),
    ("sonnet-5", cents(200, 1_000, 100)),
    ("sonnet", cents(300, 1_500, 100)),
    ("haiku-5-5", cents(10, 50, 100)),
    ("haiku-3-5", cents(80, 400, 100)),
    ("haiku", cents(100, 500, 100)),
];

impl Price {
    /// What a call to `model` with `prompt_tokens` going in is charged at.
    pub fn of(model: &str, prompt_tokens: u64) -> Self {
        let long = LONG_PROMPT
            .iter()
            .find(|(name, most, _)| prompt_tokens > *most && model.contains(name));
        if let Some((_, _, price)) = long {
            return *price;
        }
        TABLE
            .iter()
            .find(|(name, _)| model.contains(name))
            .map_or(DEAREST, |(_, price)| *price)
    }

    /// The same with `percent` on top, as a provider charges for keeping calls in a region.
    #[must_use]
    pub fn with_surcharge(self, percent: u64) -> Self {
        let raised = |price: u64| price.saturating_mul(100 + percent).div_ceil(100);
        Self {
            input: raised(self.input),
            output: raised(self.output),
            cache_read: raised(self.cache_read),
            cache_write: raised(self.cache_write),
            cache_write_1h: raised(self.cache_write_1h),
        }
    }

    /// The cost of `tokens`, of whose cache writes `write_1h` were for an hour. Rounded up to the next micro-USD.
    pub fn cost(&self, tokens: &Tokens, write_1h: u64) -> MicroUsd {
        let long = write_1h.min(tokens.cache_write);
        let parts = [
            (tokens.input, self.input),
            (tokens.output, self.output),
            (tokens.cache_read, self.cache_read),
            (tokens.cache_write - long, self.cache_write),
            (long, self.cache_write_1h),
        ];
        let pico = parts
            .iter()
            .map(|&(count, price)| u128::from(count) * u128::from(price))
            .sum::<u128>();
        MicroUsd(u64::try_from(pico.div_ceil(1_000_000)).unwrap_or(u64::MAX))
    }

    /// The most a call can cost whose prompt is at most `prompt` tokens and whose answer is at most `output`: as if the whole
    /// prompt were written to the cache, for an hour if the call asks for that anywhere.
    pub fn worst_case(&self, prompt: u64, output: u64, hour: bool) -> MicroUsd {
        let tokens = Tokens {
            output,
            cache_write: prompt,
            ..Tokens::default()
        };
        self.cost(&tokens, if hour { prompt } else { 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_million_of_each_costs_the_list_price() {
        let million = Tokens {
            input: 1_000_000,
            output: 1_000_000,
            cache_read: 1_000_000,
            cache_write: 2_000_000,
        };
        let price = Price::of("claude-opus-5-5", 0);
        let dollars = 4_000_000 + 20_000_000 + 200_000 + 5_000_000 + 8_000_000;
        assert_eq!(price.cost(&million, 1_000_000), MicroUsd(dollars));
    }

    #[test]
    fn unlisted_versions_cost_the_dearest_of_their_family() {
        assert_eq!(Price::of("claude-opus-4-20250514", 0).output, 75_000_000);
        assert_eq!(Price::of("claude-sonnet-9", 0).output, 15_000_000);
        assert_eq!(Price::of("somebody-elses-model", 0), DEAREST);
    }

    #[test]
    fn names_of_vertex_cost_what_the_same_models_do() {
        for (vertex, anthropic) in [
            ("claude-sonnet-4-5@20250929", "claude-sonnet-4-5-20250929"),
            ("claude-opus-4-5@20251101", "claude-opus-4-5-20251101"),
            ("claude-haiku-4-5@20251001", "claude-haiku-4-5-20251001"),
            ("claude-opus-4@20250514", "claude-opus-4-20250514"),
        ] {
            for prompt in [0, 300_000] {
                assert_eq!(Price::of(vertex, prompt), Price::of(anthropic, prompt));
            }
        }
        let price = Price::of("claude-opus-4-5@20251101", 0);
        assert_eq!(price.with_surcharge(0), price);
        let raised = price.with_surcharge(10);
        assert_eq!((raised.input, raised.output), (5_500_000, 27_500_000));
    }

    #[test]
    fn a_long_prompt_costs_more_on_haiku() {
        assert_eq!(Price::of("claude-haiku-5-5", 100_000).input, 100_000);
        assert_eq!(Price::of("claude-haiku-5-5", 100_001).input, 500_000);
    }

    #[test]
    fn fractions_round_up_and_absurd_counts_saturate() {
        let one = Tokens {
            input: 1,
            ..Tokens::default()
        };
        assert_eq!(Price::of("claude-haiku-5-5", 1).cost(&one, 0), MicroUsd(1));
        let all = Tokens {
            input: u64::MAX,
            output: u64::MAX,
            cache_read: u64::MAX,
            cache_write: u64::MAX,
        };
        assert_eq!(DEAREST.cost(&all, u64::MAX), MicroUsd(u64::MAX));
    }
}
