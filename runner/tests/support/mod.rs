//! What tests of engines and workspaces share: a gateway that only remembers, and a clock.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use berth_domain::clock::Clock;
use berth_domain::ids::{RunId, UserId};
use berth_domain::ports::gateway::{Gateway, GatewayError, Grant, Registries, RunSpend};
use berth_domain::run_token::TokenHash;
use jiff::Timestamp;
use tokio::sync::watch;
use uuid::Uuid;

/// A user nobody else has.
#[expect(
    clippy::disallowed_methods,
    reason = "tests that run beside each other must not meet"
)]
pub(crate) fn new_user() -> UserId {
    UserId(Uuid::now_v7())
}

/// Stands still, except when a test moves it: seconds since some day.
#[derive(Debug, Default)]
pub(crate) struct MovedClock(AtomicI64);

impl MovedClock {
    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for MovedClock {
    fn now(&self) -> Timestamp {
        let seconds = 1_800_000_000 + self.0.load(Ordering::Relaxed);
        Timestamp::from_second(seconds).expect("a time")
    }

    fn uuid(&self) -> Uuid {
        Uuid::nil()
    }
}

/// Which workspaces it was told to open.
#[derive(Debug, Default)]
pub(crate) struct OpenGateways(Mutex<HashMap<UserId, PathBuf>>);

impl OpenGateways {
    pub(crate) fn folder(&self, user: UserId) -> Option<PathBuf> {
        self.0.lock().expect("not poisoned").get(&user).cloned()
    }
}

#[async_trait]
impl Gateway for OpenGateways {
    async fn open(
        &self,
        user: UserId,
        socket_dir: &Path,
        _: &Registries,
    ) -> Result<(), GatewayError> {
        let mut open = self.0.lock().expect("not poisoned");
        open.insert(user, socket_dir.to_owned());
        Ok(())
    }

    async fn close(&self, user: UserId) {
        self.0.lock().expect("not poisoned").remove(&user);
    }

    async fn grant(&self, _: TokenHash, _: Grant) -> Result<(), GatewayError> {
        Ok(())
    }

    async fn revoke(&self, _: TokenHash) -> RunSpend {
        RunSpend::default()
    }

    fn vouch(&self, _: Timestamp) {}

    fn status(&self, _: RunId) -> RunSpend {
        RunSpend::default()
    }

    fn watch(&self, _: RunId) -> Option<watch::Receiver<RunSpend>> {
        None
    }
}
