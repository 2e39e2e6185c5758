//! Tokens as attackers make them, and keys as networks lose them.

#![expect(
    clippy::unwrap_used,
    reason = "a panic is how a test and its helpers fail"
)]

mod keys;
mod tokens;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use async_trait::async_trait;
use berth_fake_oidc::{Issuer, person};
use berth_oidc::{Claims, Expected, KeySource, KeysUnavailable, Verifier, VerifyError};
use jiff::Timestamp;
use serde_json::Value;

pub(crate) const CLIENT: &str = "client.apps.googleusercontent.com";
pub(crate) const NONCE: &str = "nonce";
pub(crate) const NOW: i64 = 1_800_000_000;

/// Keys are slow to make: all tests share two.
pub(crate) static GOOGLE: LazyLock<Issuer> = LazyLock::new(|| Issuer::new("k1"));
pub(crate) static OTHER: LazyLock<Issuer> = LazyLock::new(|| Issuer::new("k2"));

/// An answer in the test's hand.
#[derive(Debug)]
pub(crate) struct Source {
    answer: Mutex<Result<Vec<u8>, String>>,
    pub(crate) asked: AtomicU64,
}

impl Source {
    pub(crate) fn of(issuer: &Issuer) -> Arc<Self> {
        Arc::new(Self {
            answer: Mutex::new(Ok(issuer.jwks().to_string().into_bytes())),
            asked: AtomicU64::default(),
        })
    }

    pub(crate) fn answer(&self, answer: Result<Vec<u8>, &str>) {
        *self.answer.lock().unwrap() = answer.map_err(str::to_owned);
    }

    pub(crate) fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl KeySource for Source {
    async fn fetch(&self) -> Result<Vec<u8>, KeysUnavailable> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        self.answer.lock().unwrap().clone().map_err(KeysUnavailable)
    }
}

pub(crate) fn claims() -> Value {
    person(CLIENT, NONCE, "1234", "mina@example.com", NOW)
}

/// Verifies a token at so many seconds after its making.
pub(crate) async fn verify(
    verifier: &Verifier,
    token: &str,
    after: i64,
) -> Result<Claims, VerifyError> {
    let now = Timestamp::from_second(NOW + after).unwrap();
    let expected = Expected::person(CLIENT, NONCE);
    verifier.verify(token, &expected, now).await
}
