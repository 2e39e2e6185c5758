//! A store in an empty database of the shared emulator.

pub(crate) mod proxy;

use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use berth_domain::ports::{StoreError, StoreErrorKind, StoreResult};
use berth_emulators::Firestore;
use berth_gcp::{Database, Seal, Store};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use proxy::Proxy;
use uuid::Uuid;

/// Bytes of a nonce.
const NONCE: usize = 24;

/// Seals with a key that everybody knows.
#[derive(Debug)]
pub(crate) struct TestSeal;

impl TestSeal {
    fn cipher() -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&[7; 32].into())
    }
}

fn broken<E>(_: E) -> StoreError {
    StoreError::new(StoreErrorKind::Broken, "test.seal", "not this key's")
}

#[async_trait]
impl Seal for TestSeal {
    async fn seal(&self, bound_to: &[u8], clear: &[u8]) -> StoreResult<Vec<u8>> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(broken)?;
        let payload = Payload {
            msg: clear,
            aad: bound_to,
        };
        let sealed = Self::cipher().encrypt(&XNonce::from(nonce), payload);
        Ok([&nonce[..], &sealed.map_err(broken)?].concat())
    }

    async fn open(&self, bound_to: &[u8], sealed: &[u8]) -> StoreResult<Vec<u8>> {
        let (nonce, msg) = sealed
            .split_first_chunk::<NONCE>()
            .ok_or(())
            .map_err(broken)?;
        let payload = Payload { msg, aad: bound_to };
        let clear = Self::cipher().decrypt(&XNonce::from(*nonce), payload);
        clear.map_err(broken)
    }
}

/// A store whose database nobody else uses.
pub(crate) struct Emulated {
    pub(crate) store: Arc<Store>,
    project: String,
    emulator: Arc<Firestore>,
}

impl Emulated {
    pub(crate) async fn new() -> Self {
        let emulator = Firestore::shared()
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        let (url, project) = (emulator.url(), emulator.project());
        Self::open(Arc::new(emulator), url, project).await
    }

    async fn open(emulator: Arc<Firestore>, url: String, project: String) -> Self {
        let database = Database::emulated(url, &project);
        let store = Store::open(&database, Arc::new(TestSeal))
            .await
            .expect("a store");
        Self {
            store: Arc::new(store),
            project,
            emulator,
        }
    }

    /// Another store of the same database, over a network of its own.
    pub(crate) async fn over(&self, proxy: &Proxy) -> Self {
        let url = format!("http://{}", proxy.address);
        Self::open(self.emulator.clone(), url, self.project.clone()).await
    }

    /// Another store of the same database, as another process has it.
    pub(crate) async fn beside(&self) -> Self {
        Self::open(
            self.emulator.clone(),
            self.emulator.url(),
            self.project.clone(),
        )
        .await
    }

    /// Where the emulator listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.emulator.address()
    }
}

/// An id nobody else has.
#[expect(
    clippy::disallowed_methods,
    reason = "tests share the emulator and are told apart by chance"
)]
pub(crate) fn uuid() -> Uuid {
    Uuid::new_v4()
}
