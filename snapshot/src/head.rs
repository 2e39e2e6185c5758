//! The names of snapshots, and reading their manifests.

use std::fmt;

use berth_domain::ports::artifacts::ObjectKey;
use bytes::Bytes;
use futures::StreamExt as _;

use crate::error::Fault;
use crate::limits::{Limits, MANIFEST};
use crate::manifest::Manifest;
use crate::sum::Sum;
use crate::{SnapshotError, Snapshots};

/// Names in one page of a list.
const PAGE: u32 = 1_000;
/// Times an object is read whose content breaks off.
const ATTEMPTS: u32 = 3;

/// One snapshot. Sorted by age: first by the epoch it was taken in, then by its number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) epoch: u64,
    pub(crate) number: u64,
    /// Of its manifest.
    pub(crate) sum: Sum,
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:020}-{:020}-{}", self.epoch, self.number, self.sum)
    }
}

impl Head {
    fn parse(name: &str) -> Option<Self> {
        let mut parts = name.splitn(3, '-');
        let head = Self {
            epoch: parts.next()?.parse().ok()?,
            number: parts.next()?.parse().ok()?,
            sum: parts.next()?.parse().ok()?,
        };
        (head.to_string() == name).then_some(head)
    }
}

impl Snapshots {
    pub(crate) fn head_key(&self, head: &Head) -> Result<ObjectKey, SnapshotError> {
        self.key(&format!("heads/{head}"))
    }

    /// All snapshots, oldest first. Other names below `heads` are none.
    pub(crate) async fn heads(&self) -> Result<Vec<Head>, SnapshotError> {
        let names = self.names("heads").await?;
        Ok(names.iter().filter_map(|name| Head::parse(name)).collect())
    }

    /// The names below a part of the prefix, in their order.
    pub(crate) async fn names(&self, part: &str) -> Result<Vec<String>, SnapshotError> {
        let prefix = self.key(part)?;
        let mut names = Vec::new();
        let mut after: Option<ObjectKey> = None;
        loop {
            let page = self.artifacts.list(&prefix, after.as_ref(), PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(names);
            };
            after = Some(last.key.clone());
            let start = prefix.as_str().len() + 1;
            names.extend(page.iter().map(|o| o.key.as_str()[start..].to_owned()));
        }
    }

    /// A snapshot's manifest, if it is what was written and may be restored.
    pub(crate) async fn manifest(&self, head: &Head, limits: &Limits) -> Result<Manifest, Fault> {
        let bytes = self.read(&self.head_key(head)?, MANIFEST).await?;
        if Sum::of(&bytes) != head.sum {
            return Err(Fault::Corrupt("the manifest is not what was written"));
        }
        Manifest::parse(&bytes, limits).map_err(Fault::Corrupt)
    }

    /// An object of at most `most` bytes. Content that breaks off is read again; content that is wrong is not.
    pub(crate) async fn read(&self, key: &ObjectKey, most: usize) -> Result<Bytes, Fault> {
        let mut attempt = 1;
        loop {
            match self.read_once(key, most).await {
                Err(Fault::Other(SnapshotError::Interrupted(_))) if attempt < ATTEMPTS => {
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    async fn read_once(&self, key: &ObjectKey, most: usize) -> Result<Bytes, Fault> {
        let mut pieces = self
            .artifacts
            .get(key)
            .await?
            .ok_or(Fault::Corrupt("an object is missing"))?;
        let mut bytes = Vec::new();
        while let Some(piece) = pieces.next().await {
            let piece = piece.map_err(|error| {
                if error.kind() == std::io::ErrorKind::InvalidData {
                    Fault::Corrupt("an object is not what was stored")
                } else {
                    Fault::Other(SnapshotError::Interrupted(error))
                }
            })?;
            if bytes.len() + piece.len() > most {
                return Err(Fault::Corrupt("an object is too large"));
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_heads_sort_by_age() {
        let sum = Sum::of(b"");
        let ages = [(1, 9), (2, 0), (2, 10), (10, 1), (u64::MAX, 0)];
        let names: Vec<String> = ages
            .map(|(epoch, number)| Head { epoch, number, sum }.to_string())
            .to_vec();
        assert!(names.is_sorted());
        for (name, (epoch, number)) in names.iter().zip(ages) {
            assert_eq!(Head::parse(name), Some(Head { epoch, number, sum }));
        }
        for bad in ["", "1-2-3", "x", &names[0][1..], &names[0].to_uppercase()] {
            assert_eq!(Head::parse(bad), None);
        }
    }
}
