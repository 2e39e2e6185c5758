//! What is sent, and what is removed.

use std::fs::{self, File, FileTimes};

use berth_snapshot::{Base, Pruned, Taking};
use jiff::SignedDuration;

use crate::rig::{Rig, picture};

#[tokio::test]
async fn only_what_has_changed_is_sent() {
    let rig = Rig::new();
    for number in 0..50 {
        rig.write(&format!("{number}"), vec![number; 10_000]);
    }
    assert_eq!(rig.take().await.sent, 500_000);
    let heads = rig.objects("heads").await.len();
    let again = rig.take().await;
    assert_eq!((again.sent, again.changed), (0, false));
    assert_eq!(rig.objects("heads").await.len(), heads);

    rig.write("7", "changed");
    fs::rename(rig.tree().join("8"), rig.tree().join("renamed")).unwrap();
    fs::copy(rig.tree().join("9"), rig.tree().join("copied")).unwrap();
    fs::remove_file(rig.tree().join("10")).unwrap();
    let third = rig.take().await;
    assert_eq!((third.sent, third.changed), (7, true));
    let (_, into) = rig.restore().await.unwrap().unwrap();
    assert_eq!(picture(&into), picture(&rig.tree()));
}

/// A tool may set a file's time back; when anything about it changed cannot be set.
#[tokio::test]
async fn a_change_that_hides_its_time_is_seen() {
    let rig = Rig::new();
    rig.write("file", "before");
    let path = rig.tree().join("file");
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    rig.take().await;
    fs::write(&path, "AFTER!").unwrap();
    let file = File::options().write(true).open(&path).unwrap();
    file.set_times(FileTimes::new().set_modified(time)).unwrap();
    assert_eq!(rig.take().await.sent, 6);
}

/// Within one tick of the file system's clock a file may change twice and look the same.
#[tokio::test]
async fn what_changed_just_before_a_snapshot_is_read_again() {
    let rig = Rig::new();
    rig.write("file", "content");
    let just_after = Taking {
        now: rig.taking().now - SignedDuration::from_hours(1),
        ..rig.taking()
    };
    rig.snapshots.take(&rig.tree(), &just_after).await.unwrap();
    fs::remove_file(rig.tree().join("file")).unwrap();
    fs::write(rig.tree().join("file"), "CONTENT").unwrap();
    assert_eq!(rig.take().await.sent, 7);
}

#[tokio::test]
async fn old_snapshots_go_and_what_the_kept_ones_need_stays() {
    let rig = Rig::new();
    rig.write("kept", vec![1; 100_000]);
    for round in 0..5_u8 {
        rig.write("changing", vec![round + 10; 50_000]);
        rig.take().await;
    }
    assert_eq!(rig.objects("heads").await.len(), 5);
    let pruned = rig.snapshots.prune(2, 1, &rig.limits).await.unwrap();
    assert_eq!(pruned.snapshots, 3);
    assert!(pruned.packs >= 2, "{pruned:?}");
    let again = rig.snapshots.prune(2, 1, &rig.limits).await.unwrap();
    assert_eq!(again, Pruned::default());
    let (restored, into) = rig.restore().await.unwrap().unwrap();
    assert!(restored.passed_over.is_empty());
    assert_eq!(picture(&into), picture(&rig.tree()));
}

/// A runner that has lost its workspace and does not know it yet.
#[tokio::test]
async fn a_runner_of_an_earlier_epoch_changes_nothing() {
    let rig = Rig::new();
    rig.write("file", "of the one before");
    rig.take().await;
    rig.write("file", "of the successor");
    let successor = Taking {
        epoch: 2,
        ..rig.taking()
    };
    let taken = rig.snapshots.take(&rig.tree(), &successor).await.unwrap();
    rig.write("file", "of the one that woke up");
    for _ in 0..3 {
        let late = Taking {
            epoch: 1,
            base: Base::Nothing,
            ..rig.taking()
        };
        rig.snapshots.take(&rig.tree(), &late).await.unwrap();
    }
    rig.snapshots.prune(2, 1, &rig.limits).await.unwrap();
    let (restored, into) = rig.restore().await.unwrap().unwrap();
    assert_eq!(restored.name, taken.name);
    assert_eq!(fs::read(into.join("file")).unwrap(), b"of the successor");
}
