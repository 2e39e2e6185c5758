//! The server's database, read and hindered from outside.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rusqlite::Connection;

use crate::DEADLINE;

const MICROS_A_MINUTE: i64 = 60_000_000;

/// A write of the server's that can be refused by itself, as a failing disk never would: everything else is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Write {
    /// A run is taken by a runner.
    Claim,
    /// Which process has a run's message, and how far it has been read.
    Progress,
    /// A run's end.
    End,
}

impl Write {
    /// The column that this write sets and no other.
    fn column(self) -> &'static str {
        match self {
            Self::Claim => "attempt",
            Self::Progress => "progress",
            Self::End => "finished_at",
        }
    }
}

/// Refuses a kind of write for as long as it lives, over restarts.
#[derive(Debug)]
pub struct Refused {
    data: PathBuf,
}

impl Refused {
    pub(crate) fn new(data: &Path, write: Write) -> anyhow::Result<Self> {
        open(data)?.execute_batch(&format!(
            "CREATE TRIGGER refused BEFORE UPDATE OF {} ON executions
             BEGIN SELECT RAISE(ABORT, 'a test refuses this write'); END",
            write.column()
        ))?;
        Ok(Self {
            data: data.to_owned(),
        })
    }
}

impl Drop for Refused {
    fn drop(&mut self) {
        // Where that fails, the test's next assertion does.
        let _ = open(&self.data).map(|db| db.execute_batch("DROP TRIGGER refused"));
    }
}

/// Keeps anybody from writing while it lives: what the server wants to store next waits.
#[derive(Debug)]
pub struct Held {
    /// Its transaction ends with it.
    _connection: Connection,
}

impl Held {
    pub(crate) fn new(data: &Path) -> anyhow::Result<Self> {
        let connection = open(data)?;
        connection.execute_batch("BEGIN IMMEDIATE")?;
        Ok(Self {
            _connection: connection,
        })
    }
}

/// A run as the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRun {
    /// How far it is.
    pub state: String,
    /// How often it was claimed.
    pub attempts: u32,
    /// The process that its message was given to.
    pub process: Option<String>,
}

pub(crate) fn run(data: &Path, id: &str) -> anyhow::Result<StoredRun> {
    let query = "SELECT state, attempt, progress ->> 'process_id' FROM executions WHERE id = ?1";
    let found = open(data)?.query_row(query, [id], |row| {
        Ok(StoredRun {
            state: row.get(0)?,
            attempts: row.get(1)?,
            process: row.get(2)?,
        })
    });
    found.with_context(|| format!("run {id}"))
}

/// Kinds of the stored events of a run, in order.
pub(crate) fn kinds(data: &Path, run: &str) -> anyhow::Result<Vec<String>> {
    let db = open(data)?;
    let mut query =
        db.prepare("SELECT body ->> 'kind' FROM events WHERE run_id = ?1 ORDER BY seq")?;
    let kinds = query.query_map([run], |row| row.get(0))?;
    Ok(kinds.collect::<Result<_, _>>()?)
}

/// Whose each conversation is.
pub(crate) fn owners(data: &Path) -> anyhow::Result<HashMap<String, String>> {
    let db = open(data)?;
    let mut query = db.prepare("SELECT id, user_id FROM conversations")?;
    let owners = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(owners.collect::<Result<_, _>>()?)
}

/// What tells this installation's containers from others'.
pub(crate) fn installation(data: &Path) -> anyhow::Result<String> {
    let query = "SELECT value FROM settings WHERE name = 'installation'";
    Ok(open(data)?.query_row(query, [], |row| row.get(0))?)
}

/// Sets the schedules of a stopped server back, as if it had been off for so many minutes: it finds what was due when it starts.
pub fn oversleep(data: &Path, minutes: u32) -> anyhow::Result<()> {
    let back = i64::from(minutes) * MICROS_A_MINUTE;
    open(data)?.execute(
        "UPDATE schedules SET cursor = cursor - ?1, next_due_at = next_due_at - ?1 WHERE next_due_at IS NOT NULL",
        [back],
    )?;
    Ok(())
}

fn open(data: &Path) -> anyhow::Result<Connection> {
    let connection = Connection::open(data.join("berth.db"))?;
    connection.busy_timeout(DEADLINE)?;
    Ok(connection)
}
