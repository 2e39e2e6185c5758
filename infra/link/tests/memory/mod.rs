//! Workspaces that are a map.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use berth_domain::ids::UserId;
use berth_domain::ports::workspaces::{
    ByteRange, ByteStream, FileContent, FileEntry, Listing, WorkspaceError, WorkspaceErrorKind,
    WorkspaceState, WorkspaceStatus, Workspaces,
};
use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use tokio::sync::watch;

type Key = (UserId, String);

#[derive(Debug)]
pub(crate) struct MemoryWorkspaces {
    files: Mutex<BTreeMap<Key, Bytes>>,
    state: watch::Sender<WorkspaceState>,
    torn: AtomicBool,
}

impl Default for MemoryWorkspaces {
    fn default() -> Self {
        Self {
            files: Mutex::default(),
            state: watch::Sender::new(WorkspaceState::Stopped),
            torn: AtomicBool::new(false),
        }
    }
}

pub(crate) fn error(kind: WorkspaceErrorKind) -> WorkspaceError {
    WorkspaceError {
        kind,
        operation: "memory",
        detail: "of memory".to_owned(),
    }
}

impl MemoryWorkspaces {
    pub(crate) fn has(&self, user: UserId, path: &str) -> bool {
        self.files
            .lock()
            .unwrap()
            .contains_key(&(user, path.to_owned()))
    }

    pub(crate) fn become_(&self, state: WorkspaceState) {
        self.state.send_replace(state);
    }

    /// From now on files break off in the middle.
    pub(crate) fn tear(&self) {
        self.torn.store(true, Ordering::SeqCst);
    }

    fn get(&self, user: UserId, path: &str) -> Result<Bytes, WorkspaceError> {
        let files = self.files.lock().unwrap();
        let found = files.get(&(user, path.to_owned())).cloned();
        found.ok_or(error(WorkspaceErrorKind::NotFound))
    }
}

/// The text is its version.
fn etag(bytes: &Bytes) -> String {
    format!(
        "v-{}",
        bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>()
    )
}

#[async_trait]
impl Workspaces for MemoryWorkspaces {
    async fn status(&self, _: UserId) -> WorkspaceStatus {
        WorkspaceStatus {
            state: *self.state.borrow(),
            memory_bytes: Some(1),
            memory_limit_bytes: Some(2),
            cpu_percent: Some(0.5),
        }
    }

    async fn wake(&self, _: UserId) -> Result<(), WorkspaceError> {
        self.become_(WorkspaceState::Ready);
        Ok(())
    }

    fn status_changes(&self, _: UserId) -> BoxStream<'static, ()> {
        let receiver = self.state.subscribe();
        stream::unfold(receiver, async |mut receiver| {
            receiver.changed().await.ok()?;
            Some(((), receiver))
        })
        .boxed()
    }

    async fn list(&self, user: UserId, _: &str) -> Result<Listing, WorkspaceError> {
        let files = self.files.lock().unwrap();
        let own = files.iter().filter(|((owner, _), _)| *owner == user);
        let entry = |((_, name), bytes): (&Key, &Bytes)| FileEntry {
            name: name.clone(),
            is_directory: false,
            size: bytes.len() as u64,
            modified_at: Timestamp::UNIX_EPOCH,
        };
        Ok(Listing {
            entries: own.map(entry).collect(),
            truncated: false,
        })
    }

    async fn read(
        &self,
        user: UserId,
        path: &str,
        range: Option<ByteRange>,
    ) -> Result<FileContent, WorkspaceError> {
        let whole = self.get(user, path)?;
        let size = whole.len() as u64;
        let (start, last) = range.unwrap_or((0, None));
        let end = last.map_or(size, |last| last + 1);
        let place = |at: u64| usize::try_from(at).unwrap();
        let part = whole.slice(place(start)..place(end));
        let mut chunks = vec![Ok(part.clone())];
        if self.torn.load(Ordering::SeqCst) {
            chunks = vec![
                Ok(part.slice(..2)),
                Err(error(WorkspaceErrorKind::Unavailable)),
            ];
        }
        Ok(FileContent {
            size,
            start,
            length: part.len() as u64,
            etag: etag(&whole),
            bytes: stream::iter(chunks).boxed(),
        })
    }

    async fn write(
        &self,
        user: UserId,
        path: &str,
        if_match: Option<&str>,
        bytes: ByteStream,
    ) -> Result<String, WorkspaceError> {
        let chunks: Vec<Bytes> = bytes.try_collect().await?;
        let current = self.get(user, path).ok().map(|bytes| etag(&bytes));
        if if_match.is_some() && if_match != current.as_deref() {
            return Err(error(WorkspaceErrorKind::Changed));
        }
        let whole = Bytes::from(chunks.concat());
        let version = etag(&whole);
        self.files
            .lock()
            .unwrap()
            .insert((user, path.to_owned()), whole);
        Ok(version)
    }

    async fn mkdir(&self, _: UserId, _: &str) -> Result<(), WorkspaceError> {
        Ok(())
    }

    async fn rename(&self, user: UserId, from: &str, to: &str) -> Result<(), WorkspaceError> {
        let bytes = self.get(user, from)?;
        let mut files = self.files.lock().unwrap();
        files.remove(&(user, from.to_owned()));
        files.insert((user, to.to_owned()), bytes);
        Ok(())
    }

    async fn remove(&self, user: UserId, path: &str) -> Result<(), WorkspaceError> {
        self.get(user, path)?;
        self.files.lock().unwrap().remove(&(user, path.to_owned()));
        Ok(())
    }
}
