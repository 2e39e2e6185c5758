//! The database file: one writer with group commit, a few readers.
//!
//! Every write shares a transaction with whatever else is waiting, each in a savepoint, so that one `fsync`
//! serves many callers; nobody is answered before that commit. Readers see committed state only (WAL).

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use berth_domain::ports::{StoreError, StoreErrorKind, StoreResult};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::events::Changes;
use crate::kept::Generations;
use job::{Job, Write};
use writer::write_loop;

pub(crate) use job::{Survives, Tx};

mod job;
mod writer;

/// Writes that may wait; a caller beyond that waits for its place.
const WAITING: usize = 1024;
/// Reads at the same time.
const READERS: usize = 4;
/// How long another process (`berth token create`) may hold the file, in milliseconds.
const BUSY_MS: u64 = 5_000;

/// Memory a connection may keep pages in, in KiB. With SQLite's 2 MB, a group of writes to a database of usual size spills, and
/// a list reads its pages anew each time.
const CACHE_KIB: i64 = 32 * 1024;
/// Pages in the write-ahead log before they are moved into the database, in the commit that passes this. The pages of an index are
/// changed by one group after another: the longer they wait, the fewer are moved.
const CHECKPOINT_PAGES: i64 = 8_000;

/// The schema's version: how many steps there are.
const VERSION: u32 = 7;
/// The schema's steps; a database has had the first `user_version` of them.
const MIGRATIONS: [&str; VERSION as usize] = [
    include_str!("migrations/001_initial.sql"),
    include_str!("migrations/002_agents.sql"),
    include_str!("migrations/003_reasons.sql"),
    include_str!("migrations/004_placements.sql"),
    include_str!("migrations/005_accounts.sql"),
    include_str!("migrations/006_less_to_write.sql"),
    include_str!("migrations/007_decided_slots.sql"),
];

/// The database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// SQLite's own words.
    #[error("the database {path} cannot be opened")]
    Sqlite {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// It was written by a later version of Berth.
    #[error("the database {path} is of version {found}, this program knows versions up to {known}")]
    TooNew {
        /// Which file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// The writer's thread could not be started.
    #[error("the database's writer could not be started")]
    Thread(#[source] std::io::Error),
}

/// Handle on the database; clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Db {
    writer: mpsc::Sender<Box<dyn Job>>,
    readers: Arc<Readers>,
}

#[derive(Debug)]
struct Readers {
    path: PathBuf,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

impl Db {
    /// Opens or makes the file and brings its schema up to date. `changes` is told of every log that has grown, `generations` of every
    /// table that has changed.
    pub(crate) fn open(
        path: &Path,
        changes: Changes,
        generations: Arc<Generations>,
    ) -> Result<Self, OpenError> {
        let fail = |source| OpenError::Sqlite {
            path: path.to_owned(),
            source,
        };
        let mut connection = connect(path, OpenFlags::default()).map_err(fail)?;
        migrate(&connection, path)?;
        let touched = generations.clone();
        connection
            .update_hook(Some(move |_, _: &str, table: &str, _| touched.touch(table)))
            .map_err(fail)?;
        let (writer, jobs) = mpsc::channel(WAITING);
        std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || write_loop(&connection, jobs, &changes, &generations))
            .map_err(OpenError::Thread)?;
        Ok(Self {
            writer,
            readers: Arc::new(Readers {
                path: path.to_owned(),
                permits: Arc::new(Semaphore::new(READERS)),
                idle: Mutex::new(Vec::new()),
            }),
        })
    }

    /// Runs `work` in the writer's transaction; returns after its commit is on disk. A caller that does not wait for the
    /// answer stops nothing: the work is done, committed and announced without it.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&Tx<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> StoreResult<T> {
        self.write_surviving(Survives::PowerLoss, operation, work)
            .await
    }

    /// [`Self::write`], with less to survive where that will do.
    pub(crate) async fn write_surviving<T: Send + 'static>(
        &self,
        survives: Survives,
        operation: &'static str,
        work: impl FnOnce(&Tx<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> StoreResult<T> {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Write::new(operation, survives, work, reply));
        self.writer.send(job).await.map_err(|_| closed(operation))?;
        answer.await.map_err(|_| closed(operation))?
    }

    /// Runs `work` on a reader's connection, away from the async threads.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        operation: &'static str,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> StoreResult<T> {
        let readers = self.readers.clone();
        let permit = readers.permits.clone().acquire_owned().await;
        let permit = permit.map_err(|_| closed(operation))?;
        let outcome = tokio::task::spawn_blocking(move || {
            // Goes along with the work: a caller that goes away does not end a read that has begun.
            let _permit = permit;
            let connection = readers.take()?;
            let outcome = work(&connection);
            readers.give_back(connection);
            outcome
        })
        .await
        .map_err(|error| StoreError::new(StoreErrorKind::Broken, operation, error))?;
        outcome.map_err(|error| from_sqlite(operation, error))
    }
}

impl Readers {
    fn take(&self) -> rusqlite::Result<Connection> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        match idle {
            Some(connection) => Ok(connection),
            None => connect(
                &self.path,
                OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
            ),
        }
    }

    fn give_back(&self, connection: Connection) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(connection);
    }
}

fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(std::time::Duration::from_millis(BUSY_MS))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    // What a savepoint would need for its undoing is kept in memory: every write is one, and most touch a few dozen pages.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // A plan does not follow the values that are bound: otherwise a statement is compiled anew with each of them.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

fn migrate(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let fail = |source| OpenError::Sqlite {
        path: path.to_owned(),
        source,
    };
    connection.execute_batch("BEGIN IMMEDIATE").map_err(fail)?;
    let found: u32 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(fail)?;
    if found > VERSION {
        return Err(OpenError::TooNew {
            path: path.to_owned(),
            found,
            known: VERSION,
        });
    }
    for step in MIGRATIONS.iter().skip(found as usize) {
        connection.execute_batch(step).map_err(fail)?;
    }
    connection
        .pragma_update(None, "user_version", VERSION)
        .map_err(fail)?;
    connection.execute_batch("COMMIT").map_err(fail)
}

fn closed(operation: &'static str) -> StoreError {
    StoreError::new(
        StoreErrorKind::Unavailable,
        operation,
        "the store is closed",
    )
}

fn from_sqlite(operation: &'static str, error: rusqlite::Error) -> StoreError {
    let kind = kind_of(&error);
    StoreError::new(kind, operation, error)
}

fn kind_of(error: &rusqlite::Error) -> StoreErrorKind {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreErrorKind::Full,
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen,
        ) => StoreErrorKind::Unavailable,
        _ => StoreErrorKind::Broken,
    }
}

#[cfg(test)]
mod tests;
