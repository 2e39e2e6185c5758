//! Secrets at rest.

use async_trait::async_trait;

use super::StoreResult;

/// Encrypted values. What is stored is bound to its scope and name: moved elsewhere it cannot be read.
#[async_trait]
pub trait Secrets: Send + Sync + std::fmt::Debug {
    /// Stores or replaces.
    async fn put_secret(&self, scope: &str, name: &str, value: &str) -> StoreResult<()>;

    /// The value in the clear.
    async fn secret(&self, scope: &str, name: &str) -> StoreResult<Option<String>>;

    /// Names, never values.
    async fn secret_names(&self, scope: &str) -> StoreResult<Vec<String>>;

    /// Removes; `false` when there was none.
    async fn delete_secret(&self, scope: &str, name: &str) -> StoreResult<bool>;
}

/// Scope of what belongs to the whole installation.
pub const INSTALLATION: &str = "installation";
/// Name of the model API's key in [`INSTALLATION`].
pub const MODEL_KEY: &str = "model-key";
