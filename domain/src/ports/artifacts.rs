//! Objects: results and snapshots, too large for the store's rows.

use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt as _};

use super::StoreResult;

/// Characters of the longest key.
const LONGEST_KEY: usize = 800;
/// Characters of the longest part of a key; as file names are bounded.
const LONGEST_PART: usize = 200;

/// The name of an object: parts of letters, digits, `-`, `_` and `.`, none of which begins with `.`, joined by `/`. So it is a path that
/// stays where it is put, on every adapter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectKey(String);

/// The text is no key.
#[derive(Debug, thiserror::Error)]
#[error("not the name of an object")]
pub struct ParseKeyError;

impl ObjectKey {
    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ObjectKey {
    type Err = ParseKeyError;

    fn from_str(text: &str) -> Result<Self, ParseKeyError> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let part = |part: &str| {
            (1..=LONGEST_PART).contains(&part.len())
                && !part.starts_with('.')
                && part.chars().all(fits)
        };
        if text.len() <= LONGEST_KEY && text.split('/').all(part) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ParseKeyError)
        }
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Content on its way, in pieces of any size. An error ends it.
pub type Pieces = BoxStream<'static, std::io::Result<Bytes>>;

/// Content to be stored.
pub struct Body {
    /// How many bytes it has, where that is known beforehand. Small ones are then sent in one request.
    pub size: Option<u64>,
    /// The bytes.
    pub pieces: Pieces,
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body")
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self {
            size: Some(bytes.len() as u64),
            pieces: stream::iter([Ok(bytes)]).boxed(),
        }
    }
}

/// What happens when there is an object of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfThere {
    /// It is replaced.
    Replace,
    /// It stays; of many who come at the same time one stores.
    Keep,
}

/// Answer to a [`put`](Artifacts::put).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// Stored.
    Stored,
    /// There was one, and it was to stay. It may be ours: where an answer got lost on the way, the second attempt finds the first's.
    Kept,
}

/// An object in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub key: ObjectKey,
    /// Its bytes.
    pub size: u64,
}

/// A place for objects. Memory is bounded by what is on its way, never by an object's size.
#[async_trait]
pub trait Artifacts: Send + Sync + fmt::Debug {
    /// Stores an object, whole or not at all: a body that ends in an error, or a process that ends, leaves what was there.
    async fn put(&self, key: &ObjectKey, body: Body, there: IfThere) -> StoreResult<Put>;

    /// An object's content. What does not have the checksum it was stored with ends in an error of kind
    /// [`InvalidData`](std::io::ErrorKind::InvalidData), at the latest after its last byte.
    async fn get(&self, key: &ObjectKey) -> StoreResult<Option<Pieces>>;

    /// Objects whose names begin with `prefix` and a `/`, by name, those after `after` only, at most `limit`.
    async fn list(
        &self,
        prefix: &ObjectKey,
        after: Option<&ObjectKey>,
        limit: u32,
    ) -> StoreResult<Vec<Listed>>;

    /// Removes an object; `false` when there was none.
    async fn delete(&self, key: &ObjectKey) -> StoreResult<bool>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_path_that_stays_where_it_is_put() {
        for good in ["a", "snapshots/0199/head-1.json", "A_b/c.d-e"] {
            assert_eq!(good.parse::<ObjectKey>().unwrap().as_str(), good);
        }
        let long = "x".repeat(201);
        let deep = ["x"; 401].join("/");
        for bad in [
            "",
            "/",
            "a/",
            "/a",
            "a//b",
            ".",
            "..",
            "a/../b",
            "a/.hidden",
            "a b",
            "a\0",
            "a\\b",
            "값",
            "a=b",
            "a%2fb",
            &long,
            &deep,
        ] {
            assert!(bad.parse::<ObjectKey>().is_err(), "{bad}");
        }
    }
}
