//! Folders that are there before a process starts, made in the name of its user.
//!
//! Root has no right here to change an owner, so that a folder has to be made by its owner from the beginning. Where
//! an agent's private folders are ([`NESTS`]), nobody but root may make, rename or delete one: a neighbour could put
//! another in its place and so choose which settings an agent's next process reads. The nest's group is root's, which
//! no process has; the shim takes it on for the moment of making.

use std::fs::{DirBuilder, File, Permissions};
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::Path;

use berth_supervisor_protocol::{Folder, FolderAccess};
use nix::fcntl::OFlag;
use nix::sys::stat::fstat;
use nix::unistd::geteuid;

use crate::system;

/// Where private folders of agents are: homes in a volume, scratch space in memory.
const NESTS: [&str; 2] = ["/home/agents", "/tmp/agents"];
/// Everybody may pass through, only the group may make and rename, and nobody may list.
const NEST_MODE: u32 = 0o771;

/// Makes the [`NESTS`] as PID 1, before anybody else runs. A volume's own folder is root's, with the mode Docker chose.
/// Where one cannot be made, the processes that need it say so.
pub(crate) fn prepare_nests() {
    for nest in NESTS {
        // Root's group, whatever ours is: the host's may be the very one of all processes here. It may be there already,
        // or on a root that is read-only.
        let _ = system::with_owner(Some((0, 0)), || std::fs::create_dir(nest));
        let _ = std::fs::set_permissions(nest, Permissions::from_mode(NEST_MODE));
    }
}

/// Makes one folder where it is missing, for a process of `user`, or of our own without.
pub(crate) fn make(folder: &Folder, user: Option<(u32, u32)>) -> io::Result<()> {
    let path = Path::new(&folder.path);
    let made = match folder.access {
        FolderAccess::Shared => system::with_owner(user, || shared(path)),
        FolderAccess::Private => system::with_owner(maker(path, user)?, || private(path, user)),
    };
    made.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", folder.path)))
}

/// The file mask and the folder above decide the mode: 2775 in a workspace.
fn shared(path: &Path) -> io::Result<()> {
    make_if_missing(path, 0o777)?;
    open(path).map(drop)
}

fn private(path: &Path, user: Option<(u32, u32)>) -> io::Result<()> {
    make_if_missing(path, 0o700)?;
    let folder = open(path)?;
    let stat = fstat(&folder)?;
    let owner = user.map_or_else(|| geteuid().as_raw(), |(uid, _)| uid);
    if stat.st_uid != owner {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "it belongs to somebody else",
        ));
    }
    if stat.st_mode & 0o077 != 0 {
        let handle = format!("/proc/self/fd/{}", folder.as_raw_fd());
        std::fs::set_permissions(handle, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Who makes a private folder: below a folder of our own identity with that folder's group, else as the process.
fn maker(path: &Path, user: Option<(u32, u32)>) -> io::Result<Option<(u32, u32)>> {
    let Some((uid, gid)) = user else {
        return Ok(None);
    };
    let above = path.parent().unwrap_or(Path::new("/")).metadata()?;
    let ours = above.uid() == geteuid().as_raw();
    Ok(Some((uid, if ours { above.gid() } else { gid })))
}

fn make_if_missing(path: &Path, mode: u32) -> io::Result<()> {
    match DirBuilder::new().mode(mode).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        result => result,
    }
}

/// A handle on a folder; a link at its place is not followed.
fn open(path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW;
    let folder = File::options()
        .read(true)
        .custom_flags(flags.bits())
        .open(path)?;
    Ok(folder.into())
}
