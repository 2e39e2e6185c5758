//! Connections to one socket, kept for reuse: a message to a process must not wait for a connection to be made.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{Request, Response};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::UnixStream;

use super::body::{ByteStream, RequestBody};
use crate::error::ClientError;
use crate::socket::SocketDir;

/// Connecting to a Unix socket takes microseconds unless the other side does not accept; then waiting is no use.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Idle connections kept for one socket. More at once are made and closed after use. A run uses two: for the output it follows, and
/// for what it asks meanwhile.
const MAX_IDLE: usize = 16;

pub(super) type Sender = SendRequest<RequestBody>;

/// Idle connections to one socket.
#[derive(Debug)]
pub(super) struct Pool {
    dir: PathBuf,
    socket: &'static str,
    idle: Mutex<Vec<Sender>>,
}

impl Pool {
    pub(super) fn new(dir: PathBuf, socket: &'static str) -> Self {
        Self {
            dir,
            socket,
            idle: Mutex::new(Vec::new()),
        }
    }

    /// Sends on an idle connection where one is left, on a new one otherwise.
    pub(super) async fn send(
        self: &Arc<Self>,
        mut request: Request<RequestBody>,
    ) -> Result<Response<ByteStream>, ClientError> {
        while let Some(mut sender) = self.take() {
            // An idle connection may have died with the supervisor; a request it did not take goes to the next one.
            if sender.ready().await.is_err() {
                continue;
            }
            match sender.try_send_request(request).await {
                Ok(response) => return Ok(self.answer(sender, response)),
                Err(mut error) => match error.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(error.into_error().into()),
                },
            }
        }
        let mut sender = self.connect().await?;
        let response = sender.send_request(request).await?;
        Ok(self.answer(sender, response))
    }

    /// Takes a connection back whose last answer was read to its end.
    pub(super) fn give_back(&self, sender: Sender) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < MAX_IDLE && !sender.is_closed() {
            idle.push(sender);
        }
    }

    fn take(&self) -> Option<Sender> {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
    }

    fn answer(
        self: &Arc<Self>,
        sender: Sender,
        response: Response<hyper::body::Incoming>,
    ) -> Response<ByteStream> {
        response.map(|body| ByteStream::new(body, sender, Arc::clone(self)))
    }

    async fn connect(&self) -> Result<Sender, ClientError> {
        let stream = tokio::time::timeout(CONNECT_TIMEOUT, self.open())
            .await
            .map_err(|_| ClientError::Unreachable(io::ErrorKind::TimedOut.into()))?
            .map_err(ClientError::Unreachable)?;
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        // Ends by itself when the sender is dropped or the supervisor closes; its error reaches the caller through
        // the sender.
        tokio::spawn(connection);
        Ok(sender)
    }

    async fn open(&self) -> io::Result<UnixStream> {
        // Opened for each connection: the folder may have been made anew with the container.
        let dir = SocketDir::open(&self.dir)?;
        UnixStream::connect(dir.address(self.socket)).await
    }
}
