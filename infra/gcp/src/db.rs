//! Firestore, as the ports see it: documents are read by id or by query, and written together or not at all.

mod index;
pub(crate) mod query;
mod rpc;
#[cfg(test)]
mod tests;
pub(crate) mod work;

use std::any::Any;
use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use berth_domain::ports::{StoreError, StoreErrorKind};
use firestore::gcloud_sdk::tonic::{Code, Status};
use firestore::{FirestoreDb, FirestoreDocument};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::events::Changes;

/// The documents of one kind lie in one collection.
pub(crate) trait Record: Serialize + DeserializeOwned + Send + Sync {
    /// Its name, or that of a collection within a document.
    const COLLECTION: &'static str;
    /// Whether a long text of it may go on in other documents.
    const HAS_PARTS: bool = false;
}

/// Where a document of this kind lies, below the database's root.
pub(crate) struct Path<T> {
    relative: String,
    kind: PhantomData<fn() -> T>,
}

impl<T> fmt::Debug for Path<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.relative)
    }
}

impl<T: Record> Path<T> {
    /// A document of a collection at the root.
    pub(crate) fn new(id: &str) -> Self {
        Self {
            relative: format!("{}/{id}", T::COLLECTION),
            kind: PhantomData,
        }
    }

    /// A document of a collection within another document.
    pub(crate) fn within<P>(parent: &Path<P>, id: &str) -> Self {
        Self {
            relative: format!("{}/{}/{id}", parent.relative, T::COLLECTION),
            kind: PhantomData,
        }
    }

    /// Its place below the root.
    pub(crate) fn relative(&self) -> &str {
        &self.relative
    }
}

/// Why a step did not happen.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// Somebody else was faster: the same step, on what is there now, may work.
    #[error("changed in between")]
    Conflict,
    /// Not reachable or busy.
    #[error("Firestore does not answer")]
    Unavailable(#[source] Status),
    /// What is stored cannot be read, or the request was wrong.
    #[error("Firestore refuses")]
    Broken(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Result of a step.
pub(crate) type Done<T> = Result<T, Trouble>;

impl Trouble {
    /// What is stored, or is to be stored, is not what it should be.
    pub(crate) fn broken(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Broken(error.into())
    }

    /// What the answer to a read means.
    fn of_read(status: Status) -> Self {
        if is_wrong(status.code()) {
            return Self::broken(status);
        }
        Self::Unavailable(status)
    }

    /// The same, for whoever called the port.
    pub(crate) fn at(self, operation: &'static str) -> StoreError {
        let kind = match &self {
            Self::Conflict | Self::Unavailable(_) => StoreErrorKind::Unavailable,
            Self::Broken(_) => StoreErrorKind::Broken,
        };
        StoreError::new(kind, operation, self)
    }
}

/// Whether the same request will never work.
fn is_wrong(code: Code) -> bool {
    matches!(
        code,
        Code::InvalidArgument
            | Code::FailedPrecondition
            | Code::PermissionDenied
            | Code::Unauthenticated
            | Code::NotFound
            | Code::OutOfRange
            | Code::Unimplemented
    )
}

/// What Google charges for.
#[derive(Debug, Default)]
struct Spent {
    reads: AtomicU64,
    writes: AtomicU64,
}

impl Spent {
    /// A question that was answered with so many documents; one without an answer is charged too.
    fn read(&self, documents: usize) {
        let documents = documents.max(1) as u64;
        self.reads.fetch_add(documents, Ordering::Relaxed);
        metrics::counter!("firestore_reads_total").increment(documents);
    }

    /// A commit with one document in each of these collections.
    fn wrote(&self, collections: &[String]) {
        let documents = collections.len() as u64;
        self.writes.fetch_add(documents, Ordering::Relaxed);
        for collection in collections {
            metrics::counter!("firestore_writes_total", "collection" => collection.clone())
                .increment(1);
        }
    }
}

/// Documents read and written, as Google charges for them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Operations {
    /// Documents read, and questions that found none.
    pub reads: u64,
    /// Documents written or deleted.
    pub writes: u64,
}

/// A database. Cheap to clone; clones share the connection.
#[derive(Clone)]
pub(crate) struct Db(Arc<Inner>);

struct Inner {
    firestore: FirestoreDb,
    changes: Changes,
    spent: Spent,
    /// Writes whose answer never came, by what was to be written; see [`work`].
    uncertain: Mutex<HashMap<u64, Box<dyn Any + Send>>>,
    #[cfg(test)]
    network: Mutex<tests::Network>,
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Db")
            .field("database", self.0.firestore.get_database_path())
            .finish_non_exhaustive()
    }
}

impl Db {
    pub(crate) fn new(firestore: FirestoreDb, changes: Changes) -> Self {
        Self(Arc::new(Inner {
            firestore,
            changes,
            spent: Spent::default(),
            uncertain: Mutex::default(),
            #[cfg(test)]
            network: Mutex::default(),
        }))
    }

    /// What was read and written so far.
    pub(crate) fn operations(&self) -> Operations {
        Operations {
            reads: self.0.spent.reads.load(Ordering::Relaxed),
            writes: self.0.spent.writes.load(Ordering::Relaxed),
        }
    }

    /// A document's full name.
    pub(crate) fn name(&self, relative: &str) -> String {
        format!("{}/{relative}", self.0.firestore.get_documents_path())
    }

    /// One document, outside any change.
    pub(crate) async fn get<T: Record>(&self, path: &Path<T>) -> Done<Option<T>> {
        Ok(self
            .get_all(std::slice::from_ref(path))
            .await?
            .pop()
            .flatten())
    }

    /// Several documents, in the order asked for.
    pub(crate) async fn get_all<T: Record>(&self, paths: &[Path<T>]) -> Done<Vec<Option<T>>> {
        let names: Vec<String> = paths
            .iter()
            .map(|path| self.name(path.relative()))
            .collect();
        let found = self.documents(&names, None).await?;
        names
            .iter()
            .map(|name| found.get(name).map(record).transpose())
            .collect()
    }
}

/// The record in a document.
pub(crate) fn record<T: Record>(document: &FirestoreDocument) -> Done<T> {
    FirestoreDb::deserialize_doc_to(document).map_err(Trouble::broken)
}
