//! Writes what a session has read: in order, in batches, never twice. What comes close together is one batch, and what comes
//! while one is on its way to the disk is the next; a session that is faster than the store waits, and so, through the
//! supervisor's ring, does Claude Code. The same keeps what comes while the store is away, and while it is in doubt whose the run is. What is there when the run ends goes into the transaction of its end.

use std::sync::Arc;
use std::time::Duration;

use berth_domain::event::Event;
use berth_domain::ids::RunId;
use berth_domain::ports::runs::{Append, Claimed, Fenced};
use berth_domain::run::{Progress, Trigger};
use berth_domain::usage::UsageTotals;
use berth_supervisor_protocol::{Client, ProcessId};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::context::Context;
use crate::tenure::Tenure;

/// Records that may wait for the store.
const WAITING: usize = 256;
/// Records that are written together.
const BATCH: usize = 128;
/// How long a record waits for others that are stored with it: each commit costs a write to the disk, and each tells everybody who
/// watches. Less than somebody who watches would notice, and less than Claude Code needs before it does anything: a message
/// whose process is not stored yet when the machine dies has had no effects, and is given again.
const GATHER: Duration = Duration::from_millis(25);
/// The same for a run that its time has set off, which nobody waits for: where documents are charged for, each batch is one. Still less than
/// Claude Code needs to start, to ask a model and to act on its answer.
const GATHER_UNWATCHED: Duration = Duration::from_secs(1);
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
    task: JoinHandle<Result<(Writer, Append), LeaseLost>>,
}

impl Recorder {
    /// Begins to write for a run that was claimed; gives up when the lease is lost.
    pub(crate) fn start(context: Arc<Context>, claimed: &Claimed, tenure: Tenure) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        let writer = Writer {
            context,
            run: claimed.run.id,
            epoch: claimed.lease.epoch,
            progress: claimed.progress.clone().unwrap_or_default(),
            acknowledged: 0,
            gather: match claimed.run.trigger {
                Trigger::Schedule => GATHER_UNWATCHED,
                _ => GATHER,
            },
            tenure,
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

    /// Ends the writing; answers what is not stored yet, to be stored with the run's end. It says in any case where reading has got
    /// to.
    pub(crate) async fn close(self) -> Result<Append, LeaseLost> {
        self.rest().await.map(|(_, rest)| rest)
    }

    /// Ends the writing once everything is stored.
    pub(crate) async fn store(self) -> Result<(), LeaseLost> {
        let (writer, rest) = self.rest().await?;
        writer.append(&rest).await
    }

    async fn rest(self) -> Result<(Writer, Append), LeaseLost> {
        drop(self.sender);
        self.task.await.unwrap_or(Err(LeaseLost))
    }
}

#[derive(Debug)]
struct Writer {
    context: Arc<Context>,
    run: RunId,
    epoch: u64,
    progress: Progress,
    /// What the supervisor was last told. Zero at first: what earlier turns left is acknowledged with the first batch.
    acknowledged: u64,
    /// How long a record waits for others.
    gather: Duration,
    tenure: Tenure,
}

impl Writer {
    /// Writes until nothing more can come; answers what came last, which is not stored.
    async fn work(
        mut self,
        mut receiver: mpsc::Receiver<Record>,
    ) -> Result<(Self, Append), LeaseLost> {
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            let more_may_come = gather(&mut receiver, &mut batch, self.gather).await;
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
            if !more_may_come {
                return Ok((self, append));
            }
            self.append(&append).await?;
            if let Some((client, process)) = source {
                self.acknowledge(&client, &process).await;
            }
        }
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
        until_stored(self.run, &self.tenure, write)
            .await
            .map(|_| ())
    }
}

/// Waits for a record, and a little for those that follow; `false` when no more can come.
async fn gather(
    receiver: &mut mpsc::Receiver<Record>,
    batch: &mut Vec<Record>,
    time: Duration,
) -> bool {
    if receiver.recv_many(batch, BATCH).await == 0 {
        return false;
    }
    let over = tokio::time::sleep(time);
    tokio::pin!(over);
    while batch.len() < BATCH {
        let room = BATCH - batch.len();
        tokio::select! {
            biased;
            came = receiver.recv_many(batch, room) => if came == 0 {
                return false;
            },
            () = &mut over => break,
        }
    }
    true
}

/// Repeats a write under a lease until it is stored or the lease is lost. While that is in doubt nothing is sent.
pub(crate) async fn until_stored<T, F>(
    run: RunId,
    tenure: &Tenure,
    mut write: impl FnMut() -> F,
) -> Result<T, LeaseLost>
where
    F: Future<Output = berth_domain::ports::StoreResult<Fenced<T>>>,
{
    let mut tries = 0_usize;
    loop {
        tenure.certain().await?;
        match write().await {
            Ok(Fenced::Done(done)) => return Ok(done),
            Ok(Fenced::LeaseLost) => {
                tenure.lost.cancel();
                return Err(LeaseLost);
            }
            Err(error) => {
                if tries == 0 {
                    tracing::warn!(run.id = %run, operation = error.operation, error = %error.source,
                        "the store did not take a write, trying again");
                }
                let wait = BACKOFF[tries.min(BACKOFF.len() - 1)];
                tries += 1;
                tenure.pause(wait).await?;
            }
        }
    }
}
