//! Reading a file, whole or in part.

use std::fs::File;
use std::io::{self, SeekFrom};
use std::os::fd::OwnedFd;
use std::sync::Arc;

use berth_supervisor_protocol::ErrorCode;
use berth_supervisor_protocol::files::EntryKind;
use bytes::{Bytes, BytesMut};
use futures::{Stream, TryStreamExt as _};
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::Frame;
use nix::fcntl::OFlag;
use nix::sys::stat::{FileStat, fstat};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use super::root::{Relative, Root};
use super::{blocking, entry, reached};
use crate::answer::{Answer, Refusal};

/// Bytes read from the disk at a time.
const CHUNK: usize = 64 * 1024;

pub(super) async fn answer(
    root: Arc<Root>,
    path: Relative,
    headers: &HeaderMap,
) -> Result<Answer, Refusal> {
    let wanted = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let (file, meta) = blocking(root, move |root| {
        reached(|| root.open_up(&path), || open(root, &path))
    })
    .await?;
    let size = u64::try_from(meta.st_size).unwrap_or(0);
    let range = wanted
        .as_deref()
        .and_then(|wanted| parse_range(wanted, size));
    let (start, length) = match range {
        None => (0, size),
        Some(Range::Part { start, length }) => (start, length),
        Some(Range::Unsatisfiable) => return Ok(beyond(size)),
    };
    let mut file = tokio::fs::File::from_std(File::from(file));
    file.seek(SeekFrom::Start(start)).await?;
    let body = StreamBody::new(read_exactly(file, length).map_ok(Frame::data)).boxed_unsync();
    let mut answer = Response::new(body);
    let headers = answer.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_LENGTH, length.into());
    headers.insert(header::ETAG, value(&entry::etag(&meta))?);
    if range.is_some() {
        let last = start + length - 1;
        headers.insert(
            header::CONTENT_RANGE,
            value(&format!("bytes {start}-{last}/{size}"))?,
        );
        *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(answer)
}

/// Opens a regular file. Without waiting: a pipe without a writer would block for ever.
pub(super) fn open(root: &Root, path: &Relative) -> Result<(OwnedFd, FileStat), Refusal> {
    let file = root.open_at(path, OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_NOCTTY)?;
    let stat = fstat(&file)?;
    if entry::kind(&stat) != EntryKind::File {
        return Err(Refusal::new(ErrorCode::NotAFile, "not a regular file"));
    }
    Ok((file, stat))
}

/// The next `length` bytes. A file that became shorter breaks the answer off, so that nobody takes it for whole.
fn read_exactly(
    file: tokio::fs::File,
    length: u64,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    futures::stream::try_unfold((file, length), |(mut file, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(CHUNK);
        let mut chunk = BytesMut::with_capacity(wanted);
        let count = (&mut file).take(wanted as u64).read_buf(&mut chunk).await?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(Some((chunk.freeze(), (file, left - count as u64))))
    })
}

#[derive(Debug, PartialEq, Eq)]
enum Range {
    Part { start: u64, length: u64 },
    Unsatisfiable,
}

/// One range of bytes; `None` for what we do not serve in parts (other units, several ranges, nonsense), which HTTP
/// answers with the whole.
fn parse_range(text: &str, size: u64) -> Option<Range> {
    let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
    let (start, end) = if first.is_empty() {
        (size.saturating_sub(last.parse().ok()?), size)
    } else {
        let start = first.parse().ok()?;
        let end = if last.is_empty() {
            size
        } else {
            last.parse::<u64>().ok()?.saturating_add(1).min(size)
        };
        (start, end)
    };
    if start >= size {
        return Some(Range::Unsatisfiable);
    }
    let length = end.checked_sub(start).filter(|&length| length > 0)?;
    Some(Range::Part { start, length })
}

fn beyond(size: u64) -> Answer {
    let mut answer = Refusal::new(ErrorCode::Range, format!("the file has {size} bytes")).answer();
    if let Ok(value) = value(&format!("bytes */{size}")) {
        answer.headers_mut().insert(header::CONTENT_RANGE, value);
    }
    answer
}

fn value(text: &str) -> Result<HeaderValue, Refusal> {
    HeaderValue::from_str(text)
        .map_err(|error| Refusal::new(ErrorCode::Internal, error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_as_http_means_them() {
        let part = |start, length| Some(Range::Part { start, length });
        assert_eq!(parse_range("bytes=0-3", 10), part(0, 4));
        assert_eq!(parse_range("bytes=8-99", 10), part(8, 2));
        assert_eq!(parse_range("bytes=4-", 10), part(4, 6));
        assert_eq!(parse_range("bytes=-3", 10), part(7, 3));
        assert_eq!(parse_range("bytes=-30", 10), part(0, 10));
        assert_eq!(parse_range("bytes=10-", 10), Some(Range::Unsatisfiable));
        assert_eq!(parse_range("bytes=-0", 10), Some(Range::Unsatisfiable));
        for ignored in [
            "bytes=5-2",
            "bytes=1-2,4-5",
            "lines=1-2",
            "bytes=x-",
            "bytes=-",
        ] {
            assert_eq!(parse_range(ignored, 10), None, "{ignored}");
        }
    }
}
