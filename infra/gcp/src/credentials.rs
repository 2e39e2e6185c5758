//! Sessions and tokens, in Firestore, by hash. What has expired is removed by the database's own policy on `ends`; until then it is
//! not found.

use async_trait::async_trait;
use berth_domain::account::Account;
use berth_domain::ids::UserId;
use berth_domain::ports::StoreResult;
use berth_domain::ports::credentials::Credentials;
use berth_domain::user::{Credential, CredentialHash, CredentialKind};
use firestore::FirestoreTimestamp;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::convert::{at, hex, maybe_at, maybe_json};
use crate::db::query::{Query, text};
use crate::db::{Done, Path, Record, Trouble};

/// Credentials that are ended together.
const TOGETHER: u32 = 300;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct CredentialRecord {
    /// In hexadecimal digits, as in its id.
    hash: String,
    kind: String,
    user_id: UserId,
    label: String,
    #[serde(with = "at")]
    created_at: Timestamp,
    #[serde(default, with = "maybe_at")]
    expires_at: Option<Timestamp>,
    /// The same in Firestore's own type, for its policy.
    ends: Option<FirestoreTimestamp>,
    #[serde(default, with = "maybe_json")]
    account: Option<Account>,
}

impl Record for CredentialRecord {
    const COLLECTION: &'static str = "credentials";
}

fn path(hash: CredentialHash) -> Path<CredentialRecord> {
    Path::new(&hex(&hash.0))
}

fn kind(text: &str) -> Option<CredentialKind> {
    [
        CredentialKind::Session,
        CredentialKind::ApiToken,
        CredentialKind::SignInLink,
    ]
    .into_iter()
    .find(|kind| kind.as_str() == text)
}

fn credential(hash: CredentialHash, record: CredentialRecord) -> Done<Credential> {
    let unknown = || Trouble::broken(format!("unknown kind {:?}", record.kind));
    Ok(Credential {
        hash,
        kind: kind(&record.kind).ok_or_else(unknown)?,
        user_id: record.user_id,
        label: record.label,
        created_at: record.created_at,
        expires_at: record.expires_at,
        account: record.account,
    })
}

impl Store {
    async fn valid(&self, hash: CredentialHash, now: Timestamp) -> Done<Option<Credential>> {
        let found = self.db.get(&path(hash)).await?;
        let found = found.map(|record| credential(hash, record)).transpose()?;
        Ok(found.filter(|found| found.expires_at.is_none_or(|end| end > now)))
    }

    /// A user has a few dozen at most.
    async fn valid_of(
        &self,
        user: UserId,
        kind: CredentialKind,
        now: Timestamp,
    ) -> Done<Vec<Credential>> {
        let of_kind = Query::of::<CredentialRecord>()
            .equal("user_id", text(user.to_string()))
            .equal("kind", text(kind.as_str()));
        let mut found = Vec::new();
        for record in of_kind.records::<CredentialRecord>(&self.db).await? {
            found.push(credential(hash(&record)?, record)?);
        }
        found.retain(|found| found.expires_at.is_none_or(|end| end > now));
        found.sort_unstable_by_key(|found| (std::cmp::Reverse(found.created_at), found.hash.0));
        Ok(found)
    }
}

/// The hash of a stored one.
fn hash(record: &CredentialRecord) -> Done<CredentialHash> {
    let digits = |at: usize| record.hash.get(at..at + 2);
    let mut hash = [0; 32];
    for (place, byte) in hash.iter_mut().enumerate() {
        let parsed = digits(2 * place).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        *byte = parsed.ok_or_else(|| Trouble::broken("a credential without its hash"))?;
    }
    Ok(CredentialHash(hash))
}

#[async_trait]
impl Credentials for Store {
    async fn add_credential(&self, credential: &Credential) -> StoreResult<()> {
        let record = CredentialRecord {
            hash: hex(&credential.hash.0),
            kind: credential.kind.as_str().to_owned(),
            user_id: credential.user_id,
            label: credential.label.clone(),
            created_at: credential.created_at,
            expires_at: credential.expires_at,
            ends: credential.expires_at.map(FirestoreTimestamp),
            account: credential.account.clone(),
        };
        self.db
            .change("credentials.add", |work| {
                let set = work.set(&path(credential.hash), &record);
                async move { set }
            })
            .await
    }

    async fn credential(
        &self,
        hash: CredentialHash,
        now: Timestamp,
    ) -> StoreResult<Option<Credential>> {
        let found = self.valid(hash, now).await;
        found.map_err(|trouble| trouble.at("credentials.get"))
    }

    async fn credentials_of(
        &self,
        user: UserId,
        kind: CredentialKind,
        now: Timestamp,
    ) -> StoreResult<Vec<Credential>> {
        let found = self.valid_of(user, kind, now).await;
        found.map_err(|trouble| trouble.at("credentials.list"))
    }

    async fn revoke_credentials_of(&self, user: UserId, kind: CredentialKind) -> StoreResult<()> {
        const OPERATION: &str = "credentials.revoke_of";
        let of_kind = Query::of::<CredentialRecord>()
            .equal("user_id", text(user.to_string()))
            .equal("kind", text(kind.as_str()))
            .limit(TOGETHER);
        loop {
            let found = of_kind.ids(&self.db).await;
            let ids = found.map_err(|trouble| trouble.at(OPERATION))?;
            if ids.is_empty() {
                return Ok(());
            }
            let paths: Vec<_> = ids
                .iter()
                .map(|id| Path::<CredentialRecord>::new(id))
                .collect();
            self.db
                .change(OPERATION, |work| {
                    let deleted = paths.iter().try_for_each(|path| work.delete(path));
                    async move { deleted }
                })
                .await?;
        }
    }

    async fn revoke_credential(&self, hash: CredentialHash) -> StoreResult<bool> {
        self.db
            .change("credentials.revoke", |work| async move {
                let known = work.get(&path(hash)).await?.is_some();
                if known {
                    work.delete(&path(hash))?;
                }
                Ok(known)
            })
            .await
    }
}
