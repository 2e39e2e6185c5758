//! People, in SQLite.

use async_trait::async_trait;
use berth_domain::ids::UserId;
use berth_domain::ports::StoreResult;
use berth_domain::ports::users::Users;
use berth_domain::user::{Onboarding, User};
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use crate::Store;
use crate::convert::{json, micros, parsed, timestamp, to_json};

const COLUMNS: &str = "id, name, created_at, onboarding";

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: parsed(row, 0)?,
        name: row.get(1)?,
        created_at: timestamp(row, 2)?,
        onboarding: json(row, 3)?,
    })
}

#[async_trait]
impl Users for Store {
    async fn ensure_user(&self, name: &str, id: UserId, now: Timestamp) -> StoreResult<User> {
        let name = name.to_owned();
        self.db
            .write("users.ensure", move |db| {
                db.prepare_cached(
                    "INSERT INTO users (id, name, created_at, onboarding) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (name) DO NOTHING",
                )?
                .execute(params![
                    id.to_string(),
                    name,
                    micros(now),
                    to_json(&Onboarding::default())?
                ])?;
                db.prepare_cached(&format!("SELECT {COLUMNS} FROM users WHERE name = ?1"))?
                    .query_row([name], user)
            })
            .await
    }

    async fn user(&self, id: UserId) -> StoreResult<Option<User>> {
        self.db
            .read("users.get", move |db| {
                db.prepare_cached(&format!("SELECT {COLUMNS} FROM users WHERE id = ?1"))?
                    .query_row([id.to_string()], user)
                    .optional()
            })
            .await
    }

    async fn set_onboarding(&self, id: UserId, onboarding: &Onboarding) -> StoreResult<bool> {
        let onboarding = onboarding.clone();
        self.db
            .write("users.set_onboarding", move |db| {
                let changed = db
                    .prepare_cached("UPDATE users SET onboarding = ?2 WHERE id = ?1")?
                    .execute(params![id.to_string(), to_json(&onboarding)?])?;
                Ok(changed > 0)
            })
            .await
    }
}
