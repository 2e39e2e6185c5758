//! Zips that are written while they are read: what is held in memory does not grow with what is in them.
//!
//! Everything that can be refused is refused before the first byte: names that would be written outside the folder a person unpacks
//! in, and more bytes or files than one download may have. What goes wrong later breaks the transfer off, so that no client
//! takes a part for the whole. Files are stored as they are: most results (tables, pictures, PDF) are compressed already.

use async_zip::base::write::ZipFileWriter;
use async_zip::{Compression, ZipDateTimeBuilder, ZipEntryBuilder};
use axum::body::Body;
use berth_domain::ids::UserId;
use berth_domain::ports::workspaces::{FileContent, WorkspaceErrorKind, Workspaces};
use bytes::Bytes;
use futures::{AsyncWriteExt as _, StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::io;
use std::sync::Arc;
use tokio::io::DuplexStream;
use tokio::sync::oneshot;
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt as _};
use tokio_util::io::ReaderStream;

use crate::app::App;
use crate::problem::{Code, Problem, Result};

/// Most files in one zip.
const MAX_FILES: usize = 10_000;
/// Folders inside folders that are followed.
const MAX_DEPTH: usize = 64;
/// Bytes on their way between the writer and the client.
const BUFFER: usize = 256 * 1024;
/// For the text of a refusal.
const MIB: u64 = 1024 * 1024;

/// One file of a zip.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Its path in the workspace.
    pub(crate) path: String,
    /// Its name in the zip.
    pub(crate) name: String,
    /// Its bytes, as far as is known.
    pub(crate) size: u64,
    /// Its last change, as far as is known.
    pub(crate) modified_at: Timestamp,
}

