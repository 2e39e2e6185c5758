//! Shared processes are started once and found by everybody.

use std::ffi::OsString;
use std::sync::atomic::{AtomicU32, Ordering};

use berth_emulators::process::{Listen, Service};
use berth_emulators::{Firestore, StartError};

#[tokio::test]
async fn everybody_gets_the_same_emulator() {
    let (one, other) = tokio::join!(Firestore::shared(), Firestore::shared());
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(one.url(), other.url());
    assert_ne!(one.project(), one.project());
}

#[tokio::test]
async fn a_process_is_started_once() {
    const SERVER: Service = Service {
        name: "test-server",
        listen: Listen::Anywhere,
        health: "/",
    };
    let starts = AtomicU32::new(0);
    let get = || {
        SERVER.shared(|address| {
            starts.fetch_add(1, Ordering::Relaxed);
            let port = address.port().to_string();
            let words = ["python3", "-m", "http.server", "--bind", "127.0.0.1", &port];
            Ok(words.map(OsString::from).to_vec())
        })
    };
    let (one, other) = tokio::join!(get(), get());
    assert_eq!(one.unwrap().address, other.unwrap().address);
    // A run of this test shortly before may have left one.
    assert!(starts.load(Ordering::Relaxed) <= 1);
}

#[test]
fn what_is_missing_says_how_to_get_it() {
    let error = StartError::Missing {
        what: "Java",
        how: "install a Java runtime",
    };
    assert_eq!(
        error.to_string(),
        "Java is not installed: install a Java runtime"
    );
}
