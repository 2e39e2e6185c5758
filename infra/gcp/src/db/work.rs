//! Changes. A step reads documents, decides, and says what they shall be; then all of it is written in one commit, on the condition
//! that none of the documents it writes has changed since it was read. Where one has, the step is taken again on what is there now.
//!
//! That is compare-and-set on Firestore's update times, over as many documents as a step needs, without locks. What a step has only
//! read is not protected: decisions must rest on documents that are written as well.
//!
//! **Lost answers.** A commit whose answer does not arrive may have happened. Each attempt therefore writes a tag of its own into
//! every document; before the step is taken again, its documents are read, and where one has the tag, the attempt has happened and
//! its answer stands. An attempt that nobody could ask about, because the store stays away, is kept under a key of the caller's: the
//! caller's next try for the same begins with the question.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use berth_domain::ids::ConversationId;
use berth_domain::ports::StoreResult;
use firestore::gcloud_sdk::google::firestore::v1::{
    Precondition, Value, Write, precondition::ConditionType, value::ValueType, write::Operation,
};
use firestore::gcloud_sdk::prost_types::Timestamp;
use firestore::gcloud_sdk::tonic::{Code, Status};
use firestore::{FirestoreDb, FirestoreDocument};
use tokio::time::Instant;

use super::{Db, Done, Path, Record, Trouble, is_wrong, record};

/// How long a step is taken again because others were faster.
const PATIENCE: Duration = Duration::from_secs(20);
/// Attempts whose answer was lost, before the caller is told.
const LOST: usize = 3;
/// Waits after a conflict: between this and its double, which grows to [`LONGEST`].
const SHORTEST: Duration = Duration::from_millis(4);
const LONGEST: Duration = Duration::from_millis(120);
/// Field of every document: the attempt that wrote it last.
const TAG: &str = "tag";
/// Keys of uncertain attempts that are kept.
const UNCERTAIN: usize = 4096;

/// What a document was when it was read.
enum Base {
    /// Not read: it is new, and its id makes sure of that.
    New,
    /// Not read, and it does not matter.
    Any,
    /// Read, and not there.
    Absent,
    /// Read, as of then.
    At(Timestamp),
}

struct Seen {
    base: Base,
    document: Option<FirestoreDocument>,
    changed: bool,
}

#[derive(Default)]
struct State {
    seen: BTreeMap<String, Seen>,
    grew: Vec<ConversationId>,
}

/// What one step has read and wants to write. Clones share it.
#[derive(Clone)]
pub(crate) struct Work {
    db: Db,
    state: Arc<Mutex<State>>,
}

/// An attempt whose answer was lost.
struct Attempt<T> {
    tag: String,
    names: Vec<String>,
    answer: T,
    grew: Vec<ConversationId>,
}

impl Work {
    fn new(db: &Db) -> Self {
        Self {
            db: db.clone(),
            state: Arc::default(),
        }
    }

