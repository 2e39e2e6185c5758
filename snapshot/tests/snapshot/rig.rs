//! A tree, a folder of objects, and a clock that the test moves.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use berth_domain::ports::artifacts::{Artifacts as _, IfThere, ObjectKey};
use berth_embedded::LocalArtifacts;
use berth_snapshot::{Base, Limits, Owners, Restored, SnapshotError, Snapshots, Taken, Taking};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

pub(crate) const PREFIX: &str = "workspaces/1";

pub(crate) struct Rig {
    pub(crate) snapshots: Snapshots,
    pub(crate) objects: Arc<LocalArtifacts>,
    pub(crate) limits: Limits,
    folder: TempDir,
}

impl Rig {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let objects = Arc::new(LocalArtifacts::open(folder.path().join("objects")).unwrap());
        fs::create_dir(folder.path().join("tree")).unwrap();
        Self {
            snapshots: Snapshots::new(objects.clone(), PREFIX.parse().unwrap()),
            objects,
            limits: Limits::default(),
            folder,
        }
    }

    pub(crate) fn tree(&self) -> PathBuf {
        self.folder.path().join("tree")
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.tree().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Long after the last change, so that the times of files can be believed.
    pub(crate) fn taking(&self) -> Taking {
        let changed = fs::metadata(self.tree()).unwrap().modified().unwrap();
        Taking {
            epoch: 1,
            now: Timestamp::try_from(changed).unwrap() + SignedDuration::from_hours(1),
            base: Base::Newest,
            limits: self.limits,
        }
    }

    pub(crate) async fn take(&self) -> Taken {
        self.snapshots
            .take(&self.tree(), &self.taking())
            .await
            .unwrap()
    }

    pub(crate) async fn restore(&self) -> Result<Option<(Restored, PathBuf)>, SnapshotError> {
        let into = self.folder.path().join("restored");
        let _ = fs::remove_dir_all(&into);
        let restored = self
            .snapshots
            .restore(&into, &self.limits, &Owners::Mine)
            .await?;
        Ok(restored.map(|restored| (restored, into)))
    }

    /// The names of objects below a part of the prefix.
    pub(crate) async fn objects(&self, part: &str) -> Vec<ObjectKey> {
        let prefix = format!("{PREFIX}/{part}").parse().unwrap();
        let listed = self.objects.list(&prefix, None, 1_000).await.unwrap();
        listed.into_iter().map(|object| object.key).collect()
    }

    pub(crate) async fn put(&self, key: &ObjectKey, content: Vec<u8>) {
        let body = bytes::Bytes::from(content).into();
        self.objects.put(key, body, IfThere::Replace).await.unwrap();
    }

    /// That nothing was written beside the place a restore is for.
    pub(crate) fn assert_nothing_else(&self) {
        let names: Vec<_> = fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .filter(|name| {
                !["objects", "tree", "restored"]
                    .iter()
                    .any(|known| name == known)
            })
            .collect();
        assert!(names.is_empty(), "{names:?}");
    }
}

/// Everything in a tree: path, kind and content, permissions and time of change.
pub(crate) fn picture(root: &Path) -> Vec<(OsString, String, u32, SystemTime)> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut seen = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let about = fs::symlink_metadata(&path).unwrap();
            let what = if about.is_dir() {
                folders.push(path.clone());
                "folder".to_owned()
            } else if about.is_symlink() {
                format!("link to {}", fs::read_link(&path).unwrap().display())
            } else {
                format!("{:?}", bytes::Bytes::from(fs::read(&path).unwrap()))
            };
            let name = path.strip_prefix(root).unwrap().as_os_str().to_owned();
            let mode = if about.is_symlink() {
                0
            } else {
                about.permissions().mode()
            };
            seen.push((name, what, mode, about.modified().unwrap()));
        }
    }
    seen.sort();
    seen
}
