//! A strict look at a request's head before hyper parses it.
//!
//! hyper is liberal where HTTP allows it: it takes a bare line feed for a line's end and lets `Transfer-Encoding` win over
//! `Content-Length`. Two parsers that disagree about where a request ends are how requests are smuggled, so here such heads
//! are refused. A connection carries one request only, so one look is enough.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// Why no request was read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HeadError {
    /// The peer left before a whole head had arrived; nobody is there to be answered.
    #[error("connection closed")]
    Closed,
    #[error("request head took too long")]
    Timeout,
    #[error("request head too large")]
    TooLarge,
    #[error("malformed request head: {0}")]
    Malformed(&'static str),
}

/// Reads up to the end of the head; what was read past it is returned with it.
pub(crate) async fn read_head<R: AsyncRead + Unpin>(
    reader: &mut R,
    max_bytes: usize,
    max_fields: usize,
    timeout: Duration,
) -> Result<Bytes, HeadError> {
    let mut buffer = BytesMut::with_capacity(4096);
    let read = async {
        let mut searched = 0;
        loop {
            if let Some(end) = find_end(&buffer, searched) {
                check(&buffer[..end], max_fields)?;
                return Ok(());
            }
            if buffer.len() >= max_bytes {
                return Err(HeadError::TooLarge);
            }
            searched = buffer.len().saturating_sub(3);
            if reader
                .read_buf(&mut buffer)
                .await
                .map_err(|_| HeadError::Closed)?
                == 0
            {
                return Err(HeadError::Closed);
            }
        }
    };
    tokio::time::timeout(timeout, read)
        .await
        .map_err(|_| HeadError::Timeout)??;
    Ok(buffer.freeze())
}

/// Just past the blank line. A blank line made of bare line feeds counts too, so that it is refused and not waited upon.
fn find_end(buffer: &[u8], from: usize) -> Option<usize> {
    let tail = &buffer[from..];
    let strict = tail
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .map(|at| from + at + 4);
    let bare = tail
        .windows(2)
        .position(|window| window == b"\n\n")
        .map(|at| from + at + 2);
    strict.into_iter().chain(bare).min()
}

fn check(head: &[u8], max_fields: usize) -> Result<(), HeadError> {
    let lines = split_lines(head)?;
    let fields = lines.get(1..).unwrap_or_default();
    if fields.len() > max_fields {
        return Err(HeadError::TooLarge);
    }
    let (mut lengths, mut encodings) = (0, 0);
    for line in fields {
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            return Err(HeadError::Malformed("folded field"));
        }
        let colon = line
            .iter()
            .position(|&byte| byte == b':')
            .ok_or(HeadError::Malformed("field without colon"))?;
        let name = &line[..colon];
        lengths += usize::from(name.eq_ignore_ascii_case(b"content-length"));
        encodings += usize::from(name.eq_ignore_ascii_case(b"transfer-encoding"));
    }
    match lengths + encodings {
        0 | 1 => Ok(()),
        _ => Err(HeadError::Malformed("more than one body length")),
    }
}

/// The request line and the fields, without the blank line at the end.
fn split_lines(head: &[u8]) -> Result<Vec<&[u8]>, HeadError> {
    if head.contains(&0) {
        return Err(HeadError::Malformed("NUL"));
    }
    let mut lines = Vec::new();
    for line in head.split_inclusive(|&byte| byte == b'\n') {
        let line = line
            .strip_suffix(b"\r\n")
            .ok_or(HeadError::Malformed("bare line feed"))?;
        if line.contains(&b'\r') {
            return Err(HeadError::Malformed("bare carriage return"));
        }
        lines.push(line);
    }
    lines.pop();
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(text: &str) -> Result<Bytes, HeadError> {
        read_head(&mut text.as_bytes(), 1024, 4, Duration::from_secs(5)).await
    }

    #[tokio::test]
    async fn a_plain_head_passes_with_the_bytes_behind_it() {
        let text = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";
        assert_eq!(read(text).await.unwrap(), text);
    }

    #[tokio::test]
    async fn ambiguous_heads_are_refused() {
        let heads = [
            "POST / HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\nCONTENT-LENGTH: 2\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\nHost: a\n\n",
            "POST / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n",
            "POST / HTTP/1.1\r\nX: a\r\n  folded\r\n\r\n",
            "POST / HTTP/1.1\r\nX: a\r\n\tfolded\r\n\r\n",
            "POST / HTTP/1.1\r\nX: a\0\r\n\r\n",
            "POST / HTTP/1.1\r\nno colon\r\n\r\n",
        ];
        for head in heads {
            assert!(
                matches!(read(head).await, Err(HeadError::Malformed(_))),
                "{head:?}"
            );
        }
    }

    #[tokio::test]
    async fn size_count_and_early_end_are_bounded() {
        assert_eq!(
            read(&format!(
                "GET / HTTP/1.1\r\nX: {}\r\n\r\n",
                "a".repeat(5000)
            ))
            .await,
            Err(HeadError::TooLarge)
        );
        assert_eq!(
            read("GET / HTTP/1.1\r\nA:1\r\nB:1\r\nC:1\r\nD:1\r\nE:1\r\n\r\n").await,
            Err(HeadError::TooLarge)
        );
        assert_eq!(read("GET / HTTP/1.1\r\n").await, Err(HeadError::Closed));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_head_times_out() {
        let (mut near, _far) = tokio::io::duplex(64);
        let read = read_head(&mut near, 1024, 4, Duration::from_secs(5)).await;
        assert_eq!(read, Err(HeadError::Timeout));
    }
}
