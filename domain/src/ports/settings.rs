//! Settings of the installation that people change while it runs.

use async_trait::async_trait;

use super::StoreResult;

/// Small texts by name.
#[async_trait]
pub trait Settings: Send + Sync + std::fmt::Debug {
    /// The value, if it was ever set.
    async fn setting(&self, name: &str) -> StoreResult<Option<String>>;

    /// Stores or replaces.
    async fn put_setting(&self, name: &str, value: &str) -> StoreResult<()>;
}

/// Whether the built-in scripted model answers: `"true"` or `"false"`.
pub const DEMO: &str = "demo";
