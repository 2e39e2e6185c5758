//! Reads what a model call used out of its answer, while the answer passes by.

use berth_domain::usage::Tokens;
use serde::Deserialize;

/// A line longer than this is not one that carries usage; it is counted and forgotten.
const MAX_LINE: usize = 1024 * 1024;
/// What surrounds the text in the line of one delta.
const DELTA_FRAME: usize = 90;

/// What one call used, as far as its answer told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Used {
    pub(crate) tokens: Tokens,
    /// Those of the cache writes that are kept for an hour.
    pub(crate) cache_write_1h: u64,
    pub(crate) model: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Usage {
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    cache_creation: Option<CacheCreation>,
}

#[derive(Debug, Default, Deserialize)]
struct CacheCreation {
    #[serde(default)]
    ephemeral_1h_input_tokens: u64,
}

#[derive(Debug, Deserialize)]
struct Message {
    model: Option<String>,
    usage: Option<Usage>,
}

/// The parts of `message_start` and `message_delta` that matter here.
#[derive(Debug, Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    message: Option<Message>,
    usage: Option<Usage>,
}

impl Used {
    /// Each figure is cumulative over the call: the last one told holds.
    fn take(&mut self, usage: &Usage) {
        let tokens = &mut self.tokens;
        for (place, told) in [
            (&mut tokens.input, usage.input_tokens),
            (&mut tokens.output, usage.output_tokens),
            (&mut tokens.cache_read, usage.cache_read_input_tokens),
            (&mut tokens.cache_write, usage.cache_creation_input_tokens),
        ] {
            *place = told.unwrap_or(*place);
        }
        if let Some(creation) = &usage.cache_creation {
            self.cache_write_1h = creation.ephemeral_1h_input_tokens;
        }
    }

    /// From a whole answer that was not streamed; `None` if it does not say.
    pub(crate) fn of_message(body: &[u8]) -> Option<Self> {
        let message: Message = serde_json::from_slice(body).ok()?;
        let mut used = Self {
            model: message.model,
            ..Self::default()
        };
        used.take(&message.usage?);
        Some(used)
    }
}

/// Follows a stream of server-sent events. Any chunking of the same bytes gives the same result.
#[derive(Debug, Default)]
pub(crate) struct SseMeter {
    used: Used,
    started: bool,
    complete: bool,
    failed: bool,
    /// Estimated output tokens of the deltas seen so far.
    streamed: u64,
    line: Vec<u8>,
    /// Length of the current line, also where it is no longer kept.
    length: usize,
}

impl SseMeter {
    pub(crate) fn feed(&mut self, mut chunk: &[u8]) {
        while let Some(end) = chunk.iter().position(|&byte| byte == b'\n') {
            self.extend(&chunk[..end]);
            self.end_line();
            chunk = &chunk[end + 1..];
        }
        self.extend(chunk);
    }

    fn extend(&mut self, part: &[u8]) {
        self.length += part.len();
        if self.length <= MAX_LINE {
            self.line.extend_from_slice(part);
        }
    }

    fn end_line(&mut self) {
        let length = std::mem::take(&mut self.length);
        let mut line = std::mem::take(&mut self.line);
        self.read_line(line.strip_suffix(b"\r").unwrap_or(&line), length);
        line.clear();
        self.line = line;
    }

    fn read_line(&mut self, line: &[u8], length: usize) {
        let Some(data) = line.strip_prefix(b"data:") else {
            return;
        };
        if contains(data, b"content_block_delta") || length > MAX_LINE {
            // At least a token a delta, and a token for every three bytes of its text.
            self.streamed += (length.saturating_sub(DELTA_FRAME) as u64)
                .div_ceil(3)
                .max(1);
            return;
        }
        // Inside a string the quotes would be escaped, so no text of the model looks like this.
        if !contains(data, b"\"usage\"") && !contains(data, b"\"error\"") {
            return;
        }
        let Ok(event) = serde_json::from_slice::<Event>(data) else {
            return;
        };
        match event.kind.as_str() {
            "message_start" => {
                if let Some(message) = event.message {
                    self.used.model = message.model;
                    self.used.take(&message.usage.unwrap_or_default());
                    self.started = true;
                }
            }
            "message_delta" => {
                self.used.take(&event.usage.unwrap_or_default());
                self.complete = true;
            }
            "error" => self.failed = true,
            _ => {}
        }
    }

