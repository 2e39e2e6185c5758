//! Keeps an agent's secrets out of everything that is stored or shown.
//!
//! A secret is in its process's environment, where Claude can read it and repeat it: in an answer, in a script, in what a
//! script prints. What is told to the owner shows `•••` in its place.

use std::fmt;

use crate::secret::Secret;
use serde_json::Value;

/// What stands in a secret's place.
const SHOWN: &str = "•••";
/// Shortest value that is masked, in characters: shorter ones are parts of ordinary words.
const SHORTEST: usize = 6;

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
    /// Masks these values, each also without white space around it, as programs print it.
    pub fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Self {
        let mut values: Vec<&str> = values
            .into_iter()
            .flat_map(|value| [value, value.trim()])
            .filter(|value| value.chars().count() >= SHORTEST)
            .collect();
        values.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
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
    fn debug_shows_no_value() {
        assert_eq!(format!("{:?}", Mask::new(["hunter2"])), "Mask(1 values)");
    }

    proptest! {
        #[test]
        fn what_is_held_back_begins_a_secret(text in "[ab가]{0,12}", value in "[ab가]{6,8}") {
            let mask = Mask::new([value.as_str()]);
            let held = mask.undecided(&text);
            prop_assert!(value.starts_with(&text[text.len() - held..]));
            prop_assert!(held < value.len());
        }
    }
}
