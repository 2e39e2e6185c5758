//! What comes back.

use std::ffi::OsStr;
use std::fs::{self, File, FileTimes, Permissions};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::time::{Duration, SystemTime};

use berth_snapshot::{Limits, SnapshotError};

use crate::rig::{Rig, picture};

#[tokio::test]
async fn a_tree_comes_back_as_it_was() {
    let rig = Rig::new();
    let tree = rig.tree();
    rig.write("보고서/1월 매출.csv", "a,b\n1,2\n");
    rig.write("deep/er/and/deeper/empty", "");
    rig.write("large.bin", vec![7; 9_000_001]);
    rig.write("100%25", "percent");
    fs::write(
        tree.join(OsStr::from_bytes(b"\xbd\xc3\xb8\xb8.txt")),
        "EUC-KR",
    )
    .unwrap();
    rig.write("run.sh", "#!/bin/sh\n");
    rig.write("secret", "x");
    symlink("run.sh", tree.join("link")).unwrap();
    symlink("/usr/bin/python3", tree.join("absolute")).unwrap();
    symlink("nowhere/../..", tree.join("dangling")).unwrap();
    fs::set_permissions(tree.join("run.sh"), Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(tree.join("secret"), Permissions::from_mode(0o400)).unwrap();
    fs::set_permissions(tree.join("deep/er"), Permissions::from_mode(0o2770)).unwrap();
    let old = SystemTime::UNIX_EPOCH + Duration::new(1_000_000_000, 123_456_789);
    let file = File::open(tree.join("large.bin")).unwrap();
    file.set_times(FileTimes::new().set_modified(old)).unwrap();
    fs::hard_link(tree.join("run.sh"), tree.join("same.sh")).unwrap();

    let taken = rig.take().await;
    assert_eq!((taken.left_out, taken.changed), (0, true));
    let (restored, into) = rig.restore().await.unwrap().unwrap();
    assert_eq!((restored.name, restored.bytes), (taken.name, taken.bytes));
    assert_eq!(picture(&into), picture(&tree));
    fs::write(into.join("run.sh"), "changed").unwrap();
    assert_eq!(
        fs::read(into.join("same.sh")).unwrap(),
        b"#!/bin/sh\n",
        "no hard link came back"
    );
    rig.assert_nothing_else();
}

#[tokio::test]
async fn an_empty_tree_and_no_snapshot_at_all() {
    let rig = Rig::new();
    assert!(rig.restore().await.unwrap().is_none());
    assert_eq!(rig.take().await.entries, 0);
    let (restored, into) = rig.restore().await.unwrap().unwrap();
    assert_eq!(restored.entries, 0);
    assert!(picture(&into).is_empty());
}

#[tokio::test]
async fn what_is_there_already_is_not_overwritten() {
    let rig = Rig::new();
    rig.write("file", "content");
    rig.take().await;
    let limits = Limits::default();
    let owners = berth_snapshot::Owners::Mine;
    let refused = rig.snapshots.restore(&rig.tree(), &limits, &owners).await;
    assert!(matches!(refused, Err(SnapshotError::Io { .. })));
    assert_eq!(fs::read(rig.tree().join("file")).unwrap(), b"content");
    rig.assert_nothing_else();
}

#[tokio::test]
async fn more_than_a_snapshot_may_hold_is_refused() {
    let mut rig = Rig::new();
    rig.write("a", vec![1; 60]);
    rig.write("b", vec![2; 60]);
    for (limits, what) in [
        (
            Limits {
                bytes: 119,
                entries: 10,
            },
            "bytes",
        ),
        (
            Limits {
                bytes: 120,
                entries: 1,
            },
            "files",
        ),
    ] {
        rig.limits = limits;
        let refused = rig.snapshots.take(&rig.tree(), &rig.taking()).await;
        assert!(matches!(refused, Err(SnapshotError::TooLarge(word)) if word == what));
    }
    rig.limits = Limits {
        bytes: 120,
        entries: 2,
    };
    rig.take().await;
}