    /// The database, for queries within a step.
    pub(crate) fn db(&self) -> &Db {
        &self.db
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads documents together that will be asked for one by one.
    pub(crate) async fn load<'a>(&self, relative: impl IntoIterator<Item = &'a str>) -> Done<()> {
        let mut names: Vec<String> = relative
            .into_iter()
            .map(|relative| self.db.name(relative))
            .collect();
        names.retain(|name| !self.state().seen.contains_key(name));
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            return Ok(());
        }
        let mut found = self.db.documents(&names, None).await?;
        let mut state = self.state();
        for name in names {
            let document = found.remove(&name);
            let base = match document.as_ref().map(|document| document.update_time) {
                None => Base::Absent,
                Some(Some(at)) => Base::At(at),
                Some(None) => return Err(Trouble::broken("a document without update time")),
            };
            let seen = Seen {
                base,
                document,
                changed: false,
            };
            state.seen.insert(name, seen);
        }
        Ok(())
    }

    /// A document, as this step left it.
    pub(crate) async fn get<T: Record>(&self, path: &Path<T>) -> Done<Option<T>> {
        self.load([path.relative()]).await?;
        let name = self.db.name(path.relative());
        let state = self.state();
        let seen = state.seen.get(&name);
        seen.and_then(|seen| seen.document.as_ref())
            .map(record)
            .transpose()
    }

    fn write<T: Record>(&self, path: &Path<T>, record: Option<&T>, unread: Base) -> Done<()> {
        let name = self.db.name(path.relative());
        let document = record
            .map(|record| FirestoreDb::serialize_to_doc(&name, record))
            .transpose()
            .map_err(Trouble::broken)?;
        let mut state = self.state();
        let seen = state.seen.entry(name).or_insert(Seen {
            base: unread,
            document: None,
            changed: false,
        });
        seen.document = document;
        seen.changed = true;
        Ok(())
    }

    /// Stores a document in place of the one that was read; one that was not read must be new.
    pub(crate) fn put<T: Record>(&self, path: &Path<T>, record: &T) -> Done<()> {
        self.write(path, Some(record), Base::New)
    }

    /// Stores a document whatever was there.
    pub(crate) fn set<T: Record>(&self, path: &Path<T>, record: &T) -> Done<()> {
        self.write(path, Some(record), Base::Any)
    }

    /// Removes a document; one that was not read may have gone.
    pub(crate) fn delete<T: Record>(&self, path: &Path<T>) -> Done<()> {
        self.write(path, None, Base::Any)
    }

    /// The documents of a collection at the root that this step writes: its queries do not find them as it left them.
    pub(crate) fn written<T: Record>(&self) -> Done<Vec<T>> {
        let collection = format!("{}/", self.db.name(T::COLLECTION));
        let state = self.state();
        state
            .seen
            .iter()
            .filter(|(name, seen)| {
                let id = name.strip_prefix(&collection);
                seen.changed && id.is_some_and(|id| !id.contains('/'))
            })
            .filter_map(|(_, seen)| seen.document.as_ref())
            .map(record)
            .collect()
    }

    /// Whoever follows the conversation hears of it after the commit.
    pub(crate) fn grew(&self, conversation: ConversationId) {
        self.state().grew.push(conversation);
    }

    /// The writes, with the names of the documents that carry the tag.
    fn writes(&self, tag: &str) -> (Vec<Write>, Vec<String>) {
        let mut state = self.state();
        let (mut writes, mut tagged) = (Vec::new(), Vec::new());
        for (name, seen) in &mut state.seen {
            if !seen.changed {
                continue;
            }
            let condition = match (&seen.base, &seen.document) {
                (Base::Absent, None) => continue,
                (Base::Any, _) => None,
                (Base::New | Base::Absent, _) => Some(ConditionType::Exists(false)),
                (Base::At(at), _) => Some(ConditionType::UpdateTime(*at)),
            };
            let operation = match seen.document.take() {
                None => Operation::Delete(name.clone()),
                Some(mut document) => {
                    tagged.push(name.clone());
                    let value = ValueType::StringValue(tag.to_owned());
                    let value = Value {
                        value_type: Some(value),
                    };
                    document.fields.insert(TAG.to_owned(), value);
                    document.update_time = None;
                    document.create_time = None;
                    Operation::Update(document)
                }
            };
            writes.push(Write {
                current_document: condition.map(|condition| Precondition {
                    condition_type: Some(condition),
                }),
                operation: Some(operation),
                ..Write::default()
            });
        }
        (writes, tagged)
    }
}

/// What the answer to a commit means.
enum Committed {
    Yes,
    /// Certainly not, and the same step may work.
    Conflict(Status),
    /// Perhaps.
    Unknown(Status),
    /// Certainly not, and it never will.
    Never(Status),
}

fn committed(answer: Result<(), Status>) -> Committed {
    match answer {
        Ok(()) => Committed::Yes,
        Err(status) => match status.code() {
            Code::FailedPrecondition | Code::AlreadyExists | Code::NotFound | Code::Aborted => {
                Committed::Conflict(status)
            }
            code if is_wrong(code) => Committed::Never(status),
            _ => Committed::Unknown(status),
        },
    }
}

impl Db {
    /// Takes a step until it is written. A step without writes only reads.
    pub(crate) async fn change<T, F>(
        &self,
        operation: &'static str,
        step: impl Fn(Work) -> F,
    ) -> StoreResult<T>
    where
        F: Future<Output = Done<T>>,
        T: Clone + Send + 'static,
    {
        let mut lost = Vec::new();
        self.attempt(&mut lost, step)
            .await
            .map_err(|trouble| trouble.at(operation))
    }

