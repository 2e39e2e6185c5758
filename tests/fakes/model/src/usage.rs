//! Token counts: plausible and the same every time. A quarter of the characters, as a rule of thumb for English text.

use serde_json::{Value, json};

/// The tokens of a request, as the API splits them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InputTokens {
    input: u64,
    cache_write: u64,
    cache_read: u64,
}

impl InputTokens {
    /// A first request writes its fixed part (system prompt and tools) to the cache; later ones read everything up to the
    /// last answer from it.
    pub(crate) fn count(body: &Value) -> Self {
        let fixed = tokens(&body["system"]) + tokens(&body["tools"]);
        let messages = body["messages"].as_array().map_or(&[][..], Vec::as_slice);
        let answered = messages
            .iter()
            .rposition(|message| message["role"] == "assistant")
            .map_or(0, |at| at + 1);
        let (old, new) = messages.split_at(answered);
        let old: u64 = old.iter().map(tokens).sum();
        let input = new.iter().map(tokens).sum::<u64>().max(1);
        if answered == 0 {
            Self {
                input,
                cache_write: fixed,
                cache_read: 0,
            }
        } else {
            Self {
                input,
                cache_write: 0,
                cache_read: fixed + old,
            }
        }
    }

    /// The answer of `count_tokens`: everything, cached or not.
    pub(crate) fn total(self) -> u64 {
        self.input + self.cache_write + self.cache_read
    }

    /// The `usage` object after `output` tokens; cumulative, as the API reports it.
    pub(crate) fn usage(self, output: u64) -> Value {
        json!({
            "input_tokens": self.input,
            "cache_creation_input_tokens": self.cache_write,
            "cache_read_input_tokens": self.cache_read,
            "output_tokens": output,
        })
    }
}

/// Tokens of a text; at least one.
pub(crate) fn text_tokens(text: &str) -> u64 {
    (text.chars().count() as u64).div_ceil(4).max(1)
}

fn tokens(value: &Value) -> u64 {
    if value.is_null() {
        0
    } else {
        text_tokens(&value.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_turns_read_from_the_cache() {
        let mut body =
            json!({ "system": "be kind", "messages": [{ "role": "user", "content": "hello" }] });
        let first = InputTokens::count(&body);
        assert!(first.cache_read == 0 && first.cache_write > 0);
        for message in [
            json!({ "role": "assistant", "content": "hi" }),
            json!({ "role": "user", "content": "again" }),
        ] {
            body["messages"]
                .as_array_mut()
                .expect("a list")
                .push(message);
        }
        let second = InputTokens::count(&body);
        assert!(second.cache_read > first.cache_write && second.cache_write == 0);
        assert!(second.total() > first.total());
    }
}
