//! What is written to a process, each write once.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use berth_supervisor_protocol::ErrorCode;
use berth_supervisor_protocol::process::StdinAccepted;
use bytes::Bytes;
use tokio::io::AsyncWriteExt as _;
use tokio::net::unix::pipe;
use tokio::sync::mpsc;

use crate::answer::Refusal;

/// Keys remembered; the oldest are forgotten.
const MAX_KEYS: usize = 4096;
/// Bytes accepted and not yet taken by the process.
const MAX_PENDING: usize = 64 * 1024 * 1024;

/// Refuses what cannot be a key.
pub(crate) fn check_key(key: &str) -> Result<(), Refusal> {
    if key.is_empty() || key.len() > 256 {
        let message = "key is not 1 to 256 bytes";
        return Err(Refusal::new(ErrorCode::Invalid, message));
    }
    Ok(())
}

/// stdin of one process.
#[derive(Debug, Default)]
pub(crate) struct Input(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Unbounded in writes, bounded in bytes by [`MAX_PENDING`]. `None` once closed.
    queue: Option<mpsc::UnboundedSender<Bytes>>,
    pending: usize,
    answers: HashMap<String, u64>,
    order: VecDeque<String>,
}

impl Input {
    /// An open stdin that is written by a task of its own, so that no client has to stay for it.
    pub(super) fn open(pipe: pipe::Sender) -> Arc<Self> {
        let (queue, accepted) = mpsc::unbounded_channel();
        let input = Arc::new(Self(Mutex::new(State {
            queue: Some(queue),
            ..State::default()
        })));
        tokio::spawn(write(pipe, accepted, Arc::clone(&input)));
        input
    }

    /// Takes `bytes` to be written, unless `key` was taken before.
    pub(crate) fn accept(
        &self,
        key: String,
        bytes: Bytes,
        stdout_offset: u64,
    ) -> Result<StdinAccepted, Refusal> {
        let mut state = self.lock();
        if let Some(&stdout_offset) = state.answers.get(&key) {
            return Ok(StdinAccepted {
                repeated: true,
                stdout_offset,
            });
        }
        let closed = || Refusal::new(ErrorCode::Gone, "stdin is closed");
        if state.pending + bytes.len() > MAX_PENDING {
            return Err(Refusal::new(
                ErrorCode::Busy,
                "the process does not read its stdin",
            ));
        }
        let length = bytes.len();
        state
            .queue
            .as_ref()
            .ok_or_else(closed)?
            .send(bytes)
            .map_err(|_| closed())?;
        state.pending += length;
        state.answers.insert(key.clone(), stdout_offset);
        state.order.push_back(key);
        if state.order.len() > MAX_KEYS
            && let Some(oldest) = state.order.pop_front()
        {
            state.answers.remove(&oldest);
        }
        Ok(StdinAccepted {
            repeated: false,
            stdout_offset,
        })
    }

    pub(crate) fn is_open(&self) -> bool {
        self.lock().queue.is_some()
    }

    /// Takes nothing more; the pipe closes once everything accepted is written.
    pub(crate) fn close(&self) {
        self.lock().queue = None;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn write(
    mut pipe: pipe::Sender,
    mut accepted: mpsc::UnboundedReceiver<Bytes>,
    input: Arc<Input>,
) {
    while let Some(bytes) = accepted.recv().await {
        let written = pipe.write_all(&bytes).await;
        input.lock().pending -= bytes.len();
        if written.is_err() {
            // Nobody reads any more; what is left has nowhere to go.
            input.close();
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input() -> (Input, mpsc::UnboundedReceiver<Bytes>) {
        let (queue, accepted) = mpsc::unbounded_channel();
        (
            Input(Mutex::new(State {
                queue: Some(queue),
                ..State::default()
            })),
            accepted,
        )
    }

    #[test]
    fn a_repeated_key_gets_the_first_answer_even_after_the_end() {
        let (input, mut accepted) = input();
        let first = input.accept("k".into(), Bytes::from_static(b"x"), 7);
        assert_eq!(
            first,
            Ok(StdinAccepted {
                repeated: false,
                stdout_offset: 7
            })
        );
        input.close();
        let again = input.accept("k".into(), Bytes::from_static(b"x"), 9);
        assert_eq!(
            again,
            Ok(StdinAccepted {
                repeated: true,
                stdout_offset: 7
            })
        );
        assert!(accepted.try_recv().is_ok() && accepted.try_recv().is_err());
        assert!(input.accept("other".into(), Bytes::new(), 9).is_err());
    }

    #[test]
    fn keys_and_bytes_are_bounded() {
        let (input, _accepted) = input();
        for number in 0..=MAX_KEYS {
            input
                .accept(number.to_string(), Bytes::new(), 0)
                .expect("accepted");
        }
        assert_eq!(input.lock().answers.len(), MAX_KEYS);
        assert!(
            !input
                .accept("0".into(), Bytes::new(), 0)
                .expect("the oldest is forgotten")
                .repeated
        );
        let half = Bytes::from(vec![0; MAX_PENDING / 2 + 1]);
        input
            .accept("half".into(), half.clone(), 0)
            .expect("accepted");
        assert!(
            input
                .accept("too much".into(), half, 0)
                .is_err_and(|refusal| refusal.code() == ErrorCode::Busy)
        );
    }
}