    /// The same, for a step that must not happen a second time when the caller tries again after an error. `key` tells what is to
    /// happen: the same key, the same step.
    pub(crate) async fn change_once<T, F>(
        &self,
        operation: &'static str,
        key: u64,
        step: impl Fn(Work) -> F,
    ) -> StoreResult<T>
    where
        F: Future<Output = Done<T>>,
        T: Clone + Send + 'static,
    {
        let mut lost = self.uncertain(key);
        let answer = self.attempt(&mut lost, step).await;
        if answer.is_err() && !lost.is_empty() {
            self.keep_uncertain(key, lost);
        }
        answer.map_err(|trouble| trouble.at(operation))
    }

    fn uncertain<T: Send + 'static>(&self, key: u64) -> Vec<Attempt<T>> {
        let mut kept = self
            .0
            .uncertain
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let kept = kept.remove(&key).and_then(|lost| lost.downcast().ok());
        kept.map(|lost| *lost).unwrap_or_default()
    }

    fn keep_uncertain<T: Send + 'static>(&self, key: u64, lost: Vec<Attempt<T>>) {
        let mut kept = self
            .0
            .uncertain
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= UNCERTAIN {
            // Those whose callers never came again.
            kept.clear();
        }
        kept.insert(key, Box::new(lost));
    }

    async fn attempt<T, F>(&self, lost: &mut Vec<Attempt<T>>, step: impl Fn(Work) -> F) -> Done<T>
    where
        F: Future<Output = Done<T>>,
        T: Clone,
    {
        let deadline = Instant::now() + PATIENCE;
        let (mut wait, known) = (SHORTEST, lost.len());
        loop {
            if let Some(answer) = self.landed(lost).await? {
                return Ok(answer);
            }
            let work = Work::new(self);
            let trouble = match step(work.clone()).await {
                Err(Trouble::Conflict) => Trouble::Conflict,
                Err(trouble) => return Err(trouble),
                Ok(answer) => match self.write(&work, answer, lost).await? {
                    Ok(answer) => return Ok(answer),
                    Err(trouble) => trouble,
                },
            };
            let given_up = match &trouble {
                Trouble::Unavailable(_) => lost.len() >= known + LOST,
                _ => Instant::now() > deadline,
            };
            if given_up {
                return Err(trouble);
            }
            tokio::time::sleep(jittered(wait)).await;
            wait = (wait * 2).min(LONGEST);
        }
    }

    /// Commits what a step wants; the inner error is worth another try.
    async fn write<T: Clone>(
        &self,
        work: &Work,
        answer: T,
        lost: &mut Vec<Attempt<T>>,
    ) -> Done<Result<T, Trouble>> {
        let tag = tag()?;
        let (writes, names) = work.writes(&tag);
        if writes.is_empty() {
            return Ok(Ok(answer));
        }
        let grew = std::mem::take(&mut work.state().grew);
        match committed(self.commit(writes).await) {
            Committed::Yes => {
                self.notify(&grew);
                Ok(Ok(answer))
            }
            Committed::Conflict(status) => {
                tracing::trace!(%status, "changed in between");
                Ok(Err(Trouble::Conflict))
            }
            Committed::Never(status) => Err(Trouble::broken(status)),
            Committed::Unknown(status) => {
                lost.push(Attempt {
                    tag,
                    names,
                    answer,
                    grew,
                });
                Ok(Err(Trouble::Unavailable(status)))
            }
        }
    }

    fn notify(&self, grew: &[ConversationId]) {
        for conversation in grew {
            self.0.changes.notify(*conversation);
        }
    }

    /// The answer of an attempt that has happened after all. Asked anew each time: one that has not may still be on its way, and
    /// then meets the conditions of its commit.
    async fn landed<T: Clone>(&self, lost: &[Attempt<T>]) -> Done<Option<T>> {
        for attempt in lost {
            let found = self.documents(&attempt.names, Some(&[TAG])).await?;
            let tag = Some(ValueType::StringValue(attempt.tag.clone()));
            let ours = |document: &FirestoreDocument| {
                document.fields.get(TAG).map(|value| &value.value_type) == Some(&tag)
            };
            if found.values().any(ours) {
                self.notify(&attempt.grew);
                return Ok(Some(attempt.answer.clone()));
            }
        }
        Ok(None)
    }
}

fn random() -> Done<u64> {
    getrandom::u64().map_err(Trouble::broken)
}

fn tag() -> Done<String> {
    Ok(format!("{:016x}", random()?))
}

/// Between once and twice as long, so that those who met do not meet again.
fn jittered(wait: Duration) -> Duration {
    let part = random().map_or(0, |random| u32::try_from(random % 1000).unwrap_or(0));
    wait + wait * part / 1000
}
