//! 200 MB up and down take little memory. Each test is a process of its own (nextest), so its peak is its own.

use std::fs;
use std::sync::Arc;

use berth_domain::ports::artifacts::{Artifacts as _, Body, IfThere, ObjectKey, Put};
use berth_snapshot::{Base, Limits, Owners, Snapshots, Taking};
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};

use crate::artifacts::bucket;

const MEGABYTE: usize = 1024 * 1024;
const MEGABYTES: usize = 200;
/// Megabytes that it may take on top of what the program needs anyway.
const ALLOWED: u64 = 64;

/// The most memory this process has had, in megabytes.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap();
    let kilobytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kilobytes / 1024
}

/// A megabyte that no other is like.
fn megabyte(number: usize) -> Bytes {
    let mut state = number as u64 + 1;
    let words = (0..MEGABYTE / 8).flat_map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.collect::<Vec<u8>>().into()
}

#[expect(clippy::print_stdout, reason = "the figure is what is asked for")]
#[tokio::test]
async fn one_object_of_200_megabytes() {
    let (bucket, _server) = bucket().await;
    let key: ObjectKey = "large".parse().unwrap();
    let before = peak();
    let body = Body {
        size: None,
        pieces: stream::iter((0..MEGABYTES).map(|number| Ok(megabyte(number)))).boxed(),
    };
    let put = bucket.put(&key, body, IfThere::Keep).await.unwrap();
    assert_eq!(put, Put::Stored);
    let pieces = bucket.get(&key).await.unwrap().unwrap();
    let read = pieces
        .try_fold(0, async |sum, piece| Ok(sum + piece.len()))
        .await
        .unwrap();
    assert_eq!(read, MEGABYTES * MEGABYTE);
    let more = peak() - before;
    println!("one object of {MEGABYTES} MB up and down: {more} MB of memory");
    assert!(more < ALLOWED, "{more} MB");
    assert!(bucket.delete(&key).await.unwrap());
}

#[expect(clippy::print_stdout, reason = "the figure is what is asked for")]
#[tokio::test]
async fn a_snapshot_of_200_megabytes() {
    let (bucket, _server) = bucket().await;
    let folder = tempfile::tempdir().unwrap();
    let (tree, restored) = (folder.path().join("tree"), folder.path().join("restored"));
    fs::create_dir(&tree).unwrap();
    for number in 0..MEGABYTES / 4 {
        let content: Vec<Bytes> = (0..4).map(|part| megabyte(number * 4 + part)).collect();
        fs::write(tree.join(format!("{number}.bin")), content.concat()).unwrap();
    }
    let before = peak();
    let bucket = Arc::new(bucket);
    let snapshots = Snapshots::new(bucket.clone(), "workspaces/1".parse().unwrap());
    let taking = Taking {
        epoch: 1,
        now: "2026-11-21T12:00:00Z".parse().unwrap(),
        base: Base::Newest,
        limits: Limits::default(),
    };
    let taken = snapshots.take(&tree, &taking).await.unwrap();
    assert_eq!(taken.sent, (MEGABYTES * MEGABYTE) as u64);
    let back = snapshots
        .restore(&restored, &Limits::default(), &Owners::Mine)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((back.bytes, back.entries), (taken.sent, MEGABYTES / 4));
    let more = peak() - before;
    println!("a snapshot of {MEGABYTES} MB up and down: {more} MB of memory");
    assert!(more < ALLOWED, "{more} MB");
    for number in 0..MEGABYTES / 4 {
        let name = format!("{number}.bin");
        let (one, other) = (fs::read(tree.join(&name)), fs::read(restored.join(&name)));
        assert!(one.unwrap() == other.unwrap(), "{name}");
    }
    let objects = bucket
        .list(&"workspaces/1".parse().unwrap(), None, 1_000)
        .await
        .unwrap();
    for object in objects {
        bucket.delete(&object.key).await.unwrap();
    }
}
