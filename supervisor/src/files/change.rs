//! Making, deleting and moving.

use berth_supervisor_protocol::ErrorCode;
use berth_supervisor_protocol::files::Entry;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, RenameFlags, renameat2};
use nix::sys::stat::{SFlag, fstatat};
use nix::unistd::{UnlinkatFlags, unlinkat};

use super::entry;
use super::root::{Relative, Root, through};
use crate::answer::Refusal;

/// Makes a folder and those above it.
pub(super) fn make_folder(root: &Root, path: &Relative) -> Result<Entry, Refusal> {
    let folder = root.make_folders(path).map_err(|error| match error {
        Errno::ENOTDIR => Refusal::new(ErrorCode::Exists, "a file is in the way"),
        error => error.into(),
    })?;
    Ok(entry::of_open(path, &folder)?)
}

/// Deletes a file, a link, or a folder with everything in it.
pub(super) fn delete(root: &Root, path: &Relative) -> Result<(), Refusal> {
    let (above, name) = path.split()?;
    let folder = root.folder(&above)?;
    let stat = fstatat(&folder, name, AtFlags::AT_SYMLINK_NOFOLLOW)?;
    if SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT == SFlag::S_IFDIR {
        // The standard library follows no link on its way down, also none that is put there meanwhile.
        Ok(std::fs::remove_dir_all(through(&folder, name))?)
    } else {
        Ok(unlinkat(&folder, name, UnlinkatFlags::NoRemoveDir)?)
    }
}

/// Moves a file or a folder to where nothing is yet.
pub(super) fn rename(root: &Root, from: &Relative, to: &Relative) -> Result<Entry, Refusal> {
    let (from_above, from_name) = from.split()?;
    let (to_above, to_name) = to.split()?;
    let (from_folder, to_folder) = (root.folder(&from_above)?, root.folder(&to_above)?);
    renameat2(
        &from_folder,
        from_name,
        &to_folder,
        to_name,
        RenameFlags::RENAME_NOREPLACE,
    )?;
    let moved = root.open_at(to, OFlag::O_PATH | OFlag::O_NOFOLLOW)?;
    Ok(entry::of_open(to, &moved)?)
}
