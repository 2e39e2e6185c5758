//! A store in an empty database of the shared emulator.

pub(crate) mod proxy;

use std::net::SocketAddr;
use std::sync::Arc;

use berth_domain::ports::sealing::Sealing;
use berth_embedded::SecretKey;
use berth_emulators::Firestore;
use berth_gcp::{Database, Store};
use proxy::Proxy;
use uuid::Uuid;

/// A store whose database nobody else uses.
pub(crate) struct Emulated {
    pub(crate) store: Arc<Store>,
    project: String,
    emulator: Arc<Firestore>,
    sealing: Arc<dyn Sealing>,
}

impl Emulated {
    pub(crate) async fn new() -> Self {
        Self::sealed_by(Arc::new(SecretKey::new([7; 32]))).await
    }

    /// One whose secrets are encrypted that way.
    pub(crate) async fn sealed_by(sealing: Arc<dyn Sealing>) -> Self {
        let emulator = Firestore::shared()
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        let (url, project) = (emulator.url(), emulator.project());
        Self::open(Arc::new(emulator), url, project, sealing).await
    }

    async fn open(
        emulator: Arc<Firestore>,
        url: String,
        project: String,
        sealing: Arc<dyn Sealing>,
    ) -> Self {
        let database = Database::emulated(url, &project);
        let store = Store::open(&database, sealing.clone())
            .await
            .expect("a store");
        Self {
            store: Arc::new(store),
            project,
            emulator,
            sealing,
        }
    }

    /// Another store of the same database, over a network of its own.
    pub(crate) async fn over(&self, proxy: &Proxy) -> Self {
        let url = format!("http://{}", proxy.address);
        Self::open(
            self.emulator.clone(),
            url,
            self.project.clone(),
            self.sealing.clone(),
        )
        .await
    }

    /// Another store of the same database, as another process has it.
    pub(crate) async fn beside(&self) -> Self {
        Self::open(
            self.emulator.clone(),
            self.emulator.url(),
            self.project.clone(),
            self.sealing.clone(),
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
