//! A field of a request that may be left out, null or given, where each means something else.

use serde::{Deserialize, Deserializer};

/// One such field. Needs `#[serde(default)]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Given<T> {
    /// Left out.
    #[default]
    Absent,
    /// Null.
    Null,
    /// Given.
    Value(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Option::deserialize(deserializer)?;
        Ok(value.map_or(Self::Null, Self::Value))
    }
}
