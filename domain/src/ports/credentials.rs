//! Sessions and tokens, by hash.

use async_trait::async_trait;
use jiff::Timestamp;

use super::StoreResult;
use crate::ids::UserId;
use crate::user::{Credential, CredentialHash, CredentialKind};

/// What lets somebody in.
#[async_trait]
pub trait Credentials: Send + Sync + std::fmt::Debug {
    /// Stores a credential.
    async fn add_credential(&self, credential: &Credential) -> StoreResult<()>;

    /// The credential of that hash, unless it has expired.
    async fn credential(
        &self,
        hash: CredentialHash,
        now: Timestamp,
    ) -> StoreResult<Option<Credential>>;

    /// What a user has of one kind and has not expired, newest first.
    async fn credentials_of(
        &self,
        user: UserId,
        kind: CredentialKind,
        now: Timestamp,
    ) -> StoreResult<Vec<Credential>>;

    /// Ends all credentials of one kind that a user has.
    async fn revoke_credentials_of(&self, user: UserId, kind: CredentialKind) -> StoreResult<()>;

    /// Ends a credential at once; `false` when there was none.
    async fn revoke_credential(&self, hash: CredentialHash) -> StoreResult<bool>;
}
