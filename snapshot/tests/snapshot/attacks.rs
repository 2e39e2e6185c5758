//! Attacks 48 to 50: what a tree or a manifest may contain to reach beyond its folder, or to fill it.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;

use nix::sys::stat::Mode;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::rig::{PREFIX, Rig};

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// A snapshot as somebody writes it who knows how.
async fn forge(rig: &Rig, entries: Value) {
    let content = vec![b'x'; 1_000_000];
    let sum = hex(&content);
    let pack: [u8; 32] = Sha256::digest(Sha256::digest(&content)).into();
    let pack = pack
        .iter()
        .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let manifest = json!({
        "format": 1,
        "taken_at": 0,
        "packs": [{ "epoch": 9, "sum": pack, "size": content.len() }],
        "entries": entries,
    });
    let text = manifest
        .to_string()
        .replace("\"SUM\"", &format!("\"{sum}\""));
    rig.put(
        &format!("{PREFIX}/packs/9/{pack}").parse().unwrap(),
        content,
    )
    .await;
    let name = format!("{:020}-{:020}-{}", 9, 0, hex(text.as_bytes()));
    rig.put(
        &format!("{PREFIX}/heads/{name}").parse().unwrap(),
        text.into_bytes(),
    )
    .await;
}

fn piece() -> Value {
    json!({ "pack": 0, "at": 0, "size": 1_000_000, "sum": "SUM" })
}

fn file(path: &str, mode: u32) -> Value {
    let node = json!({ "file": { "size": 1_000_000, "changed": 0, "pieces": [piece()] } });
    json!({ "path": path, "uid": 1000, "gid": 1000, "mode": mode, "modified": 0, "node": node })
}

fn node(path: &str, node: &Value) -> Value {
    json!({ "path": path, "uid": 1000, "gid": 1000, "mode": 0, "modified": 0, "node": node })
}

/// A good snapshot, then a forged newer one: the good one is restored, and nothing is written elsewhere.
async fn is_refused(what: &str, entries: Value) {
    let rig = Rig::new();
    rig.write("good", "content");
    let good = rig.take().await;
    forge(&rig, entries).await;
    let (restored, into) = rig.restore().await.unwrap().unwrap();
    assert_eq!(restored.name, good.name, "{what}");
    assert_eq!(fs::read(into.join("good")).unwrap(), b"content", "{what}");
    rig.assert_nothing_else();
}

#[tokio::test]
async fn the_forger_knows_how() {
    let rig = Rig::new();
    forge(&rig, json!([file("file", 0o644)])).await;
    let (_, into) = rig.restore().await.unwrap().unwrap();
    assert_eq!(fs::read(into.join("file")).unwrap().len(), 1_000_000);
}

#[tokio::test]
async fn names_that_lead_elsewhere_are_refused() {
    for path in [
        "/tmp/berth-attack",
        "../attack",
        "a/../../attack",
        "..",
        ".",
        "",
        "a//b",
        "a/",
        "%2e%2e/attack",
        "a%00b",
        "%2fetc",
    ] {
        is_refused(
            path,
            json!([node("a", &json!({ "folder": {} })), file(path, 0o644)]),
        )
        .await;
    }
}

#[tokio::test]
async fn nothing_is_written_through_a_link() {
    let rig = Rig::new();
    let elsewhere = rig.tree().display().to_string();
    for target in ["/tmp", "..", elsewhere.as_str()] {
        let link = node("link", &json!({ "link": { "target": target } }));
        is_refused("below a link", json!([link, file("link/attack", 0o644)])).await;
        is_refused("a link, then a file", json!([link, file("link", 0o644)])).await;
        is_refused("a file, then a link", json!([file("link", 0o644), link])).await;
    }
    is_refused(
        "no target",
        json!([node("l", &json!({ "link": { "target": "" } }))]),
    )
    .await;
    is_refused(
        "NUL",
        json!([node("l", &json!({ "link": { "target": "a%00" } }))]),
    )
    .await;
}

