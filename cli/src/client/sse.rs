//! Server-sent events, read as they arrive.

/// Bytes of one event at most; the server cuts texts at 256 KiB, and JSON can make six bytes of one.
const LARGEST: usize = 16 * 1024 * 1024;

/// Puts events together from whatever pieces the network delivers.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    /// The line that is not whole yet.
    line: Vec<u8>,
    /// The data lines of the event that is not whole yet.
    data: Option<String>,
}

/// More came without an end than any event has.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLarge;

impl Parser {
    /// Takes the next piece and answers the data of the events it completes.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<Vec<String>, TooLarge> {
        let mut events = Vec::new();
        for &byte in piece {
            if byte != b'\n' {
                self.line.push(byte);
                continue;
            }
            let line = String::from_utf8_lossy(&self.line).into_owned();
            self.line.clear();
            self.take(line.trim_end_matches('\r'), &mut events);
        }
        let held = self.line.len() + self.data.as_ref().map_or(0, String::len);
        if held > LARGEST {
            Err(TooLarge)
        } else {
            Ok(events)
        }
    }

    /// One line. Ids are left alone: every event says its number in its data too.
    fn take(&mut self, line: &str, events: &mut Vec<String>) {
        if line.is_empty() {
            events.extend(self.data.take());
            return;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        if field == "data" {
            let value = value.strip_prefix(' ').unwrap_or(value);
            match &mut self.data {
                Some(data) => data.extend(["\n", value]),
                None => self.data = Some(value.to_owned()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: &str =
        ": hello\n\nid: 1\ndata: {\"a\":\"가\"}\n\nid:2\r\ndata:one\r\ndata: two\r\n\r\ndata: cut";

    #[test]
    fn events_are_the_same_however_the_bytes_arrive() {
        let expected = ["{\"a\":\"가\"}".to_owned(), "one\ntwo".to_owned()];
        for size in 1..STREAM.len() {
            let mut parser = Parser::default();
            let mut events = Vec::new();
            for piece in STREAM.as_bytes().chunks(size) {
                events.extend(parser.push(piece).unwrap());
            }
            assert_eq!(events, expected, "in pieces of {size}");
        }
    }

    #[test]
    fn an_event_without_end_is_refused() {
        let mut parser = Parser::default();
        assert_eq!(parser.push(&vec![b'a'; LARGEST + 1]), Err(TooLarge));
    }
}
