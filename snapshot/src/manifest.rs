//! What a snapshot consists of, and what may not be in one.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::limits::{Limits, MANIFEST, PACK, PIECE};
use crate::name;
use crate::sum::Sum;

/// The version of this shape.
const FORMAT: u32 = 1;
/// Bytes of the longest target of a link (Linux's).
const TARGET: usize = 4095;
/// Permissions a file may have: no setuid, setgid, or sticky bit.
const FILE_MODE: u32 = 0o777;
/// A folder may hand its group down, and may be sticky.
const FOLDER_MODE: u32 = 0o3777;

/// A tree at one moment. There are no hard links, devices or pipes in it, because there is no way to write them down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    format: u32,
    /// When reading it began, in nanoseconds since 1970.
    pub(crate) taken_at: i64,
    /// Packs with pieces of it.
    pub(crate) packs: Vec<Pack>,
    /// Folders stand before what is in them.
    pub(crate) entries: Vec<Entry>,
}

/// An object with pieces, one behind the other.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pack {
    /// Of the runner that wrote it.
    pub(crate) epoch: u64,
    /// Of its pieces' checksums.
    pub(crate) sum: Sum,
    /// Its bytes.
    pub(crate) size: usize,
}

impl Pack {
    /// Its name below the prefix.
    pub(crate) fn key(&self) -> String {
        format!("packs/{}/{}", self.epoch, self.sum)
    }
}

/// A file, folder or link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    /// Where; see [`name`].
    pub(crate) path: String,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// Of a link nobody asks.
    pub(crate) mode: u32,
    /// When its content changed, in nanoseconds since 1970.
    pub(crate) modified: i64,
    pub(crate) node: Node,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Node {
    Folder {},
    File {
        size: u64,
        /// When anything about it changed, in nanoseconds since 1970: what cannot be set back. It means something only where the
        /// snapshot was taken; 0 means that the content changed while it was read.
        changed: i64,
        pieces: Vec<Piece>,
    },
    Link {
        /// As text; see [`name`].
        target: String,
    },
}

/// A part of a file's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Piece {
    /// The place of its pack in the list.
    pub(crate) pack: usize,
    /// Where it begins there.
    pub(crate) at: usize,
    /// Its bytes.
    pub(crate) size: usize,
    pub(crate) sum: Sum,
}

impl Manifest {
    pub(crate) fn new(taken_at: i64, packs: Vec<Pack>, entries: Vec<Entry>) -> Self {
        Self {
            format: FORMAT,
            taken_at,
            packs,
            entries,
        }
    }

    /// Its bytes; `None` when they are too many.
    pub(crate) fn to_bytes(&self) -> Option<Vec<u8>> {
        let bytes = serde_json::to_vec(self).ok()?;
        (bytes.len() <= MANIFEST).then_some(bytes)
    }

    /// Of bytes that anybody may have written.
    pub(crate) fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, &'static str> {
        let manifest: Self = serde_json::from_slice(bytes).map_err(|_| "not a manifest")?;
        manifest.check(limits)?;
        Ok(manifest)
    }

    /// Bytes of all files together.
    pub(crate) fn bytes(&self) -> u64 {
        let sizes = self.entries.iter().map(|entry| match entry.node {
            Node::File { size, .. } => size,
            _ => 0,
        });
        sizes.fold(0, u64::saturating_add)
    }

    fn check(&self, limits: &Limits) -> Result<(), &'static str> {
        if self.format != FORMAT {
            return Err("a manifest of another version");
        }
        if self.entries.len() > limits.entries {
            return Err("too many entries");
        }
        if self.bytes() > limits.bytes {
            return Err("too many bytes");
        }
        if self.packs.iter().any(|pack| pack.size > PACK + PIECE) {
            return Err("a pack is too large");
        }
        let mut seen = HashMap::with_capacity(self.entries.len());
        for entry in &self.entries {
            name::path(&entry.path)?;
            if name::parent(&entry.path).is_some_and(|parent| seen.get(parent) != Some(&true)) {
                return Err("an entry is in no folder");
            }
            let folder = matches!(entry.node, Node::Folder {});
            if seen.insert(entry.path.as_str(), folder).is_some() {
                return Err("an entry is there twice");
            }
            self.check_node(entry)?;
        }
        Ok(())
    }

    fn check_node(&self, entry: &Entry) -> Result<(), &'static str> {
        let allowed = match entry.node {
            Node::Folder {} => FOLDER_MODE,
            _ => FILE_MODE,
        };
        if entry.mode & !allowed != 0 {
            return Err("permissions that no file may have");
        }
        match &entry.node {
            Node::Folder {} => Ok(()),
            Node::Link { target } => {
                let bytes = name::decode(target);
                if bytes.is_empty() || bytes.len() > TARGET || bytes.contains(&0) {
                    return Err("a link without a target");
                }
                Ok(())
            }
            Node::File { size, pieces, .. } => {
                let mut sum = 0_u64;
                for piece in pieces {
                    let pack = self.packs.get(piece.pack).ok_or("a piece of no pack")?;
                    let end = piece
                        .at
                        .checked_add(piece.size)
                        .ok_or("a piece without end")?;
                    if !(1..=PIECE).contains(&piece.size) || end > pack.size {
                        return Err("a piece is not in its pack");
                    }
                    sum += piece.size as u64;
                }
                if sum == *size {
                    Ok(())
                } else {
                    Err("a file is not the sum of its pieces")
                }
            }
        }
    }
}

/// What of the permissions goes into a snapshot.
pub(crate) fn kept_mode(mode: u32, folder: bool) -> u32 {
    mode & if folder { FOLDER_MODE } else { FILE_MODE }
}
