//! Tokens and cost. A quarter of the characters, at the list price of the CLI's default model.

use serde_json::{Value, json};

const DOLLARS_PER_INPUT_TOKEN: f64 = 4e-6;
const DOLLARS_PER_OUTPUT_TOKEN: f64 = 20e-6;

/// Tokens spent: by a turn, or since a session began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) input: u32,
    pub(crate) output: u32,
    pub(crate) api_ms: u32,
}

impl Totals {
    pub(crate) fn add(&mut self, other: Self) {
        self.input += other.input;
        self.output += other.output;
        self.api_ms += other.api_ms;
    }

    pub(crate) fn cost_usd(self) -> f64 {
        f64::from(self.input) * DOLLARS_PER_INPUT_TOKEN
            + f64::from(self.output) * DOLLARS_PER_OUTPUT_TOKEN
    }

    /// The entry of `modelUsage` for one model.
    pub(crate) fn model_usage(self, model: &str) -> Value {
        json!({ model: {
            "inputTokens": self.input,
            "outputTokens": self.output,
            "cacheReadInputTokens": 0,
            "cacheCreationInputTokens": 0,
            "webSearchRequests": 0,
            "costUSD": self.cost_usd(),
            "contextWindow": 1_000_000,
            "maxOutputTokens": 128_000,
            "thinkingTokens": 0,
            "cacheCreationEphemeral5mInputTokens": 0,
            "cacheCreationEphemeral1hInputTokens": 0,
            "canonicalModel": model,
            "provider": "firstParty",
            "costBasis": "list",
        } })
    }

    /// The `usage` of a result line.
    pub(crate) fn usage(self) -> Value {
        json!({
            "input_tokens": self.input,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": self.output,
            "output_tokens_details": { "thinking_tokens": 0 },
            "server_tool_use": { "web_search_requests": 0, "web_fetch_requests": 0 },
            "service_tier": "standard",
            "cache_creation": { "ephemeral_1h_input_tokens": 0, "ephemeral_5m_input_tokens": 0 },
            "inference_geo": "",
            "iterations": [],
            "speed": "standard",
            "fallback_credit": null,
        })
    }

    pub(crate) fn to_json(self) -> Value {
        json!({ "type": "totals", "input": self.input, "output": self.output, "api_ms": self.api_ms })
    }

    pub(crate) fn from_json(value: &Value) -> Self {
        let number = |name: &str| {
            value[name]
                .as_u64()
                .and_then(|n| n.try_into().ok())
                .unwrap_or(0)
        };
        Self {
            input: number("input"),
            output: number("output"),
            api_ms: number("api_ms"),
        }
    }
}

/// Tokens of a text; at least one.
pub(crate) fn tokens(text: &str) -> u32 {
    u32::try_from(text.chars().count().div_ceil(4))
        .unwrap_or(u32::MAX)
        .max(1)
}
