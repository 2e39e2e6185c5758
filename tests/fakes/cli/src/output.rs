//! Stdout. Lines go through a channel to one writer, so that a turn that is interrupted cannot leave half a line behind.

use serde_json::Value;
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};

/// Lines that may wait for a slow reader.
const QUEUED: usize = 64;

enum Piece {
    Bytes(Vec<u8>),
    /// Answered when everything before it is written.
    Flush(oneshot::Sender<()>),
}

/// Where lines are printed. Clones write to the same stream.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    pieces: mpsc::Sender<Piece>,
}

impl Output {
    /// Starts the writer. The process ends when the reader of the stream is gone.
    pub(crate) fn new(mut stream: impl AsyncWrite + Send + Unpin + 'static) -> Self {
        let (pieces, mut queue) = mpsc::channel(QUEUED);
        tokio::spawn(async move {
            while let Some(piece) = queue.recv().await {
                match piece {
                    Piece::Bytes(bytes) => {
                        if stream.write_all(&bytes).await.is_err() || stream.flush().await.is_err()
                        {
                            // Nobody reads any more: end as SIGPIPE would, instead of working on unseen.
                            std::process::exit(1);
                        }
                    }
                    // Whoever asked may have been interrupted meanwhile.
                    Piece::Flush(done) => drop(done.send(())),
                }
            }
        });
        Self { pieces }
    }

    /// Prints an object as one line.
    pub(crate) async fn line(&self, value: &Value) {
        self.raw(format!("{value}\n").into_bytes()).await;
    }

    /// Prints bytes as they are.
    pub(crate) async fn raw(&self, bytes: Vec<u8>) {
        // The writer lives as long as the process.
        drop(self.pieces.send(Piece::Bytes(bytes)).await);
    }

    /// Waits until everything is written.
    pub(crate) async fn flush(&self) {
        let (done, written) = oneshot::channel();
        if self.pieces.send(Piece::Flush(done)).await.is_ok() {
            drop(written.await);
        }
    }
}
