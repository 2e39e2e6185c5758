//! Shared processes are started once and found by everybody.

use std::ffi::OsString;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

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

#[tokio::test]
async fn a_port_that_is_taken_in_the_last_moment_is_not_waited_for() {
    const SERVER: Service = Service {
        name: "test-unlucky-server",
        listen: Listen::Anywhere,
        health: "/",
    };
    let starts = AtomicU32::new(0);
    let server = SERVER.shared(|address| {
        let port = address.port().to_string();
        let words = match starts.fetch_add(1, Ordering::Relaxed) {
            0 => ["sh", "-c", "exit 1", "", "", ""],
            _ => ["python3", "-m", "http.server", "--bind", "127.0.0.1", &port],
        };
        Ok(words.map(OsString::from).to_vec())
    });
    let server = tokio::time::timeout(Duration::from_secs(30), server);
    assert!(server.await.expect("long before its patience ends").is_ok());
    // A run of this test shortly before may have left one.
    assert_ne!(starts.load(Ordering::Relaxed), 1);
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
