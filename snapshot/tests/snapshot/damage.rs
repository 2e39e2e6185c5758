//! What has been damaged is found, and the snapshot before is used.

use std::fs;

use berth_domain::ports::artifacts::{Artifacts as _, ObjectKey};
use berth_snapshot::{Base, SnapshotError, Taking};
use futures::TryStreamExt as _;

use crate::rig::Rig;

async fn content(rig: &Rig, key: &ObjectKey) -> Vec<u8> {
    let pieces = rig.objects.get(key).await.unwrap().unwrap();
    let pieces: Vec<bytes::Bytes> = pieces.try_collect().await.unwrap();
    pieces.concat()
}

/// Two snapshots that share nothing; answers the objects of the second.
async fn two(rig: &Rig) -> (String, Vec<ObjectKey>) {
    rig.write("file", vec![1; 3_000_000]);
    let first = rig.take().await;
    let before = [rig.objects("heads").await, rig.objects("packs").await].concat();
    rig.write("file", vec![2; 3_000_000]);
    rig.take().await;
    let after = [rig.objects("heads").await, rig.objects("packs").await].concat();
    let new = after
        .into_iter()
        .filter(|key| !before.contains(key))
        .collect();
    (first.name, new)
}

#[tokio::test]
async fn a_damaged_snapshot_is_passed_over() {
    for damage in ["flipped", "cut", "longer", "empty", "gone"] {
        let rig = Rig::new();
        let (first, objects) = two(&rig).await;
        assert_eq!(objects.len(), 2, "a manifest and a pack");
        for key in objects {
            let whole = content(&rig, &key).await;
            let mut bytes = whole.clone();
            let middle = bytes.len() / 2;
            match damage {
                "flipped" => bytes[middle] ^= 1,
                "cut" => bytes.truncate(middle),
                "longer" => bytes.push(b' '),
                "empty" => bytes.clear(),
                _ => {}
            }
            if damage == "gone" {
                rig.objects.delete(&key).await.unwrap();
            } else {
                rig.put(&key, bytes).await;
            }
            let (restored, into) = rig.restore().await.unwrap().unwrap();
            assert_eq!(restored.name, first, "{damage} {key}");
            assert_eq!(fs::read(into.join("file")).unwrap(), vec![1; 3_000_000]);
            rig.assert_nothing_else();
            rig.put(&key, whole).await;
        }
    }
}

#[tokio::test]
async fn when_none_holds_nothing_is_restored() {
    let rig = Rig::new();
    rig.write("file", "content");
    rig.take().await;
    let packs = rig.objects("packs").await;
    rig.put(&packs[0], b"CONTENT".to_vec()).await;
    let none = rig.restore().await;
    assert!(matches!(none, Err(SnapshotError::NoneHolds(1))));
    rig.assert_nothing_else();

    let afresh = Taking {
        base: Base::Nothing,
        ..rig.taking()
    };
    rig.snapshots.take(&rig.tree(), &afresh).await.unwrap();
    let (_, into) = rig.restore().await.unwrap().unwrap();
    assert_eq!(fs::read(into.join("file")).unwrap(), b"content");
}

#[tokio::test]
async fn damaged_snapshots_do_not_stand_for_good_ones() {
    let rig = Rig::new();
    rig.write("file", "good");
    let good = rig.take().await;
    for number in 0..4_u8 {
        rig.write("file", [number; 9]);
        let taken = rig.take().await;
        let key = format!("{}/heads/{}", crate::rig::PREFIX, taken.name);
        rig.put(&key.parse().unwrap(), b"{}".to_vec()).await;
    }
    rig.snapshots.prune(2, 1, &rig.limits).await.unwrap();
    let (restored, _) = rig.restore().await.unwrap().unwrap();
    assert_eq!((restored.name, restored.passed_over.len()), (good.name, 4));
}
