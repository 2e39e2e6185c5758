//! Bodies, in both directions.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt as _};
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::{Body as _, Incoming};

use super::connection::{Pool, Sender};
use crate::error::ClientError;

pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;
pub(super) type RequestBody = UnsyncBoxBody<Bytes, BoxError>;

/// The bytes of an answer as they come. Read to its end it gives its connection back; dropped before, it closes it.
pub struct ByteStream {
    body: Incoming,
    /// What came with a line that was read, and is next.
    unread: Option<Bytes>,
    connection: Option<(Sender, Arc<Pool>)>,
}

impl ByteStream {
    pub(super) fn new(body: Incoming, sender: Sender, pool: Arc<Pool>) -> Self {
        let mut stream = Self {
            body,
            unread: None,
            connection: Some((sender, pool)),
        };
        if stream.body.is_end_stream() {
            stream.finish();
        }
        stream
    }

    /// Everything that is left, if it is no more than `limit` bytes.
    pub async fn read_whole(mut self, limit: usize) -> Result<Bytes, ClientError> {
        let mut whole = BytesMut::new();
        while let Some(chunk) = self.next().await {
            let chunk = chunk?;
            if whole.len() + chunk.len() > limit {
                return Err(too_long(limit));
            }
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.freeze())
    }

    /// Everything up to a line feed, or to the end where there is none: which of both is said. At most `limit` bytes, and what else
    /// came with them.
    pub(super) async fn read_line(&mut self, limit: usize) -> Result<(Bytes, bool), ClientError> {
        let mut line = BytesMut::new();
        while let Some(chunk) = self.next().await {
            let mut chunk = chunk?;
            if let Some(end) = chunk.iter().position(|&byte| byte == b'\n') {
                line.extend_from_slice(&chunk.split_to(end + 1));
                self.unread = Some(chunk).filter(|rest| !rest.is_empty());
                return Ok((line.freeze(), true));
            }
            if line.len() + chunk.len() > limit {
                return Err(too_long(limit));
            }
            line.extend_from_slice(&chunk);
        }
        Ok((line.freeze(), false))
    }

    fn finish(&mut self) {
        if let Some((sender, pool)) = self.connection.take() {
            pool.give_back(sender);
        }
    }
}

impl Stream for ByteStream {
    type Item = Result<Bytes, ClientError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(bytes) = self.unread.take() {
            return Poll::Ready(Some(Ok(bytes)));
        }
        loop {
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => {
                    // Known before it is seen when the length was announced: a caller may stop here.
                    if self.body.is_end_stream() {
                        self.finish();
                    }
                    if let Ok(bytes) = frame.into_data() {
                        return Poll::Ready(Some(Ok(bytes)));
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
                None => {
                    self.finish();
                    return Poll::Ready(None);
                }
            }
        }
    }
}

fn too_long(limit: usize) -> ClientError {
    ClientError::Protocol(format!("an answer of more than {limit} bytes"))
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("ByteStream").finish_non_exhaustive()
    }
}
