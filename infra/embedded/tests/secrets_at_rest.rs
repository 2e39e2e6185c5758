//! What a thief of the database or of the folder finds.

use std::os::unix::fs::PermissionsExt as _;

use berth_domain::ports::StoreErrorKind;
use berth_domain::ports::secrets::Secrets as _;
use berth_embedded::{KeyError, SecretKey, Store};
use rusqlite::Connection;

#[tokio::test]
async fn a_moved_ciphertext_cannot_be_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("berth.db");
    let store = Store::open(&path, SecretKey::new([1; 32])).expect("a store");
    let places = [
        ("mine", "KEY"),
        ("theirs", "KEY"),
        ("mine", "OTHER"),
        ("min", "eKEY"),
    ];
    for (scope, name) in places {
        let value = format!("sk-{scope}-{name}");
        let put = store.put_secret(scope, name, &value).await;
        put.expect("stored");
    }
    let database = Connection::open(&path).expect("a database");
    for (scope, name) in &places[1..] {
        database
            .execute(
                "UPDATE secrets SET (nonce, ciphertext) =
                     (SELECT nonce, ciphertext FROM secrets WHERE scope = 'mine' AND name = 'KEY')
                 WHERE scope = ?1 AND name = ?2",
                [scope, name],
            )
            .expect("moved");
        let error = store.secret(scope, name).await.expect_err("moved");
        assert_eq!(error.kind, StoreErrorKind::Broken);
        assert!(!format!("{error:?}").contains("sk-"));
    }
    let kept = store.secret("mine", "KEY").await.expect("readable");
    assert_eq!(kept.as_deref(), Some("sk-mine-KEY"));

    let thief = Store::open(&path, SecretKey::new([2; 32])).expect("a store");
    let error = thief.secret("mine", "KEY").await.expect_err("another key");
    assert_eq!(error.kind, StoreErrorKind::Broken);
    for file in ["berth.db", "berth.db-wal"] {
        let bytes = std::fs::read(folder.path().join(file)).expect("a file");
        assert!(
            !bytes.windows(7).any(|window| window == b"sk-mine"),
            "{file}"
        );
    }
}

#[test]
fn a_key_file_is_its_owners_and_made_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("secret.key");
    let keys: Vec<[u8; 32]> = std::thread::scope(|scope| {
        let making: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| *SecretKey::load_or_create(&path).expect("a key").bytes()))
            .collect();
        making
            .into_iter()
            .map(|thread| thread.join().expect("a key"))
            .collect()
    });
    let stored = std::fs::read(&path).expect("a file");
    assert!(keys.iter().all(|key| key[..] == stored[..]));
    let mode = std::fs::metadata(&path)
        .expect("a file")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    let files = std::fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(files, 1, "no draft is left");
}

#[test]
fn a_key_file_of_another_length_is_refused_and_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("secret.key");
    std::fs::write(&path, b"short").expect("a file");
    let refused = SecretKey::load_or_create(&path);
    assert!(matches!(refused, Err(KeyError::Length)));
    assert_eq!(std::fs::read(&path).expect("a file"), b"short");
}
