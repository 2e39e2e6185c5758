//! A body, in the form Google's client reads.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use berth_domain::ports::artifacts::{Body, Pieces};
use bytes::Bytes;
use futures::StreamExt as _;
use google_cloud_storage::streaming_source::{SizeHint, StreamingSource};

/// Whether it was the body that failed, and not the service.
#[derive(Debug, Clone, Default)]
pub(super) struct Failure(Arc<AtomicBool>);

impl Failure {
    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

pub(super) struct Source {
    /// The client wants to share it between threads, which a stream need not allow. Nobody ever waits for this lock.
    pieces: Mutex<Pieces>,
    size: Option<u64>,
    failure: Failure,
}

impl Source {
    pub(super) fn new(body: Body) -> (Self, Failure) {
        let failure = Failure::default();
        let source = Self {
            pieces: Mutex::new(body.pieces),
            size: body.size,
            failure: failure.clone(),
        };
        (source, failure)
    }
}

impl StreamingSource for Source {
    type Error = io::Error;

    async fn next(&mut self) -> Option<Result<Bytes, io::Error>> {
        let pieces = self
            .pieces
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        let piece = pieces.next().await;
        if let Some(Err(_)) = piece {
            self.failure.0.store(true, Ordering::Relaxed);
        }
        piece
    }

    async fn size_hint(&self) -> Result<SizeHint, io::Error> {
        Ok(self.size.map_or_else(SizeHint::new, SizeHint::with_exact))
    }
}
