//! Settings of the installation, in SQLite.

use async_trait::async_trait;
use berth_domain::ports::StoreResult;
use berth_domain::ports::settings::Settings;
use rusqlite::{OptionalExtension, params};

use crate::Store;

#[async_trait]
impl Settings for Store {
    async fn setting(&self, name: &str) -> StoreResult<Option<String>> {
        let key = name.to_owned();
        let read = self.db.read("settings.get", move |db| {
            db.prepare_cached("SELECT value FROM settings WHERE name = ?1")?
                .query_row([key], |row| row.get(0))
                .optional()
                .map(Some)
        });
        let found = self.kept.settings.get(name.to_owned(), read).await?;
        Ok(found.flatten())
    }

    async fn put_setting(&self, name: &str, value: &str) -> StoreResult<()> {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.db
            .write("settings.put", move |db| {
                db.prepare_cached("INSERT OR REPLACE INTO settings (name, value) VALUES (?1, ?2)")?
                    .execute(params![name, value])?;
                Ok(())
            })
            .await
    }
}
