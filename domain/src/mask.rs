//! Keeps an agent's secrets out of everything that is stored or shown.
//!
//! A secret is in its process's environment, where Claude can read it and repeat it: in an answer, in a script, in what a
//! script prints. What is told to the owner shows `•••` in its place.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::secret::Secret;

/// What stands in a secret's place.
const SHOWN: &str = "•••";
/// Shortest value that is masked, in characters: shorter ones are parts of ordinary words.
const SHORTEST: usize = 6;
/// What the query of an address says by its bytes: everything but RFC 3986's unreserved characters.
const IN_ADDRESS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The values of one agent.
#[derive(Default)]
pub struct Mask {
    /// Longest first, so that a value that contains another is masked whole.
    values: Vec<Secret>,
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mask({} values)", self.values.len())
    }
}

impl Mask {
    /// Masks these values, each also without white space around it, as programs print it, and as it is written in JSON, in an
    /// address, in base64 and in hexadecimal digits.
    pub fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut values: Vec<String> = values
            .into_iter()
            .flat_map(|value| [value, value.trim()])
            .filter(|value| value.chars().count() >= SHORTEST)
            .flat_map(spellings)
            .filter(|spelling| spelling.chars().count() >= SHORTEST)
            .collect();
        values.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        values.dedup();
        Self {
            values: values.into_iter().map(Secret::new).collect(),
        }
    }

    /// Whether there is nothing to mask.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The text without secrets.
    #[must_use]
    pub fn text(&self, mut text: String) -> String {
        for value in &self.values {
            if text.contains(value.expose()) {
                text = text.replace(value.expose(), SHOWN);
            }
        }
        text
    }

    /// The same for every text in a value.
    #[must_use]
    pub fn value(&self, value: Value) -> Value {
        if self.is_empty() {
            return value;
        }
        match value {
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.into_iter().map(|item| self.value(item)).collect(),
            Value::Object(fields) => fields
                .into_iter()
                .map(|(name, value)| (self.text(name), self.value(value)))
                .collect(),
            other => other,
        }
    }

    /// How many bytes at the end of `text` may be the beginning of a secret whose rest is still to come.
    pub fn undecided(&self, text: &str) -> usize {
        let longest = |value: &Secret| {
            let value = value.expose();
            let ends = value.char_indices().map(|(at, _)| at).rev();
            ends.into_iter()
                .find(|end| text.ends_with(&value[..*end]))
                .unwrap_or(0)
        };
        self.values.iter().map(longest).max().unwrap_or(0)
    }
}

/// How a value is written where it cannot stand as it is.
fn spellings(value: &str) -> Vec<String> {
    let quoted = Value::from(value).to_string();
    let hex = |byte: u8| format!("{byte:02x}");
    let hex: String = value.bytes().map(hex).collect();
    let mut spellings = vec![
        value.to_owned(),
        quoted[1..quoted.len() - 1].to_owned(),
        utf8_percent_encode(value, IN_ADDRESS).to_string(),
        hex.to_uppercase(),
        hex,
    ];
    for before in 0..3 {
        spellings.push(in_base64(&STANDARD_NO_PAD, value, before));
        spellings.push(in_base64(&URL_SAFE_NO_PAD, value, before));
    }
    spellings
}

/// The part of a base64 text that depends on `value` alone when `before` bytes (modulo 3) stand before it, and any after it.
fn in_base64(alphabet: &impl Engine, value: &str, before: usize) -> String {
    let bytes = [&[0; 3][..before], value.as_bytes()].concat();
    let encoded = alphabet.encode(&bytes);
    let begin = (before * 8).div_ceil(6);
    let end = bytes.len() * 8 / 6;
    encoded[begin..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        let mask = Mask::new(["tiny", "hunter2-hunter2", "hunter2", " spaced-out\n"]);
        assert_eq!(
            mask.text("hunter2-hunter2, hunter2, tiny, spaced-out".to_owned()),
            "•••, •••, tiny, •••"
        );
        let value = mask.value(json!({"a": ["x hunter2", 1], "hunter2": null}));
        assert_eq!(value, json!({"a": ["x •••", 1], "•••": null}));
    }

    #[test]
    fn other_spellings_of_a_secret_are_masked() {
        let mask = Mask::new(["päss/\"word\" 1"]);
        for (spelled, shown) in [
            (r#"{"key":"päss/\"word\" 1"}"#, r#"{"key":"•••"}"#),
            ("?key=p%C3%A4ss%2F%22word%22%201&n=1", "?key=•••&n=1"),
            ("70c3a473732f22776f7264222031", "•••"),
            ("70C3A473732F22776F7264222031.", "•••."),
        ] {
            assert_eq!(mask.text(spelled.to_owned()), shown);
        }
    }

    #[test]
    fn debug_shows_no_value() {
        assert!(!format!("{:?}", Mask::new(["hunter2"])).contains("hunter2"));
    }

    proptest! {
        #[test]
        fn in_base64_a_secret_is_masked_wherever_it_stands(
            before in "[ -~]{0,7}", value in "[!-~]{8,20}", after in "[ -~]{0,7}", url: bool,
        ) {
            let whole = format!("{before}{value}{after}");
            let whole = if url { URL_SAFE_NO_PAD.encode(whole) } else { STANDARD_NO_PAD.encode(whole) };
            let shown = Mask::new([value.as_str()]).text(whole.clone());
            prop_assert!(shown.contains(SHOWN), "{whole} became {shown}");
            // At most the two characters that the secret shares with its neighbours are left of it on either side.
            let secret = value.len() * 8 / 6;
            prop_assert!(shown.len() - SHOWN.len() <= whole.len() - secret + 2, "{whole} became {shown}");
        }

        #[test]
        fn what_is_held_back_begins_a_secret(text in "[ab가]{0,12}", value in "[ab가]{6,8}") {
            let mask = Mask::new([value.as_str()]);
            let held = mask.undecided(&text);
            prop_assert!(value.starts_with(&text[text.len() - held..]));
            prop_assert!(held < value.len());
        }
    }
}
