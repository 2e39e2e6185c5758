//! What an agent closed is opened to its user.
//!
//! Agents have uids of their own and share files through the group, which their file mask sees to. Some programs choose
//! narrower modes all the same: temporary files that are renamed into place, unpacked archives, caches made read-only.
//! The owner of the workspace must be able to read and delete those as well, and the file server is only one of its
//! users. So it asks the supervisor, which takes on the identity of a file's owner for one `chmod`.
//!
//! The request is a path in one datagram, the answer one byte. The supervisor adds bits for owner and group and takes
//! nothing else from the asker, so that the most a file server in wrong hands can do is to share more of what is shared.

use std::fs::Permissions;
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixDatagram as StdDatagram;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use berth_supervisor_protocol::files::EntryKind;
use nix::dir::Type;
use nix::fcntl::OFlag;
use nix::sys::stat::{FileStat, fstat};
use tokio::net::UnixDatagram;

use super::entry;
use super::root::{MAX_PATH, Relative, Root};
use crate::system;

/// Folders looked at below one that is to be deleted.
const MAX_FOLDERS: usize = 100_000;
/// A file server waits for one answer at a time in each of its few threads.
const YES: [u8; 1] = [1];
const NO: [u8; 1] = [0];

/// The supervisor's half.
#[derive(Debug)]
pub(crate) struct Opener {
    root: Root,
    /// Who asks, and whose group shares the files.
    user: (u32, u32),
}

impl Opener {
    pub(crate) fn new(workspace: &Path, user: (u32, u32)) -> io::Result<Self> {
        let root = Root::open(workspace)?;
        Ok(Self { root, user })
    }

    /// Answers one file server, for as long as this task is let live.
    pub(crate) async fn serve(self: Arc<Self>, socket: StdDatagram) -> io::Result<()> {
        socket.set_nonblocking(true)?;
        let socket = UnixDatagram::from_std(socket)?;
        let mut request = [0; MAX_PATH];
        loop {
            let length = socket.recv(&mut request).await?;
            let opened = self.open(&request[..length]).unwrap_or(false);
            socket.send(if opened { &YES } else { &NO }).await?;
        }
    }

    /// Opens one file or folder; `false` when there was nothing to do, or not for us.
    fn open(&self, path: &[u8]) -> io::Result<bool> {
        let Some(path) = std::str::from_utf8(path)
            .ok()
            .and_then(|path| Relative::parse(path).ok())
        else {
            return Ok(false);
        };
        // As the asker: it has opened everything above already.
        let find = || self.root.open_at(&path, OFlag::O_PATH | OFlag::O_NOFOLLOW);
        let file = system::with_owner(Some(self.user), find)?;
        let stat = fstat(&file)?;
        let Some(mode) = opened(&stat) else {
            return Ok(false);
        };
        if stat.st_uid == 0 || stat.st_gid != self.user.1 {
            return Ok(false);
        }
        // Through the handle, so that it is this very file whatever has become of the path.
        let handle = format!("/proc/self/fd/{}", file.as_raw_fd());
        let change = || std::fs::set_permissions(handle, Permissions::from_mode(mode));
        system::with_owner(Some((stat.st_uid, stat.st_gid)), change)?;
        Ok(true)
    }
}

/// The mode that lets owner and group do everything needed; `None` when it is so, or for what is neither file nor folder.
fn opened(stat: &FileStat) -> Option<u32> {
    let mode = stat.st_mode & 0o7777;
    let wanted = match entry::kind(stat) {
        // Not sticky: in such a folder only owners delete.
        EntryKind::Directory => (mode | 0o2770) & !0o1000,
        EntryKind::File => mode | 0o660,
        EntryKind::Other => return None,
    };
    (wanted != mode).then_some(wanted)
}

/// The file server's half.
#[derive(Debug)]
pub(super) struct Asker(Mutex<StdDatagram>);

impl Asker {
    pub(super) fn new(socket: StdDatagram) -> Self {
        Self(Mutex::new(socket))
    }

    fn ask(&self, path: &Relative) -> io::Result<bool> {
        let socket = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        socket.send(path.as_str().as_bytes())?;
        let mut answer = NO;
        socket.recv(&mut answer)?;
        Ok(answer == YES)
    }
}

impl Root {
    /// Has everything on the way to `path` opened, and itself; says whether another try may do better.
    pub(super) fn open_up(&self, path: &Relative) -> bool {
        let mut any = false;
        for reached in path.way() {
            any |= self.open_one(&reached);
        }
        any
    }

    /// [`Root::open_up`], and all folders below: what is in them can be deleted then.
    pub(super) fn open_up_below(&self, path: &Relative) -> bool {
        let mut any = self.open_up(path);
        let mut folders = vec![path.clone()];
        let mut seen = 0;
        while let Some(folder) = folders.pop() {
            // Gone, or not ours to open: deleting will say so.
            let Ok(entries) = entry::read_folder(self, &folder) else {
                continue;
            };
            for found in entries.flatten() {
                seen += 1;
                if seen > MAX_FOLDERS || found.file_type() != Some(Type::Directory) {
                    continue;
                }
                let found = folder.join(&entry::name_of(&found));
                any |= self.open_one(&found);
                folders.push(found);
            }
        }
        any
    }

    fn open_one(&self, path: &Relative) -> bool {
        let Some(asker) = self.asker() else {
            return false;
        };
        let stat = self
            .open_at(path, OFlag::O_PATH | OFlag::O_NOFOLLOW)
            .and_then(fstat);
        stat.is_ok_and(|stat| opened(&stat).is_some()) && asker.ask(path).unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_added_where_they_are_missing_and_only_there() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("file");
        std::fs::write(&file, "").expect("written");
        let wanted = |path: &Path, mode| {
            std::fs::set_permissions(path, Permissions::from_mode(mode)).expect("changed");
            // By path: a file one cannot read cannot be opened either.
            let stat = nix::sys::stat::stat(path).expect("it is there");
            opened(&stat)
        };
        assert_eq!(wanted(&file, 0o600), Some(0o660));
        assert_eq!(wanted(&file, 0o4511), Some(0o4771));
        assert_eq!(wanted(&file, 0o664), None);
        assert_eq!(wanted(dir.path(), 0o1755), Some(0o2775));
        assert_eq!(wanted(dir.path(), 0o2770), None);
        let null = nix::sys::stat::stat("/dev/null").expect("a device");
        assert_eq!(opened(&null), None);
    }
}
