//! Calls under way, written down until the ledger has them. A gateway that is killed forgets what it had reserved; the next one finds
//! here what may have been spent, and charges it.

use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use berth_domain::usage::{Price, Tokens, UsageEntry};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How fast a model writes, rounded up: what a cut answer is charged for each second it ran.
const TOKENS_PER_SECOND: u64 = 60;

/// What the model may have written since `began`, in tokens.
pub(crate) fn may_have_written(began: Timestamp, now: Timestamp, at_most: u64) -> u64 {
    u64::try_from(now.duration_since(began).as_secs())
        .unwrap_or(0)
        .saturating_mul(TOKENS_PER_SECOND)
        .min(at_most)
}

/// A call that is about to be sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Note {
    /// Without what it cost.
    pub(crate) entry: UsageEntry,
    pub(crate) prompt_tokens: u64,
    pub(crate) max_tokens: u64,
    pub(crate) hour_cache: bool,
    pub(crate) surcharge_percent: u64,
}

impl Note {
    /// The most it can have cost until `now`: its connection ended with the gateway, and with that the model's answer.
    fn charged(self, now: Timestamp) -> UsageEntry {
        let mut entry = self.entry;
        let output = may_have_written(entry.at, now, self.max_tokens);
        let price =
            Price::of(&entry.model, self.prompt_tokens).with_surcharge(self.surcharge_percent);
        entry.cost_micro_usd = price.worst_case(self.prompt_tokens, output, self.hour_cache);
        entry.tokens = Tokens {
            cache_write: self.prompt_tokens,
            output,
            ..Tokens::default()
        };
        entry
    }
}

/// A file a call.
#[derive(Debug)]
pub(super) struct Notes(PathBuf);

impl Notes {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// Writes a call down, unless it has `ended` by then: whoever waits for this may leave meanwhile.
    pub(super) async fn write(&self, note: &Note, ended: Arc<AtomicBool>) -> io::Result<()> {
        let (folder, path) = (self.0.clone(), self.path(note.entry.id));
        let text = serde_json::to_vec(note)?;
        blocking(move || {
            if !folder.is_dir() {
                let mut private = std::fs::DirBuilder::new();
                private.recursive(true).mode(0o700).create(&folder)?;
            }
            std::fs::write(&path, text)?;
            if ended.load(Ordering::SeqCst) {
                forget(&path);
            }
            Ok(())
        })
        .await
    }

    pub(super) async fn remove(&self, id: Uuid) {
        let path = self.path(id);
        let removed = blocking(move || {
            forget(&path);
            Ok(())
        });
        drop(removed.await);
    }

    /// What another gateway has left, with what it is charged at `now`. A note that was not finished is of a call that was not sent.
    pub(super) async fn left(&self, now: Timestamp) -> io::Result<Vec<UsageEntry>> {
        let folder = self.0.clone();
        blocking(move || {
            let mut found = Vec::new();
            if !folder.is_dir() {
                return Ok(found);
            }
            for file in std::fs::read_dir(&folder)? {
                let path = file?.path();
                match serde_json::from_slice::<Note>(&std::fs::read(&path)?) {
                    Ok(note) => found.push(note.charged(now)),
                    Err(_) => forget(&path),
                }
            }
            Ok(found)
        })
        .await
    }

    fn path(&self, id: Uuid) -> PathBuf {
        self.0.join(format!("{id}.json"))
    }
}

/// One that stays would be charged at the next start, unless the ledger has its id.
fn forget(path: &Path) {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(%error, path = %path.display(), "the note on a model call stays");
        }
        _ => {}
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use berth_domain::ids::{RunId, UserId};
    use berth_domain::usage::MicroUsd;

    use super::*;

    fn note() -> Note {
        Note {
            entry: UsageEntry {
                id: Uuid::from_u128(1),
                run_id: RunId(Uuid::from_u128(2)),
                user_id: UserId(Uuid::from_u128(3)),
                agent_id: None,
                conversation_id: None,
                model: "claude-opus-5-5".to_owned(),
                tokens: Tokens::default(),
                cost_micro_usd: MicroUsd::ZERO,
                at: Timestamp::UNIX_EPOCH,
            },
            prompt_tokens: 1_000,
            max_tokens: 500,
            hour_cache: false,
            surcharge_percent: 0,
        }
    }

    fn after(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[tokio::test]
    async fn what_is_left_is_charged_for_as_long_as_it_may_have_run() {
        let folder = tempfile::tempdir().unwrap();
        let notes = Notes::new(folder.path().join("calls"));
        assert_eq!(notes.left(after(0)).await.unwrap(), []);
        notes.write(&note(), Arc::default()).await.unwrap();
        let next = Notes::new(folder.path().join("calls"));
        let mut costs = Vec::new();
        for (seconds, output) in [(0, 0), (2, 120), (3_600, 500)] {
            let left = next.left(after(seconds)).await.unwrap();
            let [entry] = &left[..] else {
                panic!("{left:?}")
            };
            assert_eq!(
                (entry.tokens.cache_write, entry.tokens.output),
                (1_000, output)
            );
            costs.push(entry.cost_micro_usd);
        }
        let price = Price::of("claude-opus-5-5", 1_000);
        assert!(costs.is_sorted(), "{costs:?}");
        assert_eq!(costs[2], price.worst_case(1_000, 500, false));
        next.remove(note().entry.id).await;
        assert_eq!(next.left(after(0)).await.unwrap(), []);
    }

    #[tokio::test]
    async fn a_call_that_ended_meanwhile_and_a_note_that_was_not_finished_cost_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let notes = Notes::new(folder.path().to_owned());
        let ended = Arc::new(AtomicBool::new(true));
        notes.write(&note(), ended).await.unwrap();
        std::fs::write(folder.path().join("half.json"), "{\"entry\":").unwrap();
        assert_eq!(notes.left(after(0)).await.unwrap(), []);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
