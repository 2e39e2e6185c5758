//! Objects whose file is not what was written.

use std::fs;

use berth_domain::ports::artifacts::{Artifacts as _, IfThere, ObjectKey};
use berth_embedded::LocalArtifacts;
use bytes::Bytes;
use futures::TryStreamExt as _;

#[tokio::test]
async fn a_damaged_object_is_not_read_to_its_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let objects = LocalArtifacts::open(folder.path().to_owned()).expect("a folder");
    let key: ObjectKey = "a/b".parse().expect("a key");
    let body = Bytes::from(vec![7; 1_000_000]);
    let path = folder.path().join("a/b=");
    for (damage, readable) in [("none", true), ("flipped", false), ("cut", false)] {
        objects
            .put(&key, body.clone().into(), IfThere::Replace)
            .await
            .expect("stored");
        let mut file = fs::read(&path).expect("a file");
        match damage {
            "flipped" => file[500_000] ^= 1,
            "cut" => file.truncate(999_000),
            _ => {}
        }
        fs::write(&path, file).expect("written");
        let pieces = objects.get(&key).await.expect("opened").expect("there");
        let read: Result<Vec<Bytes>, _> = pieces.try_collect().await;
        assert_eq!(read.is_ok(), readable, "{damage}");
    }
    fs::write(&path, b"short").expect("written");
    assert!(objects.get(&key).await.is_err());
}

#[tokio::test]
async fn drafts_of_a_crash_are_removed() {
    let folder = tempfile::tempdir().expect("a folder");
    let drafts = folder.path().join(".drafts");
    fs::create_dir_all(&drafts).expect("a folder");
    fs::write(drafts.join("left"), b"half").expect("a file");
    LocalArtifacts::open(folder.path().to_owned()).expect("a folder");
    assert_eq!(fs::read_dir(drafts).expect("a folder").count(), 0);
}
