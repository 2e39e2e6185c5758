//! Stand-ins for what is not the store.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use async_trait::async_trait;
use axum::body::Bytes;
use berth_api::{Asset, Assets, ModelControl, ModelStatus, Random, Upstream};
use berth_domain::clock::Clock;
use berth_domain::ids::{ScheduleId, UserId};
use berth_domain::ports::alarm::Alarm;
use berth_domain::ports::credentials::Credentials;
use berth_domain::ports::users::Users;
use berth_domain::ports::workspaces::{
    ByteRange, ByteStream, FileContent, FileEntry, Listing, WorkspaceError, WorkspaceErrorKind,
    WorkspaceState, WorkspaceStatus, Workspaces,
};
use berth_domain::ports::{StoreError, StoreErrorKind, StoreResult};
use berth_domain::user::{Credential, CredentialHash, CredentialKind, Onboarding, User};
use futures::stream::{self, BoxStream, StreamExt};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use uuid::{Builder, Uuid};

/// A clock that stands still until it is moved.
#[derive(Debug, Default)]
pub(crate) struct FakeClock {
    seconds: AtomicI64,
    ids: AtomicU64,
}

impl FakeClock {
    pub(crate) fn advance(&self, by: SignedDuration) {
        self.seconds.fetch_add(by.as_secs(), Ordering::SeqCst);
    }
}

impl Clock for FakeClock {
    fn now(&self) -> Timestamp {
        let begin: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
        begin + SignedDuration::from_secs(self.seconds.load(Ordering::SeqCst))
    }

    fn uuid(&self) -> Uuid {
        let mut rest = [0; 10];
        rest[2..].copy_from_slice(&self.ids.fetch_add(1, Ordering::SeqCst).to_be_bytes());
        let millis = u64::try_from(self.now().as_millisecond()).unwrap();
        Builder::from_unix_timestamp_millis(millis, &rest).into_uuid()
    }
}

/// Different bytes each time.
#[derive(Debug, Default)]
pub(crate) struct FakeRandom(AtomicU64);

impl Random for FakeRandom {
    fn bytes(&self) -> [u8; 32] {
        let mut bytes = [7; 32];
        bytes[..8].copy_from_slice(&self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes());
        bytes
    }
}

/// A page and one script.
#[derive(Debug)]
pub(crate) struct FakeAssets;

impl Assets for FakeAssets {
    fn asset(&self, path: &str, accept_encoding: &str) -> Option<Asset> {
        let (text, media_type) = match path {
            "index.html" => ("<!doctype html>", "text/html; charset=utf-8"),
            "assets/app-1.js" => ("app", "text/javascript; charset=utf-8"),
            _ => return None,
        };
        let encoding = accept_encoding.contains("br").then_some("br");
        Some(Asset {
            bytes: Bytes::from_static(text.as_bytes()),
            media_type: media_type.to_owned(),
            etag: format!("{path}-{}", encoding.unwrap_or("plain")),
            encoding,
        })
    }
}

/// Counts how often it was told to look again.
#[derive(Debug, Default)]
pub(crate) struct FakeModel {
    pub(crate) reloads: AtomicU64,
}

#[async_trait]
impl ModelControl for FakeModel {
    async fn reload(&self) {
        self.reloads.fetch_add(1, Ordering::SeqCst);
    }

    fn status(&self) -> ModelStatus {
        ModelStatus {
            upstream: Upstream::None,
            key_set: false,
            model: None,
        }
    }
}

/// Files in memory, versions counted, and a state that tests set.
#[derive(Debug)]
pub(crate) struct FakeWorkspaces {
    files: Mutex<BTreeMap<String, (Bytes, u64)>>,
    version: AtomicU64,
    state: watch::Sender<WorkspaceState>,
}

impl Default for FakeWorkspaces {
    fn default() -> Self {
        Self {
            files: Mutex::default(),
            version: AtomicU64::new(1),
            state: watch::Sender::new(WorkspaceState::Absent),
        }
    }
}

impl FakeWorkspaces {
    pub(crate) fn become_(&self, state: WorkspaceState) {
        self.state.send_replace(state);
    }

    /// Waits until no socket watches the state any more.
    pub(crate) async fn unwatched(&self) {
        self.state.closed().await;
    }

    pub(crate) fn has(&self, path: &str) -> bool {
        self.files.lock().unwrap().contains_key(path)
    }
}

fn error(kind: WorkspaceErrorKind) -> WorkspaceError {
    WorkspaceError {
        kind,
        operation: "fake",
        detail: "internal detail".to_owned(),
    }
}

