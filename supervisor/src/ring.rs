//! Numbered bytes: what a process wrote and nobody has acknowledged.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

/// Memory kept for a ring that has been emptied.
const KEPT_CAPACITY: usize = 64 * 1024;

/// A bounded queue of bytes numbered from 0. Nothing is lost: a full ring takes no more until bytes are acknowledged.
#[derive(Debug)]
pub(crate) struct Ring {
    bytes: VecDeque<u8>,
    first: u64,
    limit: usize,
}

/// A number that is not, or no longer, in the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outside {
    /// Already acknowledged; the first byte that is left has this number.
    Before(u64),
    /// Not yet written; the next byte will have this number.
    Beyond(u64),
}

impl Ring {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            bytes: VecDeque::new(),
            first: 0,
            limit,
        }
    }

    /// Number of the oldest byte kept.
    pub(crate) fn first(&self) -> u64 {
        self.first
    }

    /// Number of the byte written next.
    pub(crate) fn next(&self) -> u64 {
        self.first + self.bytes.len() as u64
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Bytes that can be pushed now.
    pub(crate) fn free(&self) -> usize {
        self.limit.saturating_sub(self.bytes.len())
    }

    /// Appends; the caller pushes no more than [`Ring::free`].
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
    }

    /// Whether `from` can be read, now or as soon as it is written.
    pub(crate) fn check(&self, from: u64) -> Result<(), Outside> {
        if from < self.first {
            Err(Outside::Before(self.first))
        } else if from > self.next() {
            Err(Outside::Beyond(self.next()))
        } else {
            Ok(())
        }
    }

    /// Up to `max` bytes from number `from` on; empty when there are none yet.
    pub(crate) fn read(&self, from: u64, max: usize) -> Result<Bytes, Outside> {
        self.check(from)?;
        // Within the ring's length, which is a usize.
        let start = usize::try_from(from - self.first).unwrap_or(usize::MAX);
        let end = self.bytes.len().min(start.saturating_add(max));
        let mut copy = BytesMut::with_capacity(end - start);
        let (front, back) = self.bytes.as_slices();
        let split = front.len();
        copy.extend_from_slice(&front[start.min(split)..end.min(split)]);
        copy.extend_from_slice(&back[start.max(split) - split..end.max(split) - split]);
        Ok(copy.freeze())
    }

    /// Drops everything before number `to`. Going backwards does nothing.
    pub(crate) fn acknowledge(&mut self, to: u64) -> Result<(), Outside> {
        if to > self.next() {
            return Err(Outside::Beyond(self.next()));
        }
        // At most the ring's length, which is a usize.
        let count = usize::try_from(to.saturating_sub(self.first)).unwrap_or(usize::MAX);
        self.bytes.drain(..count);
        self.first += count as u64;
        if self.bytes.capacity() > KEPT_CAPACITY && self.bytes.len() < self.bytes.capacity() / 4 {
            self.bytes.shrink_to(KEPT_CAPACITY);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_keep_their_numbers_while_the_storage_wraps() {
        let mut ring = Ring::new(7);
        let mut written = 0_u64;
        for step in 0..100_usize {
            let count = ring.free().min(step % 5);
            let bytes: Vec<u8> = (written..)
                .take(count)
                .map(|number| number.to_le_bytes()[0])
                .collect();
            ring.push(&bytes);
            written += count as u64;
            for from in ring.first()..=ring.next() {
                let expected: Vec<u8> = (from..ring.next())
                    .take(3)
                    .map(|number| number.to_le_bytes()[0])
                    .collect();
                assert_eq!(ring.read(from, 3).expect("within the ring"), expected);
            }
            ring.acknowledge(ring.first() + (step as u64 % 4).min(ring.len() as u64))
                .expect("within the ring");
        }
        assert!(written > 100);
    }

    #[test]
    fn outside_the_ring_is_said_not_guessed() {
        let mut ring = Ring::new(10);
        ring.push(b"0123456789");
        assert_eq!(ring.free(), 0);
        ring.acknowledge(4).expect("written");
        ring.acknowledge(2).expect("backwards is nothing");
        assert_eq!((ring.first(), ring.next(), ring.free()), (4, 10, 4));
        assert_eq!(ring.read(3, 1), Err(Outside::Before(4)));
        assert_eq!(ring.read(11, 1), Err(Outside::Beyond(10)));
        assert_eq!(ring.acknowledge(11), Err(Outside::Beyond(10)));
        assert_eq!(ring.read(10, 1), Ok(Bytes::new()));
    }

    #[test]
    fn an_emptied_ring_gives_its_memory_back() {
        let mut ring = Ring::new(1 << 20);
        ring.push(&vec![0; 1 << 20]);
        ring.acknowledge(1 << 20).expect("written");
        assert!(ring.bytes.capacity() <= KEPT_CAPACITY);
    }
}
