//! Cuts content into pieces and gathers them in packs.

use std::collections::HashMap;

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::limits::PACK;
use crate::manifest::{Manifest, Pack, Piece};
use crate::sum::Sum;

/// A pack on its way to its object.
#[derive(Debug)]
pub(crate) struct Packed {
    pub(crate) pack: Pack,
    pub(crate) bytes: Bytes,
}

/// Whoever should store packs has ended.
#[derive(Debug)]
pub(crate) struct NobodyStores;

/// The packs of one snapshot. It holds one pack's bytes at most.
#[derive(Debug)]
pub(crate) struct Packer {
    epoch: u64,
    /// Those of the snapshot, the one that is filling included.
    packs: Vec<Pack>,
    /// Places of packs that were there before.
    placed: HashMap<Pack, usize>,
    /// Pieces that need not be stored again.
    known: HashMap<Sum, Piece>,
    /// The one that is filling: its place in the list, its bytes and its pieces' checksums.
    place: usize,
    filling: Vec<u8>,
    sums: Vec<Sum>,
    ready: mpsc::Sender<Packed>,
    /// Bytes that went into packs.
    pub(crate) stored: u64,
}

impl Packer {
    pub(crate) fn new(epoch: u64, ready: mpsc::Sender<Packed>) -> Self {
        Self {
            epoch,
            packs: Vec::new(),
            placed: HashMap::new(),
            known: HashMap::new(),
            place: 0,
            filling: Vec::new(),
            sums: Vec::new(),
            ready,
            stored: 0,
        }
    }

    /// Stores a piece, unless it is stored already.
    pub(crate) fn add(&mut self, sum: Sum, bytes: &[u8]) -> Result<Piece, NobodyStores> {
        if let Some(piece) = self.known.get(&sum) {
            return Ok(*piece);
        }
        if self.filling.is_empty() {
            // What it is called is known when it is full.
            self.place = self.packs.len();
            self.packs.push(Pack {
                epoch: self.epoch,
                sum,
                size: 0,
            });
        }
        let piece = Piece {
            pack: self.place,
            at: self.filling.len(),
            size: bytes.len(),
            sum,
        };
        self.filling.extend_from_slice(bytes);
        self.sums.push(sum);
        self.stored += bytes.len() as u64;
        self.known.insert(sum, piece);
        if self.filling.len() >= PACK {
            self.send()?;
        }
        Ok(piece)
    }

    /// A piece of an earlier snapshot, as one of this.
    pub(crate) fn reuse(&mut self, base: &Manifest, piece: &Piece) -> Piece {
        if let Some(known) = self.known.get(&piece.sum) {
            return *known;
        }
        let pack = &base.packs[piece.pack];
        let place = *self.placed.entry(pack.clone()).or_insert_with(|| {
            self.packs.push(pack.clone());
            self.packs.len() - 1
        });
        let piece = Piece {
            pack: place,
            ..*piece
        };
        self.known.insert(piece.sum, piece);
        piece
    }

    /// Sends what is filling, and answers the list.
    pub(crate) fn finish(mut self) -> Result<Vec<Pack>, NobodyStores> {
        self.send()?;
        Ok(self.packs)
    }

    fn send(&mut self) -> Result<(), NobodyStores> {
        if self.filling.is_empty() {
            return Ok(());
        }
        let bytes: Bytes = std::mem::take(&mut self.filling).into();
        let pack = Pack {
            epoch: self.epoch,
            sum: Sum::of_all(&std::mem::take(&mut self.sums)),
            size: bytes.len(),
        };
        self.packs[self.place] = pack.clone();
        self.ready
            .blocking_send(Packed { pack, bytes })
            .map_err(|_| NobodyStores)
    }
}