    /// An `error` event came by.
    pub(crate) fn failed(&self) -> bool {
        self.failed
    }

    /// What to charge now. An answer that was cut is charged its prompt as told, or `prompt_tokens` if it never was, and at
    /// least the output that was seen or may have been made unseen: the last usage event would have come after it.
    pub(crate) fn used(&self, prompt_tokens: u64, unseen_output: u64) -> Used {
        let mut used = self.used.clone();
        if !self.started {
            used.tokens.input = used.tokens.input.max(prompt_tokens);
        }
        if !self.complete {
            used.tokens.output = used.tokens.output.max(self.streamed).max(unseen_output);
        }
        used
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STREAM: &str = concat!(
        "event: message_start\r\n",
        r#"data: {"type":"message_start","message":{"model":"claude-opus-5-5","usage":{"input_tokens":25,"#,
        r#""cache_creation_input_tokens":100,"cache_read_input_tokens":7,"output_tokens":1,"#,
        r#""cache_creation":{"ephemeral_5m_input_tokens":60,"ephemeral_1h_input_tokens":40}}}}"#,
        "\r\n\r\n",
        "event: content_block_delta\n",
        r#"data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"say \"usage\": 안녕"}}"#,
        "\n\n: comment\n\n",
        r#"data: {"type":"message_delta","delta":{"stop_reason":null},"usage":{"output_tokens":9}}"#,
        "\n\n",
        r#"data: {"usage":{"output_tokens":15},"delta":{"stop_reason":"end_turn"},"type":"message_delta"}"#,
        "\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
    );

    fn expected() -> Used {
        Used {
            tokens: Tokens {
                input: 25,
                output: 15,
                cache_read: 7,
                cache_write: 100,
            },
            cache_write_1h: 40,
            model: Some("claude-opus-5-5".into()),
        }
    }

    #[test]
    fn the_last_cumulative_figure_holds() {
        let mut meter = SseMeter::default();
        meter.feed(STREAM.as_bytes());
        assert_eq!(meter.used(999, 0), expected());
    }

    #[test]
    fn a_cut_stream_is_charged_what_was_seen() {
        let cut = STREAM.find(": comment").unwrap();
        let mut meter = SseMeter::default();
        meter.feed(&STREAM.as_bytes()[..cut]);
        let used = meter.used(999, 0);
        assert_eq!(used.tokens.input, 25);
        assert!(used.tokens.output >= 5, "{used:?}");
        assert_eq!(meter.used(999, 700).tokens.output, 700);
        assert_eq!(SseMeter::default().used(999, 0).tokens.input, 999);
    }

    #[test]
    fn error_events_and_endless_lines_are_survived() {
        let mut meter = SseMeter::default();
        for _ in 0..40 {
            meter.feed(&vec![b'x'; 65_536]);
        }
        assert!(meter.line.capacity() <= 2 * MAX_LINE);
        meter.feed(b"\nevent: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\"}}\n\n");
        assert!(meter.failed());
    }

    #[test]
    fn a_whole_message_tells_its_usage() {
        let body =
            br#"{"type":"message","model":"m","usage":{"input_tokens":3,"output_tokens":4}}"#;
        let used = Used::of_message(body).unwrap();
        assert_eq!(
            (used.tokens.input, used.tokens.output, used.model.as_deref()),
            (3, 4, Some("m"))
        );
        assert_eq!(Used::of_message(b"{}"), None);
        assert_eq!(Used::of_message(b"<html>"), None);
    }

    proptest! {
        #[test]
        fn any_chunking_gives_the_same_total(cuts in prop::collection::vec(0..STREAM.len(), 0..20)) {
            let mut cuts = cuts;
            cuts.sort_unstable();
            let mut meter = SseMeter::default();
            let mut from = 0;
            for cut in cuts {
                meter.feed(&STREAM.as_bytes()[from..cut]);
                from = cut;
            }
            meter.feed(&STREAM.as_bytes()[from..]);
            prop_assert_eq!(meter.used(0, 0), expected());
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
            let mut meter = SseMeter::default();
            meter.feed(&bytes);
            let _ = meter.used(0, 0);
        }
    }
}
