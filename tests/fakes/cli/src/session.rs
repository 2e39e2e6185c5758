//! Sessions on disk, where the real CLI keeps them: `projects/<cwd>/<id>.jsonl` below its configuration folder.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::totals::Totals;

/// A conversation: what was said, and what it has cost.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: String,
    /// The user's texts so far.
    pub(crate) texts: Vec<String>,
    pub(crate) totals: Totals,
    file: File,
}

impl Session {
    /// Begins a session.
    ///
    /// # Errors
    /// When the id is taken or the folder cannot be written.
    pub(crate) fn create(config: &Path, cwd: &Path, id: &str) -> Result<Self> {
        if find(config, id).is_some() {
            bail!("Error: Session ID {id} is already in use.");
        }
        let folder = config.join("projects").join(folder_name(cwd));
        fs::create_dir_all(&folder)?;
        let file = open(&folder.join(format!("{id}.jsonl")))?;
        Ok(Self {
            id: id.to_owned(),
            texts: Vec::new(),
            totals: Totals::default(),
            file,
        })
    }

    /// Goes on with a session, from whatever folder. `None` when there is none with this id.
    ///
    /// # Errors
    /// When it cannot be read, or another process has it.
    pub(crate) fn resume(config: &Path, id: &str) -> Result<Option<Self>> {
        let Some(path) = find(config, id) else {
            return Ok(None);
        };
        let file = open(&path)?;
        let mut session = Self {
            id: id.to_owned(),
            texts: Vec::new(),
            totals: Totals::default(),
            file,
        };
        for line in fs::read_to_string(&path)?.lines() {
            // A line cut off by SIGKILL is skipped, as the real CLI does.
            let Ok(entry) = serde_json::from_str::<Value>(line) else {
                continue;
            };
            match entry["type"].as_str() {
                Some("user") => session
                    .texts
                    .extend(entry["message"]["content"].as_str().map(str::to_owned)),
                Some("totals") => session.totals = Totals::from_json(&entry),
                _ => {}
            }
        }
        Ok(Some(session))
    }

    /// Keeps what the user said.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn add_text(&mut self, text: &str) -> Result<()> {
        self.texts.push(text.to_owned());
        self.append(&json!({ "type": "user", "message": { "role": "user", "content": text }, "sessionId": self.id }))
    }

    /// Keeps what was answered, and the new totals.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn add_answer(&mut self, text: &str) -> Result<()> {
        let content = json!([{ "type": "text", "text": text }]);
        let message = json!({ "role": "assistant", "content": content });
        self.append(&json!({ "type": "assistant", "message": message, "sessionId": self.id }))?;
        self.append(&self.totals.to_json())
    }

    fn append(&mut self, entry: &Value) -> Result<()> {
        self.file
            .write_all(format!("{entry}\n").as_bytes())
            .context("cannot write the session")
    }
}

/// Opens a session's file for this process alone. The real CLI does not notice a second process and loses messages;
/// the stand-in makes a test fail instead. The lock goes with the process, also on SIGKILL.
fn open(path: &Path) -> Result<File> {
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!("two processes on one session: {}", path.display()),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

fn find(config: &Path, id: &str) -> Option<PathBuf> {
    let folders = fs::read_dir(config.join("projects")).ok()?;
    let mut files = folders
        .flatten()
        .map(|folder| folder.path().join(format!("{id}.jsonl")));
    files.find(|file| file.exists())
}

fn folder_name(cwd: &Path) -> String {
    let name = cwd.to_string_lossy();
    name.chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect()
}
