//! Settings of the installation, in Firestore.

use async_trait::async_trait;
use berth_domain::ports::StoreResult;
use berth_domain::ports::settings::Settings;
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::convert::key_of;
use crate::db::{Path, Record};

#[derive(Debug, Serialize, Deserialize)]
struct SettingRecord {
    /// For whoever looks at the database; the document is found by a digest of it.
    name: String,
    value: String,
}

impl Record for SettingRecord {
    const COLLECTION: &'static str = "settings";
}

fn path(name: &str) -> Path<SettingRecord> {
    Path::new(&key_of(&[name]))
}

impl Store {
    /// The setting, which is `value` from now on where there was none: of several processes that ask at once all get the same.
    pub async fn setting_or(&self, name: &str, value: &str) -> StoreResult<String> {
        self.db
            .change("settings.ensure", |work| async move {
                if let Some(found) = work.get(&path(name)).await? {
                    return Ok(found.value);
                }
                let record = SettingRecord {
                    name: name.to_owned(),
                    value: value.to_owned(),
                };
                work.put(&path(name), &record)?;
                Ok(record.value)
            })
            .await
    }
}

#[async_trait]
impl Settings for Store {
    async fn setting(&self, name: &str) -> StoreResult<Option<String>> {
        let found = self.db.get(&path(name)).await;
        let found = found.map_err(|trouble| trouble.at("settings.get"))?;
        Ok(found.map(|found| found.value))
    }

    async fn put_setting(&self, name: &str, value: &str) -> StoreResult<()> {
        let record = SettingRecord {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        self.db
            .change("settings.put", |work| {
                let set = work.set(&path(name), &record);
                async move { set }
            })
            .await
    }
}
