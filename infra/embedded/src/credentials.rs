//! Sessions and tokens, in SQLite, by hash.

use async_trait::async_trait;
use berth_domain::ids::UserId;
use berth_domain::ports::StoreResult;
use berth_domain::ports::credentials::Credentials;
use berth_domain::user::{Credential, CredentialHash, CredentialKind};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use crate::Store;
use crate::convert::{maybe_json, maybe_timestamp, micros, parsed, timestamp, to_json, word};

const COLUMNS: &str = "hash, kind, user_id, label, created_at, expires_at, account";

fn kind(text: &str) -> Option<CredentialKind> {
    [
        CredentialKind::Session,
        CredentialKind::ApiToken,
        CredentialKind::SignInLink,
    ]
    .into_iter()
    .find(|kind| kind.as_str() == text)
}

fn credential(row: &Row<'_>) -> rusqlite::Result<Credential> {
    Ok(Credential {
        hash: CredentialHash(row.get(0)?),
        kind: word(row, 1, kind)?,
        user_id: parsed(row, 2)?,
        label: row.get(3)?,
        created_at: timestamp(row, 4)?,
        expires_at: maybe_timestamp(row, 5)?,
        account: maybe_json(row, 6)?,
    })
}

#[async_trait]
impl Credentials for Store {
    async fn add_credential(&self, credential: &Credential) -> StoreResult<()> {
        let credential = credential.clone();
        self.db
            .write("credentials.add", move |db| {
                db.prepare_cached("DELETE FROM credentials WHERE expires_at <= ?1")?
                    .execute([micros(credential.created_at)])?;
                db.prepare_cached(&format!(
                    "INSERT OR REPLACE INTO credentials ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
                ))?
                .execute(params![
                    credential.hash.0,
                    credential.kind.as_str(),
                    credential.user_id.to_string(),
                    credential.label,
                    micros(credential.created_at),
                    credential.expires_at.map(micros),
                    credential.account.as_ref().map(to_json).transpose()?,
                ])?;
                Ok(())
            })
            .await
    }

    async fn credential(
        &self,
        hash: CredentialHash,
        now: Timestamp,
    ) -> StoreResult<Option<Credential>> {
        let read = self.db.read("credentials.get", move |db| {
            db.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM credentials WHERE hash = ?1"
            ))?
            .query_row([hash.0], credential)
            .optional()
        });
        let found = self.kept.credentials.get(hash, read).await?;
        Ok(found.filter(|found| found.expires_at.is_none_or(|at| at > now)))
    }

    async fn credentials_of(
        &self,
        user: UserId,
        kind: CredentialKind,
        now: Timestamp,
    ) -> StoreResult<Vec<Credential>> {
        self.db
            .read("credentials.list", move |db| {
                db.prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM credentials
                     WHERE user_id = ?1 AND kind = ?2 AND (expires_at IS NULL OR expires_at > ?3)
                     ORDER BY created_at DESC, hash"
                ))?
                .query_map(
                    params![user.to_string(), kind.as_str(), micros(now)],
                    credential,
                )?
                .collect()
            })
            .await
    }

    async fn revoke_credentials_of(&self, user: UserId, kind: CredentialKind) -> StoreResult<()> {
        self.db
            .write("credentials.revoke_of", move |db| {
                db.prepare_cached("DELETE FROM credentials WHERE user_id = ?1 AND kind = ?2")?
                    .execute(params![user.to_string(), kind.as_str()])?;
                Ok(())
            })
            .await
    }

    async fn revoke_credential(&self, hash: CredentialHash) -> StoreResult<bool> {
        self.db
            .write("credentials.revoke", move |db| {
                let removed = db
                    .prepare_cached("DELETE FROM credentials WHERE hash = ?1")?
                    .execute([hash.0])?;
                Ok(removed > 0)
            })
            .await
    }
}
