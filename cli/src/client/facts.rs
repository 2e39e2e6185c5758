//! Facts about one thing: a name and a value a line.

use std::fmt;

use super::printable;

/// As wide as the longest name and a gap.
const NAMES: usize = 14;

/// Facts in the order they were added.
#[derive(Debug, Default)]
pub(crate) struct Facts(Vec<(&'static str, String)>);

impl Facts {
    /// Adds a fact, if there is one.
    pub(crate) fn add(&mut self, name: &'static str, value: Option<String>) -> &mut Self {
        self.0.extend(value.map(|value| (name, printable(&value))));
        self
    }
}

impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in &self.0 {
            writeln!(f, "{name:<NAMES$}  {value}")?;
        }
        Ok(())
    }
}
