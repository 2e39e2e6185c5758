//! Encryption of what is stored.

use async_trait::async_trait;

use super::StoreResult;

/// Seals values. What is sealed for one scope and name opens for no other.
#[async_trait]
pub trait Sealing: Send + Sync + std::fmt::Debug {
    /// Encrypts. A process that only seals needs no right to open.
    async fn seal(&self, scope: &str, name: &str, value: &str) -> StoreResult<Vec<u8>>;

    /// Decrypts; [`Broken`](super::StoreErrorKind::Broken) when it was not sealed with this key for this scope and name.
    async fn open(&self, scope: &str, name: &str, sealed: &[u8]) -> StoreResult<String>;
}

/// What a value is bound to. The scope's length stands before it, so that no other scope and name give the same bytes.
pub fn bound_to(scope: &str, name: &str) -> Vec<u8> {
    let length = (scope.len() as u64).to_be_bytes();
    [&length, scope.as_bytes(), name.as_bytes()].concat()
}