#[async_trait]
impl Workspaces for FakeWorkspaces {
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
        stream::unfold(receiver, |mut receiver| async {
            receiver.changed().await.ok()?;
            Some(((), receiver))
        })
        .boxed()
    }

    async fn list(&self, _: UserId, path: &str) -> Result<Listing, WorkspaceError> {
        let files = self.files.lock().unwrap();
        if files.contains_key(path) {
            return Err(error(WorkspaceErrorKind::WrongKind));
        }
        let folder = if path.is_empty() {
            String::new()
        } else {
            format!("{path}/")
        };
        let mut entries = BTreeMap::new();
        for (name, (bytes, _)) in files.iter() {
            let Some(rest) = name.strip_prefix(&folder) else {
                continue;
            };
            let (name, is_directory) = match rest.split_once('/') {
                Some((name, _)) => (name, true),
                None => (rest, false),
            };
            let entry = FileEntry {
                name: name.to_owned(),
                is_directory,
                size: if is_directory { 0 } else { bytes.len() as u64 },
                modified_at: Timestamp::UNIX_EPOCH,
            };
            entries.insert((!is_directory, name.to_owned()), entry);
        }
        if entries.is_empty() && !path.is_empty() {
            return Err(error(WorkspaceErrorKind::NotFound));
        }
        Ok(Listing {
            entries: entries.into_values().collect(),
            truncated: false,
        })
    }

    async fn read(
        &self,
        _: UserId,
        path: &str,
        range: Option<ByteRange>,
    ) -> Result<FileContent, WorkspaceError> {
        let files = self.files.lock().unwrap();
        let (bytes, version) = files.get(path).ok_or(error(WorkspaceErrorKind::NotFound))?;
        let size = bytes.len() as u64;
        let (first, last) = range.unwrap_or((0, None));
        let end = last.map_or(size, |last| (last + 1).min(size));
        let part = bytes.slice(usize::try_from(first).unwrap()..usize::try_from(end).unwrap());
        Ok(FileContent {
            size,
            start: first,
            length: part.len() as u64,
            etag: version.to_string(),
            bytes: stream::iter([Ok(part)]).boxed(),
        })
    }

    async fn write(
        &self,
        _: UserId,
        path: &str,
        if_match: Option<&str>,
        mut bytes: ByteStream,
    ) -> Result<String, WorkspaceError> {
        let mut whole = Vec::new();
        while let Some(chunk) = bytes.next().await {
            whole.extend_from_slice(&chunk?);
        }
        let mut files = self.files.lock().unwrap();
        let current = files.get(path).map(|(_, version)| version.to_string());
        if if_match.is_some() && if_match != current.as_deref() {
            return Err(error(WorkspaceErrorKind::Changed));
        }
        let version = self.version.fetch_add(1, Ordering::SeqCst);
        files.insert(path.to_owned(), (whole.into(), version));
        Ok(version.to_string())
    }

    async fn mkdir(&self, _: UserId, _: &str) -> Result<(), WorkspaceError> {
        Ok(())
    }

    async fn rename(&self, _: UserId, from: &str, to: &str) -> Result<(), WorkspaceError> {
        let mut files = self.files.lock().unwrap();
        if files.contains_key(to) {
            return Err(error(WorkspaceErrorKind::Exists));
        }
        let file = files.remove(from);
        files.insert(
            to.to_owned(),
            file.ok_or(error(WorkspaceErrorKind::NotFound))?,
        );
        Ok(())
    }

    async fn remove(&self, _: UserId, path: &str) -> Result<(), WorkspaceError> {
        let removed = self.files.lock().unwrap().remove(path);
        removed.map(drop).ok_or(error(WorkspaceErrorKind::NotFound))
    }
}

/// Counts how often it rang.
#[derive(Debug, Default)]
pub(crate) struct FakeAlarm(AtomicU64);

impl FakeAlarm {
    pub(crate) fn rings(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Alarm for FakeAlarm {
    async fn changed(&self, _schedule: ScheduleId) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A store that is away, and says more about it than a client may hear.
#[derive(Debug)]
pub(crate) struct BrokenStore(pub(crate) StoreErrorKind);

impl BrokenStore {
    fn error<T>(&self) -> StoreResult<T> {
        Err(StoreError::new(
            self.0,
            "credentials.get",
            "internal detail: /var/lib/berth.db is locked",
        ))
    }
}

#[async_trait]
impl Credentials for BrokenStore {
    async fn add_credential(&self, _: &Credential) -> StoreResult<()> {
        self.error()
    }

    async fn credential(&self, _: CredentialHash, _: Timestamp) -> StoreResult<Option<Credential>> {
        self.error()
    }

    async fn credentials_of(
        &self,
        _: UserId,
        _: CredentialKind,
        _: Timestamp,
    ) -> StoreResult<Vec<Credential>> {
        self.error()
    }

    async fn revoke_credentials_of(&self, _: UserId, _: CredentialKind) -> StoreResult<()> {
        self.error()
    }

    async fn revoke_credential(&self, _: CredentialHash) -> StoreResult<bool> {
        self.error()
    }
}

#[async_trait]
impl Users for BrokenStore {
    async fn ensure_user(&self, _: &str, _: UserId, _: Timestamp) -> StoreResult<User> {
        self.error()
    }

    async fn user(&self, _: UserId) -> StoreResult<Option<User>> {
        self.error()
    }

    async fn set_onboarding(&self, _: UserId, _: &Onboarding) -> StoreResult<bool> {
        self.error()
    }
}
