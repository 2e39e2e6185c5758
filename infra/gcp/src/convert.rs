//! Between the domain's types and documents' fields: instants are whole microseconds, what is never asked for is JSON text, and
//! document ids have their random part first.

use std::fmt::Write as _;

use berth_domain::page::Page;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// The id of a document. Ids of the domain begin with the time, and documents whose ids follow each other lie on one machine, which
/// takes 500 writes a second: their random half comes first.
pub(crate) fn key(id: impl Into<Uuid>) -> String {
    let (time, random) = id.into().as_u64_pair();
    format!("{random:016x}{time:016x}")
}

/// The id of a document that is found by a text: any text will do, and lies anywhere.
pub(crate) fn key_of(texts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for text in texts {
        digest.update((text.len() as u64).to_be_bytes());
        digest.update(text);
    }
    hex(&digest.finalize())
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Microseconds since 1970.
pub(crate) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// A count as a field; one beyond `i64` cannot have been reached by counting.
pub(crate) fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A page's cursor of two parts.
pub(crate) fn cursor(first: i64, second: impl std::fmt::Display) -> String {
    format!("{first}.{second}")
}

/// The parts of [`cursor`]; `None` when it is not one of ours, which reads as the first page.
pub(crate) fn parse_cursor(text: Option<&str>) -> Option<(i64, String)> {
    let (first, second) = text?.split_once('.')?;
    // It becomes part of a document's name.
    let plain = !second.is_empty()
        && second
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    plain.then_some(())?;
    Some((first.parse().ok()?, second.to_owned()))
}

/// Cuts the row that was read beyond the limit and says where the next page begins.
pub(crate) fn page<T>(
    mut items: Vec<T>,
    limit: u32,
    cursor_of: impl FnOnce(&T) -> String,
) -> Page<T> {
    let limit = limit as usize;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(cursor_of);
    Page { items, next }
}

/// An instant, as a field.
pub(crate) mod at {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        super::micros(*at).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        let micros = i64::deserialize(from)?;
        Timestamp::from_microsecond(micros).map_err(serde::de::Error::custom)
    }
}

/// An instant that may be missing; the field then is, too.
pub(crate) mod maybe_at {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "serde's `with` asks for this shape")]
    pub(crate) fn serialize<S: Serializer>(
        at: &Option<Timestamp>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        at.map(super::micros).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        Option::<i64>::deserialize(from)?
            .map(Timestamp::from_microsecond)
            .transpose()
            .map_err(serde::de::Error::custom)
    }
}

/// JSON text, for what is never asked for.
pub(crate) mod json {
    use serde::de::DeserializeOwned;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<T: Serialize, S: Serializer>(
        value: &T,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        serde_json::to_string(value)
            .map_err(serde::ser::Error::custom)?
            .serialize(to)
    }

    pub(crate) fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(
        from: D,
    ) -> Result<T, D::Error> {
        serde_json::from_str(&String::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

/// JSON text that may be missing; the field then is, too.
pub(crate) mod maybe_json {
    use serde::de::DeserializeOwned;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "serde's `with` asks for this shape")]
    pub(crate) fn serialize<T: Serialize, S: Serializer>(
        value: &Option<T>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        value
            .as_ref()
            .map(serde_json::to_string)
            .transpose()
            .map_err(serde::ser::Error::custom)?
            .serialize(to)
    }

    pub(crate) fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<T>, D::Error> {
        Option::<String>::deserialize(from)?
            .map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_made_one_after_the_other_do_not_lie_side_by_side() {
        let id: Uuid = "0198c9a4-1234-7abc-8def-0123456789ab".parse().unwrap();
        assert_eq!(key(id), "8def0123456789ab0198c9a412347abc");
    }

    #[test]
    fn texts_that_are_cut_elsewhere_have_other_keys() {
        assert_ne!(key_of(&["ab", "c"]), key_of(&["a", "bc"]));
        assert_eq!(key_of(&["../.."]).len(), 64);
    }

    #[test]
    fn a_cursor_of_somebody_elses_reads_as_none() {
        assert_eq!(
            parse_cursor(Some("-7.ab-12")),
            Some((-7, "ab-12".to_owned()))
        );
        for text in ["", "7", "7.", "x.y", "7.a/b", "7.../x"] {
            assert_eq!(parse_cursor(Some(text)), None, "{text}");
        }
    }
}
