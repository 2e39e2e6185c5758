//! People, in Firestore. A name is a document of its own: whoever creates it first has it.

use async_trait::async_trait;
use berth_domain::ids::UserId;
use berth_domain::ports::StoreResult;
use berth_domain::ports::users::Users;
use berth_domain::user::{Onboarding, User};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::convert::{at, json, key, key_of};
use crate::db::work::Work;
use crate::db::{Done, Path, Record, Trouble};

#[derive(Debug, Clone, Serialize, Deserialize)]
struct UserRecord {
    id: UserId,
    name: String,
    #[serde(with = "at")]
    created_at: Timestamp,
    #[serde(with = "json")]
    onboarding: Onboarding,
}

impl Record for UserRecord {
    const COLLECTION: &'static str = "users";
}

/// Whose a name is.
#[derive(Debug, Serialize, Deserialize)]
struct NameRecord {
    user_id: UserId,
}

impl Record for NameRecord {
    const COLLECTION: &'static str = "names";
}

impl From<UserRecord> for User {
    fn from(record: UserRecord) -> Self {
        Self {
            id: record.id,
            name: record.name,
            created_at: record.created_at,
            onboarding: record.onboarding,
        }
    }
}

fn path(id: UserId) -> Path<UserRecord> {
    Path::new(&key(id.0))
}

async fn ensure(work: &Work, name: &str, id: UserId, now: Timestamp) -> Done<UserRecord> {
    let owner = Path::<NameRecord>::new(&key_of(&[name]));
    if let Some(taken) = work.get(&owner).await? {
        let user = work.get(&path(taken.user_id)).await?;
        return user.ok_or_else(|| Trouble::broken("a name without its user"));
    }
    let record = UserRecord {
        id,
        name: name.to_owned(),
        created_at: now,
        onboarding: Onboarding::default(),
    };
    work.put(&owner, &NameRecord { user_id: id })?;
    work.put(&path(id), &record)?;
    Ok(record)
}

#[async_trait]
impl Users for Store {
    async fn ensure_user(&self, name: &str, id: UserId, now: Timestamp) -> StoreResult<User> {
        let record = self
            .db
            .change("users.ensure", |work| async move {
                ensure(&work, name, id, now).await
            })
            .await?;
        Ok(record.into())
    }

    async fn user(&self, id: UserId) -> StoreResult<Option<User>> {
        let found = self.db.get(&path(id)).await;
        let found = found.map_err(|trouble| trouble.at("users.get"))?;
        Ok(found.map(User::from))
    }

    async fn set_onboarding(&self, id: UserId, onboarding: &Onboarding) -> StoreResult<bool> {
        self.db
            .change("users.set_onboarding", |work| async move {
                let Some(mut user) = work.get(&path(id)).await? else {
                    return Ok(false);
                };
                user.onboarding = onboarding.clone();
                work.put(&path(id), &user)?;
                Ok(true)
            })
            .await
    }
}