#[tokio::test]
async fn what_no_file_may_be_is_refused() {
    for mode in [0o4755, 0o2755, 0o1644, 0o100_644, u32::MAX] {
        is_refused("permissions", json!([file("file", mode)])).await;
    }
    for kind in ["hard_link", "device", "pipe", "socket"] {
        let entry = node("file", &json!({ kind: { "target": "good" } }));
        is_refused(kind, json!([entry])).await;
    }
    is_refused("twice", json!([file("a", 0o644), file("a", 0o644)])).await;
    is_refused("no folder", json!([file("a/b", 0o644)])).await;
    is_refused("in a file", json!([file("a", 0o644), file("a/b", 0o644)])).await;
    let mut more = file("a", 0o644);
    more["xattr"] = json!({ "security.capability": "all" });
    is_refused("an unknown field", json!([more])).await;
}

#[tokio::test]
async fn pieces_that_are_not_in_their_pack_are_refused() {
    for (field, value) in [
        ("pack", json!(1)),
        ("at", json!(1)),
        ("at", json!(u64::MAX)),
        ("size", json!(0)),
        ("size", json!(1_000_001)),
        ("size", json!(2_000_000)),
        ("sum", json!("0".repeat(64))),
        ("sum", json!("no sum")),
    ] {
        let mut entry = file("file", 0o644);
        entry["node"]["file"]["pieces"][0][field] = value.clone();
        is_refused(&format!("{field} {value}"), json!([entry])).await;
    }
}

/// Many files of one piece: a manifest of a few kilobytes that stands for gigabytes.
#[tokio::test]
async fn a_bomb_is_stopped_before_anything_is_written() {
    let bomb = |pieces: usize, files: usize| {
        let entry = |number: usize| {
            let pieces = vec![piece(); pieces];
            let size = pieces.len() as u64 * 1_000_000;
            let node = json!({ "file": { "size": size, "changed": 0, "pieces": pieces } });
            node_of(number, &node)
        };
        Value::Array((0..files).map(entry).collect())
    };
    is_refused("30 GB", bomb(1_000, 30)).await;

    let mut rig = Rig::new();
    rig.limits.bytes = 10_000_000;
    rig.limits.entries = 20;
    rig.write("good", "content");
    let good = rig.take().await;
    for entries in [bomb(11, 1), bomb(1, 11), bomb(0, 21)] {
        forge(&rig, entries).await;
        let (restored, _) = rig.restore().await.unwrap().unwrap();
        assert_eq!(restored.name, good.name);
    }
    let mut lie = file("file", 0o644);
    lie["node"]["file"]["size"] = json!(1);
    is_refused("a size that is none", json!([lie])).await;
}

fn node_of(number: usize, inner: &Value) -> Value {
    json!({ "path": number.to_string(), "uid": 1, "gid": 1, "mode": 0o644, "modified": 0, "node": inner })
}

/// Attack 48, from inside: what lies in a tree makes a snapshot neither hang nor read what is not in the tree.
#[tokio::test]
async fn pipes_sockets_and_links_to_the_host_are_not_followed() {
    let rig = Rig::new();
    let tree = rig.tree();
    rig.write("file", "content");
    nix::unistd::mkfifo(&tree.join("pipe"), Mode::S_IRWXU).unwrap();
    let _socket = UnixListener::bind(tree.join("socket")).unwrap();
    symlink("/etc/shadow", tree.join("shadow")).unwrap();
    symlink("/etc", tree.join("etc")).unwrap();
    rig.write("setuid", "#!");
    fs::set_permissions(tree.join("setuid"), fs::Permissions::from_mode(0o6755)).unwrap();
    let taken = rig.take().await;
    assert_eq!((taken.left_out, taken.entries, taken.bytes), (2, 4, 9));
    let (_, into) = rig.restore().await.unwrap().unwrap();
    assert!(fs::symlink_metadata(into.join("etc")).unwrap().is_symlink());
    let mode = fs::metadata(into.join("setuid"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o7777, 0o755);
}
