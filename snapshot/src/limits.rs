//! How much a snapshot may hold, and whose files.

use std::ops::RangeInclusive;

/// Bytes of a piece: what is hashed, and held in memory, at once.
pub(crate) const PIECE: usize = 1024 * 1024;
/// Bytes at which a pack is full; it may be a piece longer.
pub(crate) const PACK: usize = 4 * 1024 * 1024;
/// Bytes of the longest manifest.
pub(crate) const MANIFEST: usize = 256 * 1024 * 1024;
/// Folders in folders.
pub(crate) const DEPTH: usize = 128;

/// How much a tree may hold. Without it a manifest of a few lines could fill a disk: many files may consist of one piece.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of all files together.
    pub bytes: u64,
    /// Files, folders and links together.
    pub entries: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 20 * 1024 * 1024 * 1024,
            entries: 500_000,
        }
    }
}

/// What a restore does about owners.
#[derive(Debug, Clone)]
pub enum Owners {
    /// Everything belongs to whoever restores.
    Mine,
    /// As in the snapshot, which must name accounts of this range only. It takes the right to give files away.
    Kept(RangeInclusive<u32>),
}