/// The files in and below the folder at `path`; a file is only itself. With `only`, what has one of these names there, and what is
/// below that.
pub(crate) async fn walk(
    app: &App,
    user: UserId,
    path: &str,
    only: &[String],
) -> Result<Vec<Entry>> {
    let workspaces = &app.deps.workspaces;
    let mut entries = Vec::new();
    let mut folders = vec![(path.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let listing = match workspaces.list(user, &folder).await {
            Ok(listing) => listing,
            Err(error) if depth == 0 && error.kind == WorkspaceErrorKind::WrongKind => {
                return single(app, user, path).await;
            }
            // It was deleted while the others were looked at.
            Err(error) if depth > 0 && is_gone(error.kind) => continue,
            Err(error) => return Err(error.into()),
        };
        if listing.truncated || depth > MAX_DEPTH {
            return Err(too_large(app));
        }
        let wanted = |name: &String| depth > 0 || only.is_empty() || only.contains(name);
        for entry in listing
            .entries
            .into_iter()
            .filter(|entry| wanted(&entry.name))
        {
            let below = match folder.as_str() {
                "" => entry.name,
                folder => format!("{folder}/{}", entry.name),
            };
            if entry.is_directory {
                folders.push((below, depth + 1));
                continue;
            }
            let name = below.strip_prefix(path).unwrap_or(&below);
            let name = name.trim_start_matches('/').to_owned();
            entries.push(Entry {
                name,
                path: below,
                size: entry.size,
                modified_at: entry.modified_at,
            });
        }
        if entries.len() > MAX_FILES || folders.len() > MAX_FILES {
            return Err(too_large(app));
        }
    }
    entries.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(entries)
}

async fn single(app: &App, user: UserId, path: &str) -> Result<Vec<Entry>> {
    let content = app.deps.workspaces.read(user, path, None).await?;
    Ok(vec![Entry {
        name: path.rsplit('/').next().unwrap_or(path).to_owned(),
        path: path.to_owned(),
        size: content.size,
        modified_at: app.deps.clock.now(),
    }])
}

fn too_large(app: &App) -> Problem {
    Problem::with(Code::ZipTooLarge, app.config.limits.zip_bytes / MIB)
}

/// A zip of these files as a response's body. Files that have gone are left out.
pub(crate) async fn stream(app: &App, user: UserId, entries: Vec<Entry>) -> Result<Body> {
    let limit = app.config.limits.zip_bytes;
    let total = entries
        .iter()
        .fold(0_u64, |sum, entry| sum.saturating_add(entry.size));
    if total > limit || entries.len() > MAX_FILES {
        return Err(too_large(app));
    }
    if !entries.iter().all(|entry| is_safe(&entry.name)) {
        return Err(Code::ZipName.into());
    }
    // A workspace that does not start is a problem document, not a broken transfer.
    app.deps.workspaces.wake(user).await?;
    let (writer, reader) = tokio::io::duplex(BUFFER);
    let (told, outcome) = oneshot::channel();
    let source = Source {
        workspaces: app.deps.workspaces.clone(),
        user,
        left: limit,
    };
    tokio::spawn(async move {
        let result = source.write_all(entries, writer).await;
        if let Err(error) = &result {
            tracing::info!(%error, "a zip was broken off");
        }
        // Nobody is left to tell when the client has gone, which is also what broke it off.
        let _client_gone = told.send(result);
    });
    // The pipe ends in the same way whether the zip is whole or not; only this tells which.
    let verdict = stream::once(async move {
        let broken = || io::Error::from(io::ErrorKind::UnexpectedEof);
        outcome.await.map_err(|_| broken())?.map(|()| Bytes::new())
    });
    Ok(Body::from_stream(ReaderStream::new(reader).chain(verdict)))
}

/// Whether unpacking a file of this name can only write inside the folder that is unpacked in, on every system.
fn is_safe(name: &str) -> bool {
    u16::try_from(name.len()).is_ok()
        && !name.contains(['\\', ':'])
        && !name.chars().any(char::is_control)
        && name.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// Whether a file is not there any more, or is something that cannot be read (a socket, a link that leads outside).
const fn is_gone(kind: WorkspaceErrorKind) -> bool {
    matches!(
        kind,
        WorkspaceErrorKind::NotFound | WorkspaceErrorKind::WrongKind | WorkspaceErrorKind::Path
    )
}

type Writer = ZipFileWriter<Compat<DuplexStream>>;

/// Where the files come from.
struct Source {
    workspaces: Arc<dyn Workspaces>,
    user: UserId,
    /// Bytes that may still follow: files can grow after they were listed.
    left: u64,
}

impl Source {
    async fn write_all(mut self, entries: Vec<Entry>, writer: DuplexStream) -> io::Result<()> {
        // Below its limits the plain format will do, which everything can unpack.
        let mut zip = ZipFileWriter::new(writer.compat_write()).force_no_zip64();
        for entry in entries {
            match self.workspaces.read(self.user, &entry.path, None).await {
                Ok(content) => self.write(&mut zip, &entry, content).await?,
                Err(error) if is_gone(error.kind) => {}
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        let mut pipe = zip.close().await.map_err(io::Error::other)?;
        pipe.close().await
    }

    async fn write(
        &mut self,
        zip: &mut Writer,
        entry: &Entry,
        mut content: FileContent,
    ) -> io::Result<()> {
        let header = ZipEntryBuilder::new(entry.name.clone().into(), Compression::Stored)
            .unix_permissions(0o644)
            .last_modification_date(date(entry.modified_at));
        let mut file = zip
            .write_entry_stream(header)
            .await
            .map_err(io::Error::other)?;
        while let Some(bytes) = content.bytes.try_next().await.map_err(io::Error::other)? {
            let size = bytes.len() as u64;
            self.left = self
                .left
                .checked_sub(size)
                .ok_or_else(|| io::Error::other("the files have grown beyond the limit"))?;
            file.write_all(&bytes).await?;
        }
        file.close().await.map_err(io::Error::other)
    }
}

/// The zip's form of an instant, in UTC: it begins in 1980.
fn date(at: Timestamp) -> async_zip::ZipDateTime {
    let at = at.to_zoned(TimeZone::UTC);
    let part = |value: i8| u32::try_from(value).unwrap_or(0);
    ZipDateTimeBuilder::new()
        .year(i32::from(at.year().clamp(1980, 2107)))
        .month(part(at.month()))
        .day(part(at.day()))
        .hour(part(at.hour()))
        .minute(part(at.minute()))
        .second(part(at.second()))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_not_safe() {
        for good in ["a.csv", "결과/표 1.csv", "..a", ".hidden"] {
            assert!(is_safe(good), "{good}");
        }
        for bad in [
            "",
            "/etc/passwd",
            "../a",
            "a/../b",
            "a//b",
            "C:a",
            "a\\b",
            "a\nb",
        ] {
            assert!(!is_safe(bad), "{bad}");
        }
    }
}
