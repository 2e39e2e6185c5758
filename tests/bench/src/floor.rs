//! The least that a run can cost: its row on the disk, its process, and its result on the disk, all in this process. What
//! Berth adds is told against this, with the same stand-in for the CLI, on the same disk.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, ensure};
use berth_runner::claude::input;
use rusqlite::{Connection, params};

/// What the stand-in is told to do: to say this back.
pub(crate) const PROMPT: &str = "Write one page on what is new in our market.";

/// A database of one table, and the stand-in.
#[derive(Debug)]
pub(crate) struct Floor {
    database: Mutex<Connection>,
    program: PathBuf,
    home: PathBuf,
}

impl Floor {
    /// In a fresh `folder`.
    pub(crate) fn new(folder: &Path, program: PathBuf) -> anyhow::Result<Self> {
        std::fs::create_dir(folder)?;
        let connection = Connection::open(folder.join("floor.db"))?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute_batch(
            "CREATE TABLE runs (id TEXT PRIMARY KEY, prompt TEXT NOT NULL, result TEXT) STRICT",
        )?;
        Ok(Self {
            database: Mutex::new(connection),
            program,
            home: folder.to_owned(),
        })
    }

    /// Stores a run's row and starts its process, which tells `started` when it has begun.
    pub(crate) fn start(&self, started: &Path) -> anyhow::Result<Process> {
        let id = uuid::Uuid::from_u128(u128::from(crate::clock::now())).to_string();
        self.commit("INSERT INTO runs (id, prompt) VALUES (?1, ?2)", &id, PROMPT)?;
        // Without a hook or another user's id this is a posix_spawn.
        let child = Command::new(&self.program)
            .args(["-p", "--input-format", "stream-json"])
            .args(["--output-format", "stream-json", "--verbose"])
            .args(["--session-id", &id])
            .env_clear()
            .env("HOME", &self.home)
            .env("FAKE_CLI_STARTED", started)
            .current_dir(&self.home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        Ok(Process { id, child })
    }

    /// Gives the process its message, waits for its end and stores what it answered.
    pub(crate) fn finish(&self, mut process: Process) -> anyhow::Result<()> {
        let mut stdin = process.child.stdin.take().context("no standard input")?;
        stdin.write_all(input::user_message(PROMPT).as_bytes())?;
        drop(stdin);
        let stdout = process.child.stdout.take().context("no standard output")?;
        let mut result = String::new();
        for line in BufReader::new(stdout).lines() {
            result = line?;
        }
        ensure!(process.child.wait()?.success(), "the stand-in failed");
        self.commit(
            "UPDATE runs SET result = ?2 WHERE id = ?1",
            &process.id,
            &result,
        )
    }

    fn commit(&self, statement: &str, id: &str, text: &str) -> anyhow::Result<()> {
        let database = self.database.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = database
            .prepare_cached(statement)?
            .execute(params![id, text])?;
        ensure!(changed == 1, "no row was written");
        Ok(())
    }
}

/// A run of the floor.
#[derive(Debug)]
pub(crate) struct Process {
    id: String,
    child: Child,
}
