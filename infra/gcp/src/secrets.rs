//! Secrets, in Firestore: what is stored has been sealed before it gets here.

use async_trait::async_trait;
use berth_domain::ports::StoreResult;
use berth_domain::ports::secrets::Secrets;
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::convert::key_of;
use crate::db::query::{Query, text};
use crate::db::{Path, Record};

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

#[async_trait]
impl Secrets for Store {
    async fn put_secret(&self, scope: &str, name: &str, value: &str) -> StoreResult<()> {
        let sealed = self.sealing.seal(scope, name, value).await?;
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
        let found = self.db.get(&path(scope, name)).await;
        let Some(found) = found.map_err(|trouble| trouble.at("secrets.get"))? else {
            return Ok(None);
        };
        self.sealing
            .open(scope, name, &found.sealed)
            .await
            .map(Some)
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
