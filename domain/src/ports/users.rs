//! People.

use async_trait::async_trait;
use jiff::Timestamp;

use super::StoreResult;
use crate::ids::UserId;
use crate::user::{Onboarding, User};

/// Users by id and by name.
#[async_trait]
pub trait Users: Send + Sync + std::fmt::Debug {
    /// The user of that name; made with `id` when there is none yet.
    async fn ensure_user(&self, name: &str, id: UserId, now: Timestamp) -> StoreResult<User>;

    /// The user, if there is one.
    async fn user(&self, id: UserId) -> StoreResult<Option<User>>;

    /// Replaces what the user said on the first visit; `false` when there is no such user.
    async fn set_onboarding(&self, id: UserId, onboarding: &Onboarding) -> StoreResult<bool>;
}
