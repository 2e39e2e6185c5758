//! A write on its way through the writer's thread: what it works on, how its failure undoes nothing but itself, what it survives.

use std::cell::RefCell;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use berth_domain::event::StoredEvent;
use berth_domain::ids::ConversationId;
use berth_domain::ports::{StoreError, StoreErrorKind, StoreResult};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{closed, from_sqlite, kind_of};
use crate::events::Changes;

/// What an answered write survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Survives {
    /// Also a loss of power: its bytes are on the disk.
    PowerLoss,
    /// The end of this process in any way. The kernel has its bytes, and the next write that survives a loss of power takes them
    /// to the disk with its own.
    ThisProcess,
}

/// Logs that a write has grown, with what was added.
type Grown = Vec<(ConversationId, Vec<StoredEvent>)>;

/// What a write works on: the connection, and a note of the logs it has grown, so that nobody is told before the commit and
/// everybody is told after it, whether or not the caller is still there.
pub(crate) struct Tx<'a> {
    connection: &'a Connection,
    changes: &'a Changes,
    grown: RefCell<Grown>,
}

impl Tx<'_> {
    /// The conversation's log has grown by `events`, which are made only where somebody follows it.
    pub(crate) fn grew(
        &self,
        conversation: ConversationId,
        events: impl FnOnce() -> Vec<StoredEvent>,
    ) {
        let events = if self.changes.is_followed(conversation) {
            events()
        } else {
            Vec::new()
        };
        let mut grown = self.grown.borrow_mut();
        match grown.last_mut() {
            Some((last, before)) if *last == conversation => before.extend(events),
            _ => grown.push((conversation, events)),
        }
    }
}

impl Deref for Tx<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

/// Why a whole group was not stored.
#[derive(Debug, thiserror::Error)]
pub(super) enum GroupError {
    /// It could not begin or commit.
    #[error("the transaction failed")]
    Sqlite(#[from] rusqlite::Error),
    /// SQLite rolls back everything on some errors of one statement (disk full, I/O).
    #[error("the transaction was given up because of another write in it")]
    GivenUp(StoreErrorKind),
}

impl GroupError {
    fn kind(&self) -> StoreErrorKind {
        match self {
            Self::Sqlite(error) => kind_of(error),
            // Nothing is wrong with this write: alone it may succeed.
            Self::GivenUp(StoreErrorKind::Broken) => StoreErrorKind::Unavailable,
            Self::GivenUp(kind) => *kind,
        }
    }
}

/// A write on its way through the writer's thread.
pub(super) trait Job: Send {
    /// What it is to survive once it is answered.
    fn survives(&self) -> Survives;
    /// Does the work and says how it failed, if it did; its outcome is kept until the commit is known. `alone`: no other work is in
    /// the transaction.
    fn run(
        &mut self,
        connection: &Connection,
        changes: &Changes,
        alone: bool,
    ) -> Option<StoreErrorKind>;
    /// Tells the followers and answers the caller.
    fn answer(self: Box<Self>, commit: Result<(), Arc<GroupError>>, changes: &Changes);
}

/// A [`Job`] made of a closure.
pub(super) struct Write<F, T> {
    operation: &'static str,
    survives: Survives,
    work: Option<F>,
    outcome: Option<StoreResult<T>>,
    grown: Grown,
    reply: oneshot::Sender<StoreResult<T>>,
}

impl<F, T> Write<F, T> {
    pub(super) fn new(
        operation: &'static str,
        survives: Survives,
        work: F,
        reply: oneshot::Sender<StoreResult<T>>,
    ) -> Self {
        Self {
            operation,
            survives,
            work: Some(work),
            outcome: None,
            grown: Vec::new(),
            reply,
        }
    }
}

impl<F, T> Job for Write<F, T>
where
    F: FnOnce(&Tx<'_>) -> rusqlite::Result<T> + Send,
    T: Send,
{
    fn survives(&self) -> Survives {
        self.survives
    }

    fn run(
        &mut self,
        connection: &Connection,
        changes: &Changes,
        alone: bool,
    ) -> Option<StoreErrorKind> {
        let work = self.work.take()?;
        let tx = Tx {
            connection,
            changes,
            grown: RefCell::default(),
        };
        let outcome = contained(self.operation, &tx, alone, work);
        let failure = outcome.as_ref().err().map(|error| error.kind);
        if failure.is_none() {
            self.grown = tx.grown.into_inner();
        }
        self.outcome = Some(outcome);
        failure
    }

    fn answer(self: Box<Self>, commit: Result<(), Arc<GroupError>>, changes: &Changes) {
        let answer = match (commit, self.outcome) {
            // Its own failure says more than the group's.
            (_, Some(Err(error))) => Err(error),
            (Err(group), _) => Err(StoreError::new(group.kind(), self.operation, group)),
            (Ok(()), Some(Ok(done))) => {
                for (conversation, events) in self.grown {
                    changes.notify(conversation, events.into());
                }
                Ok(done)
            }
            (Ok(()), None) => Err(closed(self.operation)),
        };
        // The caller may have gone away; what was committed stays.
        let _ = self.reply.send(answer);
    }
}

/// Does one write so that its failure, a panic included, undoes that write only: to a savepoint, or with its whole transaction if
/// it has that for itself.
fn contained<T>(
    operation: &'static str,
    tx: &Tx<'_>,
    alone: bool,
    work: impl FnOnce(&Tx<'_>) -> rusqlite::Result<T>,
) -> StoreResult<T> {
    if !alone {
        step(tx, "SAVEPOINT job").map_err(|error| from_sqlite(operation, error))?;
    }
    // Safe to go on after a panic: what the closure may have left half done is rolled back.
    let outcome = match catch_unwind(AssertUnwindSafe(|| work(tx))) {
        Ok(done) => done.map_err(|error| from_sqlite(operation, error)),
        Err(_) => Err(StoreError::new(
            StoreErrorKind::Broken,
            operation,
            "the write panicked",
        )),
    };
    let end = match (outcome.is_ok(), alone) {
        (true, true) => Ok(()),
        (false, true) => step(tx, "ROLLBACK"),
        (true, false) => step(tx, "RELEASE job"),
        (false, false) => step(tx, "ROLLBACK TO job").and_then(|()| step(tx, "RELEASE job")),
    };
    match end {
        Ok(()) => outcome,
        Err(error) => {
            // What cannot be undone alone is undone with its group; SQLite may have done so already.
            if !tx.is_autocommit() {
                let _ = tx.execute_batch("ROLLBACK");
            }
            Err(outcome
                .err()
                .unwrap_or_else(|| from_sqlite(operation, error)))
        }
    }
}

/// One of the few statements around every write, compiled once.
pub(super) fn step(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}
