//! Empties folders at once: what is in them is moved beside them, and deleted when nobody waits for it. Deleting some thousand files takes
//! longer than bringing as many here, and longer still while they are written.

use std::ffi::OsString;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use uuid::Uuid;

/// Moves what is in a folder beside it; not the folder, whose owner and permissions are to stay. `id` is nobody else's.
pub(super) async fn clear(folder: &Path, id: Uuid) -> io::Result<()> {
    let folder = folder.to_owned();
    blocking(move || {
        let mut entries = std::fs::read_dir(&folder)?.peekable();
        if entries.peek().is_none() {
            return Ok(());
        }
        let mut name = prefix(&folder)?;
        name.push(id.to_string());
        let aside = folder.with_file_name(name);
        DirBuilder::new().mode(0o700).create(&aside)?;
        for entry in entries {
            let entry = entry?;
            std::fs::rename(entry.path(), aside.join(entry.file_name()))?;
        }
        Ok(())
    })
    .await
}

/// Deletes what was moved beside these folders, now and at any time before.
pub(super) async fn delete(folders: &[PathBuf]) -> io::Result<()> {
    let old = old(folders);
    blocking(move || old.iter().try_for_each(std::fs::remove_dir_all)).await
}

/// The same on a thread of its own. It ends with the process, which shall not wait for it; what is left then goes the next time.
pub(super) fn delete_later(folders: &[PathBuf]) {
    let old = old(folders);
    if old.is_empty() {
        return;
    }
    let deleting = move || {
        for folder in old {
            if let Err(error) = std::fs::remove_dir_all(&folder) {
                tracing::warn!(folder = %folder.display(), %error, "files of an earlier stay of a workspace were not deleted");
            }
        }
    };
    let thread = std::thread::Builder::new().name("old-files".to_owned());
    if let Err(error) = thread.spawn(deleting) {
        tracing::warn!(%error, "files of an earlier stay of a workspace are deleted the next time");
    }
}

/// What names beside a folder begin with.
fn prefix(folder: &Path) -> io::Result<OsString> {
    let name = folder.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut prefix = OsString::from(".");
    prefix.push(name);
    prefix.push(".old.");
    Ok(prefix)
}

/// What there is to delete beside these folders. Empty where nobody can tell.
fn old(folders: &[PathBuf]) -> Vec<PathBuf> {
    let beside = |folder: &PathBuf| {
        let prefix = prefix(folder).ok()?;
        let entries = std::fs::read_dir(folder.parent()?).ok()?;
        let names = entries.filter_map(|entry| Some(entry.ok()?.file_name()));
        let old = names.filter(|name| {
            let name = name.as_encoded_bytes();
            name.starts_with(prefix.as_encoded_bytes())
        });
        Some(old.map(|name| folder.with_file_name(name)).collect())
    };
    folders
        .iter()
        .filter_map(beside)
        .flat_map(|old: Vec<_>| old)
        .collect()
}

async fn blocking(work: impl FnOnce() -> io::Result<()> + Send + 'static) -> io::Result<()> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|died| Err(io::Error::other(died)))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, symlink};

    use super::*;

    #[tokio::test]
    async fn a_folder_is_emptied_and_stays_and_what_was_in_it_goes() {
        let root = tempfile::tempdir().unwrap();
        let (files, home) = (root.path().join("files"), root.path().join("home"));
        let outside = root.path().join("outside");
        for folder in [&files, &home, &outside] {
            std::fs::create_dir(folder).unwrap();
        }
        std::fs::write(outside.join("kept"), "").unwrap();
        let fill = || {
            std::fs::create_dir_all(files.join("a/b")).unwrap();
            std::fs::write(files.join("a/b/c"), "old").unwrap();
            symlink(&outside, files.join("link")).unwrap();
        };
        let inode = std::fs::metadata(&files).unwrap().ino();
        let folders = [files.clone(), home.clone()];
        // A second time also where nothing was deleted in between.
        for id in 1..=2 {
            fill();
            clear(&files, Uuid::from_u128(id)).await.unwrap();
            clear(&home, Uuid::from_u128(id)).await.unwrap();
            assert_eq!(std::fs::read_dir(&files).unwrap().count(), 0);
        }
        assert_eq!(old(&folders).len(), 2);
        assert_eq!(std::fs::metadata(&files).unwrap().ino(), inode);
        delete(&folders).await.unwrap();
        assert_eq!(old(&folders), Vec::<PathBuf>::new());
        assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 3);
        assert!(outside.join("kept").exists());
    }
}
