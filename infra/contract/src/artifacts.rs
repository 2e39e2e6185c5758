//! Cases of the port `artifacts`.

use std::io;

use berth_domain::ids::RunId;
use berth_domain::ports::artifacts::{Body, IfThere, ObjectKey, Put};
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, future, stream};

use crate::World;

/// A name nobody else uses.
fn key(w: &World) -> ObjectKey {
    format!("contract/{}", w.id::<RunId>()).parse().unwrap()
}

fn below(parent: &ObjectKey, name: &str) -> ObjectKey {
    format!("{parent}/{name}").parse().unwrap()
}

/// A body of unknown size that comes in pieces of a kilobyte.
fn pieces(bytes: &Bytes) -> Body {
    let chunks: Vec<_> = bytes.chunks(1024).map(|c| Ok(bytes.slice_ref(c))).collect();
    Body {
        size: None,
        pieces: stream::iter(chunks).boxed(),
    }
}

async fn put(w: &World, key: &ObjectKey, bytes: &'static [u8]) {
    let put = w
        .artifacts()
        .put(key, Bytes::from_static(bytes).into(), IfThere::Replace)
        .await;
    assert_eq!(put.unwrap(), Put::Stored);
}

async fn get(w: &World, key: &ObjectKey) -> Option<Vec<u8>> {
    let pieces = w.artifacts().get(key).await.unwrap()?;
    let pieces: Vec<Bytes> = pieces.try_collect().await.unwrap();
    Some(pieces.concat())
}

async fn names(
    w: &World,
    prefix: &ObjectKey,
    after: Option<&ObjectKey>,
    limit: u32,
) -> Vec<String> {
    let listed = w.artifacts().list(prefix, after, limit).await.unwrap();
    listed
        .into_iter()
        .map(|object| object.key.to_string())
        .collect()
}

pub(crate) async fn an_object_comes_back_as_it_was(w: World) {
    let key = key(&w);
    let bytes: Bytes = (0..=255).cycle().take(3_000_001).collect();
    for body in [
        Body::from(bytes.clone()),
        pieces(&bytes),
        Bytes::new().into(),
    ] {
        let empty = body.size == Some(0);
        let put = w
            .artifacts()
            .put(&key, body, IfThere::Replace)
            .await
            .unwrap();
        assert_eq!(put, Put::Stored);
        let found = get(&w, &key).await.unwrap();
        assert!(found == if empty { &[][..] } else { &bytes[..] });
    }
    assert_eq!(get(&w, &below(&key, "other")).await, None);
}

pub(crate) async fn an_object_is_replaced_or_kept(w: World) {
    let key = key(&w);
    put(&w, &key, b"first").await;
    let keep = w
        .artifacts()
        .put(&key, Bytes::from_static(b"second").into(), IfThere::Keep)
        .await;
    assert_eq!(keep.unwrap(), Put::Kept);
    assert_eq!(get(&w, &key).await.unwrap(), b"first");
    put(&w, &key, b"third").await;
    assert_eq!(get(&w, &key).await.unwrap(), b"third");
}

pub(crate) async fn of_many_who_store_one_does(w: World) {
    let (key, artifacts) = (key(&w), w.artifacts());
    let puts = (0..8_u8).map(|number| {
        let body = Bytes::from(vec![number; 20_000]);
        artifacts.put(&key, body.into(), IfThere::Keep)
    });
    let answers = future::try_join_all(puts).await.unwrap();
    let stored: Vec<_> = (0..8_u8)
        .filter(|n| answers[usize::from(*n)] == Put::Stored)
        .collect();
    assert_eq!(stored.len(), 1);
    assert!(get(&w, &key).await.unwrap() == vec![stored[0]; 20_000]);
}

pub(crate) async fn a_body_that_fails_leaves_what_was_there(w: World) {
    let (new, old) = (key(&w), key(&w));
    put(&w, &old, b"old").await;
    for key in [&new, &old] {
        let good = (0..40).map(|_| Ok(vec![7; 65_536].into()));
        let broken = good.chain([Err(io::Error::other("the disk went away"))]);
        let body = Body {
            size: None,
            pieces: stream::iter(broken.collect::<Vec<_>>()).boxed(),
        };
        let put = w.artifacts().put(key, body, IfThere::Replace).await;
        assert!(put.is_err());
    }
    assert_eq!(get(&w, &new).await, None);
    assert_eq!(get(&w, &old).await.unwrap(), b"old");
}

pub(crate) async fn objects_are_listed_by_name_page_by_page(w: World) {
    let root = key(&w);
    let beside: ObjectKey = format!("{root}x").parse().unwrap();
    let made: Vec<ObjectKey> = ["b", "a/1", "a-1", "a", "a/2/deep", "c.json"]
        .map(|name| below(&root, name))
        .to_vec();
    for key in made.iter().chain([&root, &beside]) {
        put(&w, key, b"content").await;
    }
    let mut expected: Vec<String> = made.iter().map(ToString::to_string).collect();
    expected.sort();
    assert_eq!(names(&w, &root, None, 100).await, expected);
    let mut paged: Vec<String> = Vec::new();
    loop {
        let after: Option<ObjectKey> = paged.last().map(|last| last.parse().unwrap());
        let page = names(&w, &root, after.as_ref(), 2).await;
        assert!(page.len() <= 2);
        if page.is_empty() {
            break;
        }
        paged.extend(page);
    }
    assert_eq!(paged, expected);
    let part = below(&root, "a");
    let sizes = w.artifacts().list(&part, None, 100).await.unwrap();
    assert_eq!(sizes.len(), 2);
    assert!(sizes.iter().all(|object| object.size == 7));
    assert!(names(&w, &key(&w), None, 100).await.is_empty());
}

pub(crate) async fn a_deleted_object_is_gone(w: World) {
    let key = key(&w);
    let beside = below(&key, "beside");
    put(&w, &key, b"content").await;
    put(&w, &beside, b"content").await;
    assert!(w.artifacts().delete(&key).await.unwrap());
    assert_eq!(get(&w, &key).await, None);
    assert!(!w.artifacts().delete(&key).await.unwrap());
    assert_eq!(get(&w, &beside).await.unwrap(), b"content");
}
