//! What a process writes: stdout numbered and held until acknowledged, the last of stderr.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, ready};

use bytes::Bytes;
use futures::Stream;
use tokio::io::{AsyncRead as _, ReadBuf};
use tokio::net::unix::pipe;
use tokio::sync::watch;

use crate::ring::Ring;

/// How much of stderr is kept, in bytes.
const TAIL: usize = 64 * 1024;
/// Bytes read from a pipe at a time, by way of the stack.
const READ: usize = 16 * 1024;
/// Bytes copied out of the ring at a time.
const CHUNK: usize = 64 * 1024;

/// stdout of one process.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) ring: Ring,
    /// The last holder of the pipe has closed it.
    pub(crate) closed: bool,
    /// Nobody will read any more: what comes is thrown away, so that the pipe empties and its task ends. The number that the next
    /// byte had then.
    discarded: Option<u64>,
}

impl Output {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            ring: Ring::new(limit),
            closed: false,
            discarded: None,
        }
    }

    pub(crate) fn discard(&mut self) {
        self.discarded.get_or_insert(self.ring.next());
        self.ring = Ring::new(0);
    }

    fn room(&self) -> usize {
        if self.discarded.is_some() {
            READ
        } else {
            self.ring.free()
        }
    }
}

/// Moves stdout into the ring; while it is full the pipe is left alone, and the process waits in its write.
pub(super) async fn pump(mut pipe: pipe::Receiver, output: Arc<watch::Sender<Output>>) {
    let mut room = output.subscribe();
    loop {
        let Ok(free) = room
            .wait_for(|output| output.room() > 0)
            .await
            .map(|output| output.room())
        else {
            return;
        };
        if read_once(&mut pipe, free, &output).await.is_none() {
            break;
        }
    }
    output.send_modify(|output| output.closed = true);
}

/// One read, waited for; `None` at the end. The buffer is on the stack of a poll, so that an idle process costs none.
async fn read_once(
    pipe: &mut pipe::Receiver,
    free: usize,
    output: &watch::Sender<Output>,
) -> Option<()> {
    poll_fn(|cx| {
        let mut space = [MaybeUninit::uninit(); READ];
        let mut buffer = ReadBuf::uninit(&mut space[..free.min(READ)]);
        let read = ready!(Pin::new(&mut *pipe).poll_read(cx, &mut buffer));
        let bytes = buffer.filled();
        if read.is_err() || bytes.is_empty() {
            return Poll::Ready(None);
        }
        output.send_modify(|output| {
            if output.discarded.is_none() {
                output.ring.push(bytes);
            }
        });
        Poll::Ready(Some(()))
    })
    .await
}

/// Bytes from number `from` on, live. Ends at the end of stdout, and with the process for a reader that has read everything; fails
/// when the bytes go away under the reader.
pub(crate) fn follow(
    output: watch::Receiver<Output>,
    from: u64,
) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    futures::stream::try_unfold((output, from), |(mut output, from)| async move {
        let chunk = {
            let Ok(now) = output
                .wait_for(|now| now.ring.next() != from || now.closed || now.discarded.is_some())
                .await
            else {
                return Err(io::ErrorKind::ConnectionAborted.into());
            };
            match now.discarded {
                Some(end) if end == from => return Ok(None),
                Some(_) => return Err(io::ErrorKind::ConnectionAborted.into()),
                None => {}
            }
            // Another reader may have acknowledged what this one has not read.
            now.ring
                .read(from, CHUNK)
                .map_err(|_| io::Error::from(io::ErrorKind::ConnectionAborted))?
        };
        let next = from + chunk.len() as u64;
        Ok((!chunk.is_empty()).then_some((chunk, (output, next))))
    })
}

/// The end of stderr.
#[derive(Debug, Default)]
pub(crate) struct Tail(VecDeque<u8>);

impl Tail {
    fn push(&mut self, bytes: &[u8]) {
        self.0.extend(bytes);
        self.0.drain(..self.0.len().saturating_sub(TAIL));
    }

    pub(super) fn text(&self) -> String {
        let (front, back) = self.0.as_slices();
        String::from_utf8_lossy(&[front, back].concat()).into_owned()
    }
}

/// Keeps the end of stderr.
pub(super) async fn keep_tail(pipe: pipe::Receiver, tail: Arc<Mutex<Tail>>) {
    while pipe.readable().await.is_ok() && read_tail(&pipe, &tail).is_some() {}
}

/// One read; `None` at the end.
fn read_tail(pipe: &pipe::Receiver, tail: &Mutex<Tail>) -> Option<()> {
    let mut buffer = [0; READ];
    match pipe.try_read(&mut buffer) {
        Ok(0) => None,
        Ok(count) => {
            tail.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(&buffer[..count]);
            Some(())
        }
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Some(()),
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_the_end() {
        let mut tail = Tail::default();
        tail.push(&vec![b'a'; TAIL]);
        tail.push(b"end");
        let text = tail.text();
        assert_eq!(text.len(), TAIL);
        assert!(text.ends_with("aend"));
    }
}
