//! Secrets, in Firestore: what is stored has been sealed before it gets here.

use std::fmt;

use async_trait::async_trait;
use berth_domain::ports::secrets::Secrets;
use berth_domain::ports::{StoreError, StoreErrorKind, StoreResult};
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::convert::key_of;
use crate::db::query::{Query, text};
use crate::db::{Path, Record};

/// Encrypts and decrypts. What is sealed is bound to some bytes and opens with the same bytes only.
#[async_trait]
pub trait Seal: Send + Sync + fmt::Debug {
    /// Encrypts.
    async fn seal(&self, bound_to: &[u8], clear: &[u8]) -> StoreResult<Vec<u8>>;

    /// Decrypts; fails for what was sealed by another key or for other bytes.
    async fn open(&self, bound_to: &[u8], sealed: &[u8]) -> StoreResult<Vec<u8>>;
}

#[derive(Debug, Serialize, Deserialize)]
struct SecretRecord {
    scope: String,
    name: String,
    sealed: Vec<u8>,
}

impl Record for SecretRecord {
    const COLLECTION: &'static str = "secrets";
}

fn path(scope: &str, name: &str) -> Path<SecretRecord> {
    Path::new(&key_of(&[scope, name]))
}

/// What a value is bound to. The scope's length stands before it, so that no other scope and name give the same bytes.
fn bound_to(scope: &str, name: &str) -> Vec<u8> {
    let length = (scope.len() as u64).to_be_bytes();
    [&length, scope.as_bytes(), name.as_bytes()].concat()
}

#[async_trait]
impl Secrets for Store {
    async fn put_secret(&self, scope: &str, name: &str, value: &str) -> StoreResult<()> {
        let sealed = self
            .seal
            .seal(&bound_to(scope, name), value.as_bytes())
            .await?;
        let record = SecretRecord {
            scope: scope.to_owned(),
            name: name.to_owned(),
            sealed,
        };
        self.db
            .change("secrets.put", |work| {
                let set = work.set(&path(scope, name), &record);
                async move { set }
            })
            .await
    }

    async fn secret(&self, scope: &str, name: &str) -> StoreResult<Option<String>> {
        const OPERATION: &str = "secrets.get";
        let found = self.db.get(&path(scope, name)).await;
        let Some(found) = found.map_err(|trouble| trouble.at(OPERATION))? else {
            return Ok(None);
        };
        let clear = self
            .seal
            .open(&bound_to(scope, name), &found.sealed)
            .await?;
        String::from_utf8(clear)
            .map(Some)
            .map_err(|error| StoreError::new(StoreErrorKind::Broken, OPERATION, error.utf8_error()))
    }

    async fn secret_names(&self, scope: &str) -> StoreResult<Vec<String>> {
        let found: Vec<SecretRecord> = Query::of::<SecretRecord>()
            .equal("scope", text(scope))
            .records(&self.db)
            .await
            .map_err(|trouble| trouble.at("secrets.names"))?;
        let mut names: Vec<String> = found.into_iter().map(|found| found.name).collect();
        names.sort_unstable();
        Ok(names)
    }

    async fn delete_secret(&self, scope: &str, name: &str) -> StoreResult<bool> {
        self.db
            .change("secrets.delete", |work| async move {
                let path = path(scope, name);
                let known = work.get(&path).await?.is_some();
                if known {
                    work.delete(&path)?;
                }
                Ok(known)
            })
            .await
    }
}
