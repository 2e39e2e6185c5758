//! Writing a file whole or not at all.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use berth_supervisor_protocol::ErrorCode;
use berth_supervisor_protocol::files::{EntryKind, Written};
use http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat, renameat};
use nix::sys::stat::{FileStat, Mode, fchmod, fstatat};
use nix::unistd::{UnlinkatFlags, unlinkat};
use tokio::io::{AsyncWriteExt as _, BufWriter};

use super::root::{Relative, Root};
use super::{blocking, entry, reached};
use crate::answer::{Answer, Refusal, json};

/// Bytes gathered before the disk is asked.
const BUFFER: usize = 128 * 1024;

/// Tells temporary files of one server apart; another server's are told apart by its process id.
static UPLOADS: AtomicU64 = AtomicU64::new(0);

pub(super) async fn answer(
    root: Arc<Root>,
    path: Relative,
    request: Request<Incoming>,
) -> Result<Answer, Refusal> {
    let (head, mut body) = request.into_parts();
    let if_match = head
        .headers
        .get(header::IF_MATCH)
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let (temporary, file) = blocking(root, move |root| {
        let (above, _) = path.split()?;
        let create = || Temporary::create(root, path.clone(), if_match.clone());
        reached(|| root.open_up(&above), create)
    })
    .await?;
    let mut writer = BufWriter::with_capacity(BUFFER, tokio::fs::File::from_std(file));
    while let Some(frame) = body.frame().await {
        // Cut short: `temporary` goes with this function.
        let frame = frame.map_err(|error| Refusal::new(ErrorCode::Invalid, error.to_string()))?;
        if let Ok(bytes) = frame.into_data() {
            writer.write_all(&bytes).await?;
        }
    }
    writer.flush().await?;
    let written = tokio::task::spawn_blocking(move || temporary.publish())
        .await
        .map_err(|error| Refusal::new(ErrorCode::Internal, error.to_string()))??;
    Ok(json(StatusCode::OK, &written))
}

/// A file beside its destination that disappears unless it is published.
struct Temporary {
    folder: OwnedFd,
    name: String,
    target: Relative,
    if_match: Option<String>,
    published: bool,
}

impl Temporary {
    fn create(
        root: &Root,
        target: Relative,
        if_match: Option<String>,
    ) -> Result<(Self, File), Refusal> {
        let (above, _) = target.split()?;
        let folder = root.make_folders(&above)?;
        let number = UPLOADS.fetch_add(1, Ordering::Relaxed);
        let name = format!(".berth-upload-{}-{number}", std::process::id());
        let temporary = Self {
            folder,
            name,
            target,
            if_match,
            published: false,
        };
        let replaced = temporary.check()?;
        let flags =
            OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let name = temporary.name.as_str();
        let mode = Mode::from_bits_truncate(0o666);
        let file = match openat(&temporary.folder, name, flags, mode) {
            // Left by a server of the same number that was killed.
            Err(Errno::EEXIST) => {
                unlinkat(&temporary.folder, name, UnlinkatFlags::NoRemoveDir)?;
                openat(&temporary.folder, name, flags, mode)?
            }
            result => result?,
        };
        if let Some(replaced) = replaced {
            // A script stays executable. The file is the user's from now on: an agent who made the old one goes on
            // through the group.
            let mode = replaced.st_mode & 0o777 | 0o660;
            let _ = fchmod(&file, Mode::from_bits_truncate(mode));
        }
        Ok((temporary, file.into()))
    }

    /// What would be replaced, if that is allowed.
    fn check(&self) -> Result<Option<FileStat>, Refusal> {
        let there = match fstatat(
            &self.folder,
            self.target.name(),
            AtFlags::AT_SYMLINK_NOFOLLOW,
        ) {
            Ok(stat) => Some(stat),
            Err(Errno::ENOENT) => None,
            Err(error) => return Err(error.into()),
        };
        if let Some(wanted) = &self.if_match
            && there
                .as_ref()
                .is_none_or(|stat| entry::etag(stat) != *wanted)
        {
            return Err(Refusal::new(ErrorCode::Conflict, "the file has changed"));
        }
        match there {
            Some(stat) if entry::kind(&stat) != EntryKind::File => Err(Refusal::new(
                ErrorCode::NotAFile,
                "what is there is no regular file",
            )),
            there => Ok(there),
        }
    }

    /// Puts the file in its place, in one step.
    fn publish(mut self) -> Result<Written, Refusal> {
        self.check()?;
        let stat = fstatat(
            &self.folder,
            self.name.as_str(),
            AtFlags::AT_SYMLINK_NOFOLLOW,
        )?;
        renameat(
            &self.folder,
            self.name.as_str(),
            &self.folder,
            self.target.name(),
        )?;
        self.published = true;
        Ok(Written {
            entry: entry::entry(&self.target, &stat),
            etag: entry::etag(&stat),
        })
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.published {
            // Gone already is as good.
            let _ = unlinkat(&self.folder, self.name.as_str(), UnlinkatFlags::NoRemoveDir);
        }
    }
}
