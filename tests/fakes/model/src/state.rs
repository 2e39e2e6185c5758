//! The server's memory: what came in, what should go wrong, who is waiting. Answers depend on none of it.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::HeaderMap;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::faults::Fault;
use crate::options::Options;
use crate::record::{Received, now};
use crate::routes;

/// How many texts with faults are remembered; the counters start again when there are more.
const SPENT_LIMIT: usize = 1024;

/// A running model, and the handle by which tests watch and steer it. Clones share one state.
#[derive(Debug, Clone)]
pub struct Model {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    options: Options,
    pace_ms: AtomicU64,
    received: Mutex<VecDeque<Received>>,
    queued: Mutex<VecDeque<Fault>>,
    spent: Mutex<HashMap<String, u32>>,
    board: watch::Sender<Board>,
}

/// What others wait for.
#[derive(Debug, Default)]
struct Board {
    requests: u64,
    waiting: Vec<String>,
    released: BTreeSet<String>,
    closing: bool,
}

impl Model {
    pub fn new(options: Options) -> Self {
        let pace_ms = u64::try_from(options.pace.as_millis())
            .unwrap_or(u64::MAX)
            .into();
        Self {
            shared: Arc::new(Shared {
                options,
                pace_ms,
                received: Mutex::default(),
                queued: Mutex::default(),
                spent: Mutex::default(),
                board: watch::Sender::default(),
            }),
        }
    }

    /// Serves until `shutdown` resolves; gates open then, so that nothing holds the server back.
    ///
    /// # Errors
    /// When the listener fails for good.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> std::io::Result<()> {
        let model = self.clone();
        axum::serve(listener, routes::router(self.clone()))
            .with_graceful_shutdown(async move {
                shutdown.await;
                model.shared.board.send_modify(|board| board.closing = true);
            })
            .await
    }

    /// The requests to `/v1` that are still kept, oldest first.
    pub fn received(&self) -> Vec<Received> {
        lock(&self.shared.received).iter().cloned().collect()
    }

    /// Forgets the kept requests.
    pub fn clear_received(&self) {
        lock(&self.shared.received).clear();
    }

    /// Waits until that many requests to `/v1` have arrived since the start.
    pub async fn requests(&self, count: u64) {
        self.until(|board| board.requests >= count).await;
    }

    /// Waits until an answer is being held at the gate `name`.
    pub async fn held(&self, name: &str) {
        self.until(|board| board.waiting.iter().any(|waiting| waiting == name))
            .await;
    }

    /// Opens a gate for good, for those who wait and those who come later.
    pub fn release(&self, name: &str) {
        self.shared.board.send_modify(|board| {
            board.released.insert(name.to_owned());
        });
    }

    /// Spoils the next `times` requests for a message, whoever sends them.
    pub fn inject(&self, fault: &Fault, times: usize) {
        lock(&self.shared.queued).extend(std::iter::repeat_n(fault, times).cloned());
    }

    /// Changes the pause between two deltas, also for answers in progress.
    pub fn set_pace(&self, pace: Duration) {
        let ms = u64::try_from(pace.as_millis()).unwrap_or(u64::MAX);
        self.shared.pace_ms.store(ms, Ordering::Relaxed);
    }

    pub(crate) fn pace(&self) -> Duration {
        Duration::from_millis(self.shared.pace_ms.load(Ordering::Relaxed))
    }

    pub(crate) fn options(&self) -> &Options {
        &self.shared.options
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.shared.board.borrow().closing
    }

    /// Keeps a request and answers its number.
    pub(crate) fn record(&self, path: &str, headers: &HeaderMap, body: &Value) -> u64 {
        let mut number = 0;
        self.shared.board.send_modify(|board| {
            board.requests += 1;
            number = board.requests;
        });
        let keep = self.shared.options.keep;
        if keep > 0 {
            let mut received = lock(&self.shared.received);
            if received.len() == keep {
                received.pop_front();
            }
            received.push_back(Received::new(number, path, headers, body.clone()));
        }
        number
    }

    pub(crate) fn mark_first_delta(&self, number: u64) {
        let mut received = lock(&self.shared.received);
        if let Some(request) = received.iter_mut().find(|request| request.number == number) {
            request.first_delta_at.get_or_insert_with(now);
        }
    }

    /// The fault for a request: a queued one first, then the one its text asks for, as often as it asks.
    pub(crate) fn next_fault(&self, asked: Option<&(Fault, u32)>, key: &str) -> Option<Fault> {
        if let Some(fault) = lock(&self.shared.queued).pop_front() {
            return Some(fault);
        }
        let (fault, times) = asked?;
        let mut spent = lock(&self.shared.spent);
        if spent.len() >= SPENT_LIMIT {
            spent.clear();
        }
        let count = spent.entry(key.to_owned()).or_default();
        *count += 1;
        (*count <= *times).then(|| fault.clone())
    }

    /// Waits at a gate until it is released or the server ends. Leaving early takes the name off the board.
    pub(crate) async fn hold(&self, name: &str) {
        let _waiting = Waiting::new(&self.shared.board, name);
        self.until(|board| board.closing || board.released.contains(name))
            .await;
    }

    async fn until(&self, condition: impl FnMut(&Board) -> bool) {
        // The sender lives in `self`, so the channel cannot close while this waits.
        let _ = self.shared.board.subscribe().wait_for(condition).await;
    }
}

/// A name on the board for as long as this lives.
struct Waiting<'a> {
    board: &'a watch::Sender<Board>,
    name: &'a str,
}

impl<'a> Waiting<'a> {
    fn new(board: &'a watch::Sender<Board>, name: &'a str) -> Self {
        board.send_modify(|board| board.waiting.push(name.to_owned()));
        Self { board, name }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.board.send_modify(|board| {
            if let Some(at) = board.waiting.iter().position(|name| name == self.name) {
                board.waiting.swap_remove(at);
            }
        });
    }
}

/// The maps stay consistent whatever panics while one is held.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
