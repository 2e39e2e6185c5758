//! Secrets, encrypted with a key file.

use async_trait::async_trait;
use berth_domain::ports::StoreResult;
use berth_domain::ports::sealing::Sealing as _;
use berth_domain::ports::secrets::Secrets;
use berth_local::NONCE;
use rusqlite::{OptionalExtension, params};

use crate::Store;

#[async_trait]
impl Secrets for Store {
    async fn put_secret(&self, scope: &str, name: &str, value: &str) -> StoreResult<()> {
        const OPERATION: &str = "secrets.put";
        let sealed = self.key.seal(scope, name, value).await?;
        let (scope, name) = (scope.to_owned(), name.to_owned());
        self.db
            .write(OPERATION, move |db| {
                db.prepare_cached(
                    "INSERT OR REPLACE INTO secrets (scope, name, nonce, ciphertext) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![scope, name, &sealed[..NONCE], &sealed[NONCE..]])?;
                Ok(())
            })
            .await
    }

    async fn secret(&self, scope: &str, name: &str) -> StoreResult<Option<String>> {
        const OPERATION: &str = "secrets.get";
        let key = (scope.to_owned(), name.to_owned());
        let row = self
            .db
            .read(OPERATION, move |db| {
                db.prepare_cached(
                    "SELECT nonce, ciphertext FROM secrets WHERE scope = ?1 AND name = ?2",
                )?
                .query_row(params![key.0, key.1], |row| {
                    Ok((row.get::<_, [u8; NONCE]>(0)?, row.get::<_, Vec<u8>>(1)?))
                })
                .optional()
            })
            .await?;
        let Some((nonce, ciphertext)) = row else {
            return Ok(None);
        };
        let sealed = [&nonce[..], &ciphertext].concat();
        self.key.open(scope, name, &sealed).await.map(Some)
    }

    async fn secret_names(&self, scope: &str) -> StoreResult<Vec<String>> {
        let key = scope.to_owned();
        let read = self.db.read("secrets.names", move |db| {
            db.prepare_cached("SELECT name FROM secrets WHERE scope = ?1 ORDER BY name")?
                .query_map([key], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()
                .map(Some)
        });
        let found = self.kept.secret_names.get(scope.to_owned(), read).await?;
        Ok(found.unwrap_or_default())
    }

    async fn delete_secret(&self, scope: &str, name: &str) -> StoreResult<bool> {
        let key = (scope.to_owned(), name.to_owned());
        self.db
            .write("secrets.delete", move |db| {
                let removed = db
                    .prepare_cached("DELETE FROM secrets WHERE scope = ?1 AND name = ?2")?
                    .execute(params![key.0, key.1])?;
                Ok(removed > 0)
            })
            .await
    }
}
