//! Writes what a session has read: in order, in batches, never twice. While one batch is on its way to the disk the next
//! one gathers; a session that is faster than the store waits, and so, through the supervisor's ring, does Claude Code.

use std::sync::Arc;
use std::time::Duration;

use berth_domain::event::Event;
use berth_domain::ids::RunId;
use berth_domain::ports::runs::{Append, Fenced};
use berth_domain::run::Progress;
use berth_domain::usage::UsageTotals;
use berth_supervisor_protocol::{Client, ProcessId};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::context::Context;

/// Records that may wait for the store.
const WAITING: usize = 256;
/// Records that are written together.
const BATCH: usize = 128;
/// Bytes of output that are stored before the supervisor is told that it may drop them: little beside a ring, much beside a turn.
const ACK_EVERY: u64 = 1024 * 1024;
/// Waits between tries when the store does not answer.
const BACKOFF: [Duration; 4] = [
    Duration::from_millis(50),
    Duration::from_millis(200),
    Duration::from_millis(500),
    Duration::from_secs(1),
];

/// Something to write.
#[derive(Debug, Default)]
pub(crate) struct Record {
    pub(crate) events: Vec<Event>,
    pub(crate) progress: Option<Progress>,
    pub(crate) session: Option<String>,
    pub(crate) usage: Option<UsageTotals>,
    /// The process whose output is read, to be told which bytes are no longer needed.
    pub(crate) source: Option<(Arc<Client>, ProcessId)>,
}

/// The lease has passed on: nothing more of this run may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the lease is lost")]
pub(crate) struct LeaseLost;

/// The writing side of a session.
#[derive(Debug)]
pub(crate) struct Recorder {
    sender: mpsc::Sender<Record>,
    task: JoinHandle<Result<Progress, LeaseLost>>,
}

impl Recorder {
    /// Begins to write; gives up when `lost` is triggered.
    pub(crate) fn start(
        context: Arc<Context>,
        run: RunId,
        epoch: u64,
        progress: Progress,
        lost: CancellationToken,
    ) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        let writer = Writer {
            context,
            run,
            epoch,
            progress,
            acknowledged: 0,
            lost,
        };
        Self {
            sender,
            task: tokio::spawn(writer.work(receiver)),
        }
    }

    /// Hands over a record; waits while the store is behind.
    pub(crate) async fn write(&self, record: Record) -> Result<(), LeaseLost> {
        self.sender.send(record).await.map_err(|_| LeaseLost)
    }

    /// Hands over a single event.
    pub(crate) async fn event(&self, event: Event) -> Result<(), LeaseLost> {
        self.write(Record {
            events: vec![event],
            ..Record::default()
        })
        .await
    }

    /// Waits until everything is on disk; answers where reading had got to.
    pub(crate) async fn close(self) -> Result<Progress, LeaseLost> {
        drop(self.sender);
        self.task.await.unwrap_or(Err(LeaseLost))
    }
}

struct Writer {
    context: Arc<Context>,
    run: RunId,
    epoch: u64,
    progress: Progress,
    /// What the supervisor was last told. Zero at first: what earlier turns left is acknowledged with the first batch.
    acknowledged: u64,
    lost: CancellationToken,
}

impl Writer {
    async fn work(mut self, mut receiver: mpsc::Receiver<Record>) -> Result<Progress, LeaseLost> {
        let mut batch = Vec::with_capacity(BATCH);
        while receiver.recv_many(&mut batch, BATCH).await > 0 {
            let mut append = Append::default();
            let mut source = None;
            for record in batch.drain(..) {
                append.events.extend(record.events);
                append.session = record.session.or(append.session);
                append.usage = record.usage.or(append.usage);
                if let Some(progress) = record.progress {
                    self.progress = progress;
                }
                source = record.source.or(source);
            }
            append.progress = self.progress.clone();
            self.append(&append).await?;
            if let Some((client, process)) = source {
                self.acknowledge(&client, &process).await;
            }
        }
        Ok(self.progress)
    }

    /// Lets the supervisor drop what is stored, once that is worth a call.
    async fn acknowledge(&mut self, client: &Client, process: &ProcessId) {
        let offset = self.progress.offset;
        // A difference and not an excess: a process that replaces another counts from zero.
        if offset.abs_diff(self.acknowledged) < ACK_EVERY {
            return;
        }
        match client.ack(process, offset).await {
            Ok(()) => self.acknowledged = offset,
            Err(error) => {
                tracing::debug!(run.id = %self.run, %error, "output not acknowledged, the next batch will do it");
            }
        }
    }

    async fn append(&self, append: &Append) -> Result<(), LeaseLost> {
        let runs = &self.context.deps.runs;
        let write = || async {
            let now = self.context.deps.clock.now();
            runs.append(self.run, self.epoch, append, now).await
        };
        until_stored(self.run, &self.lost, write).await.map(|_| ())
    }
}

/// Repeats a write under a lease until it is stored or the lease is lost.
pub(crate) async fn until_stored<T, F>(
    run: RunId,
    lost: &CancellationToken,
    mut write: impl FnMut() -> F,
) -> Result<T, LeaseLost>
where
    F: Future<Output = berth_domain::ports::StoreResult<Fenced<T>>>,
{
    let mut tries = 0_usize;
    loop {
        if lost.is_cancelled() {
            return Err(LeaseLost);
        }
        match write().await {
            Ok(Fenced::Done(done)) => return Ok(done),
            Ok(Fenced::LeaseLost) => {
                lost.cancel();
                return Err(LeaseLost);
            }
            Err(error) => {
                if tries == 0 {
                    tracing::warn!(run.id = %run, operation = error.operation, error = %error.source,
                        "the store did not take a write, trying again while the lease lasts");
                }
                let wait = BACKOFF[tries.min(BACKOFF.len() - 1)];
                tries += 1;
                tokio::select! {
                    () = tokio::time::sleep(wait) => {}
                    () = lost.cancelled() => return Err(LeaseLost),
                }
            }
        }
    }
}
