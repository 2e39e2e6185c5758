//! The user's files, through the supervisor: path tricks stay inside the container.
//!
//! Nothing is held in memory whole. Calls that change nothing are made a second time when the supervisor turned out to
//! have gone, which also brings it back; others fail, since nobody knows whether they were done.

use std::sync::{Arc, Mutex, PoisonError};

use berth_domain::ids::UserId;
use berth_domain::ports::workspaces::{
    ByteRange, ByteStream, FileContent, FileEntry, Listing, WorkspaceError, WorkspaceErrorKind,
};
use berth_supervisor_protocol::files::{Entry, EntryKind};
use berth_supervisor_protocol::{Client, ClientError, Download, ErrorCode};
use futures::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;

use super::{Berth, Workspaces, error};

impl Workspaces {
    pub(super) async fn list_folder(
        &self,
        user: UserId,
        path: &str,
    ) -> Result<Listing, WorkspaceError> {
        let list = |client: Arc<Client>| async move { client.list(path).await };
        let (listing, _) = self.twice(user, "list folder", list).await?;
        Ok(Listing {
            entries: listing.entries.into_iter().map(entry).collect(),
            truncated: listing.truncated,
        })
    }

    pub(super) async fn read_file(
        &self,
        user: UserId,
        path: &str,
        range: Option<ByteRange>,
    ) -> Result<FileContent, WorkspaceError> {
        let read = |client: Arc<Client>| async move { download(&client, path, range).await };
        let (download, berth) = self.twice(user, "read file", read).await?;
        Ok(FileContent {
            size: download.size,
            start: download.start,
            length: download.length,
            etag: download.etag,
            // The berth goes with the bytes: no workspace is put to sleep in the middle of a download.
            bytes: download
                .body
                .map_err(move |error| cut(&berth, &error))
                .boxed(),
        })
    }

    pub(super) async fn make_folder(&self, user: UserId, path: &str) -> Result<(), WorkspaceError> {
        // Making what is there already is fine, and so is making it twice.
        let make = |client: Arc<Client>| async move { client.mkdir(path).await };
        self.twice(user, "make folder", make).await.map(drop)
    }

    pub(super) async fn write_file(
        &self,
        user: UserId,
        path: &str,
        if_match: Option<&str>,
        bytes: ByteStream,
    ) -> Result<String, WorkspaceError> {
        let berth = self.acquire(user).await?;
        // To the client, a body that fails is a body that fails; ours says why.
        let failed = Arc::new(Mutex::new(None));
        let reason = Arc::clone(&failed);
        let body = bytes.map_err(move |error| {
            let shown = error.to_string();
            *reason.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            shown
        });
        let written = berth.client().upload(path, if_match, body).await;
        let failed = failed.lock().unwrap_or_else(PoisonError::into_inner).take();
        match failed {
            Some(error) => Err(error),
            None => once(&berth, "write file", written).map(|written| written.etag),
        }
    }

    pub(super) async fn rename_file(
        &self,
        user: UserId,
        from: &str,
        to: &str,
    ) -> Result<(), WorkspaceError> {
        let berth = self.acquire(user).await?;
        let renamed = berth.client().rename(from, to).await;
        once(&berth, "rename file", renamed).map(drop)
    }

    pub(super) async fn remove_file(&self, user: UserId, path: &str) -> Result<(), WorkspaceError> {
        let berth = self.acquire(user).await?;
        let deleted = berth.client().delete(path).await;
        once(&berth, "delete file", deleted)
    }

    /// Makes a call that may be repeated, and once more when the supervisor could not be reached.
    async fn twice<T, F>(
        &self,
        user: UserId,
        operation: &'static str,
        call: impl Fn(Arc<Client>) -> F,
    ) -> Result<(T, Berth), WorkspaceError>
    where
        F: Future<Output = Result<T, ClientError>>,
    {
        let berth = self.acquire(user).await?;
        match call(Arc::clone(berth.client())).await {
            Ok(value) => return Ok((value, berth)),
            Err(error) if error.is_unreachable() => berth.lost(),
            Err(error) => return Err(error::client(operation, &error)),
        }
        let berth = self.acquire(user).await?;
        let result = call(Arc::clone(berth.client())).await;
        once(&berth, operation, result).map(|value| (value, berth))
    }
}

/// The result of a call that is not made again.
pub(super) fn once<T>(
    berth: &Berth,
    operation: &'static str,
    result: Result<T, ClientError>,
) -> Result<T, WorkspaceError> {
    result.map_err(|error| {
        if error.is_unreachable() {
            berth.lost();
        }
        error::client(operation, &error)
    })
}

async fn download(
    client: &Client,
    path: &str,
    range: Option<ByteRange>,
) -> Result<Download, ClientError> {
    let header = range.map(|(first, last)| match last {
        Some(last) => format!("bytes={first}-{last}"),
        None => format!("bytes={first}-"),
    });
    match client.download(path, header.as_deref()).await {
        // A range beyond the end, such as any of an empty file: HTTP allows to answer with the whole.
        Err(error) if error.code() == Some(ErrorCode::Range) => client.download(path, None).await,
        result => result,
    }
}

/// The bytes of a download ended early.
fn cut(berth: &Berth, error: &ClientError) -> WorkspaceError {
    if error.is_unreachable() {
        berth.lost();
    }
    WorkspaceError {
        kind: WorkspaceErrorKind::Cut,
        ..error::client("read file", error)
    }
}

fn entry(entry: Entry) -> FileEntry {
    FileEntry {
        name: entry.name,
        is_directory: entry.kind == EntryKind::Directory,
        size: entry.size,
        // What does not fit is a date tens of thousands of years away, which only a prank can be.
        modified_at: i64::try_from(entry.modified_ms)
            .ok()
            .and_then(|ms| Timestamp::from_millisecond(ms).ok())
            .unwrap_or(Timestamp::MAX),
    }
}
