//! Cuts the byte stream into lines, within bounds.

/// Longest line that is read, in bytes. Lines of 2 MB occur (a tool's output); longer ones than this are passed over.
pub const MAX_LINE: usize = 12 * 1024 * 1024;

/// A line, or why there is none.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// A line without its end.
    Line(Vec<u8>),
    /// A line longer than [`MAX_LINE`] has ended; it was passed over.
    TooLong,
    /// More bytes are needed.
    More,
}

/// The bytes of a line that has not ended yet, and where they stand in the stream.
#[derive(Debug)]
pub struct Lines {
    buffer: Vec<u8>,
    /// How much of `buffer` is known to hold no line end.
    scanned: usize,
    /// Number in the stream of `buffer`'s first byte.
    offset: u64,
    /// Whether these bytes belong to a line that is passed over.
    skipping: bool,
}

impl Lines {
    /// Reading begins at byte `offset`, which begins a line unless `skipping`.
    pub fn new(offset: u64, skipping: bool) -> Self {
        Self {
            buffer: Vec::new(),
            scanned: 0,
            offset,
            skipping,
        }
    }

    /// Takes in the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The number of the byte at which reading would begin again, and whether that is inside a line to be passed over.
    pub fn position(&self) -> (u64, bool) {
        (self.offset, self.skipping)
    }

    /// The number of the next byte that has not been taken in.
    pub fn end(&self) -> u64 {
        self.offset + self.buffer.len() as u64
    }

    /// The next line.
    pub fn next(&mut self) -> Next {
        let found = self.buffer[self.scanned..]
            .iter()
            .position(|byte| *byte == b'\n');
        let Some(at) = found.map(|at| at + self.scanned) else {
            self.scanned = self.buffer.len();
            if self.skipping || self.buffer.len() > MAX_LINE {
                self.skipping = true;
                self.drop_front(self.buffer.len());
            }
            return Next::More;
        };
        let too_long = self.skipping || at > MAX_LINE;
        let line = if too_long {
            Next::TooLong
        } else {
            Next::Line(self.buffer[..at].to_vec())
        };
        self.drop_front(at + 1);
        self.skipping = false;
        line
    }

    fn drop_front(&mut self, count: usize) {
        self.buffer.drain(..count);
        self.offset += count as u64;
        self.scanned = 0;
        if self.buffer.is_empty() && self.buffer.capacity() > 1024 * 1024 {
            self.buffer = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_whole_whatever_the_pieces() {
        let text = b"{\"a\":1}\n\n{\"b\":2}\nrest";
        for size in 1..text.len() {
            let mut lines = Lines::new(10, false);
            let mut seen = Vec::new();
            for piece in text.chunks(size) {
                lines.push(piece);
                while let Next::Line(line) = lines.next() {
                    seen.push(String::from_utf8(line).unwrap());
                }
            }
            assert_eq!(seen, ["{\"a\":1}", "", "{\"b\":2}"]);
            assert_eq!(lines.position(), (10 + 17, false));
        }
    }

    #[test]
    fn a_line_without_end_takes_no_memory_and_is_passed_over() {
        let mut lines = Lines::new(0, false);
        let piece = vec![b'x'; 1024 * 1024];
        for _ in 0..40 {
            lines.push(&piece);
            assert_eq!(lines.next(), Next::More);
            assert!(lines.buffer.len() <= MAX_LINE + piece.len());
        }
        let (offset, skipping) = lines.position();
        assert!(skipping);
        assert_eq!(offset, 40 * 1024 * 1024);
        lines.push(b"end\nnext\n");
        assert_eq!(lines.next(), Next::TooLong);
        assert_eq!(lines.next(), Next::Line(b"next".to_vec()));
    }
}
