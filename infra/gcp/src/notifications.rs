//! Notifications, their deliveries, and what follows from the end of an agent's run, in Firestore.

mod deliveries;
mod row;
mod settle;

use async_trait::async_trait;
use berth_domain::ids::UserId;
use berth_domain::notification::{Delivery, Notification, NotificationSettings};
use berth_domain::page::{Page, PageRequest};
use berth_domain::ports::StoreResult;
use berth_domain::ports::notifications::{Attempted, Notifications, Settlement};
use berth_domain::run::Run;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Store;
use crate::convert::{cursor, json, key, micros, page, parse_cursor};
use crate::db::query::{Query, flag, int, text};
use crate::db::work::Work;
use crate::db::{Db, Done, Path, Record};
use row::{NotificationRecord, path};

/// Notifications that are marked seen together.
const TOGETHER: u32 = 300;

#[derive(Debug, Serialize, Deserialize)]
struct SettingsRecord {
    #[serde(with = "json")]
    settings: NotificationSettings,
}

impl Record for SettingsRecord {
    const COLLECTION: &'static str = "notification_settings";
}

fn settings_path(user: UserId) -> Path<SettingsRecord> {
    Path::new(&key(user.0))
}

/// Stores a notification; `false` when its id is there.
async fn add(work: &Work, notification: &Notification) -> Done<bool> {
    let path = path(notification.id);
    if work.get(&path).await?.is_some() {
        return Ok(false);
    }
    work.put(&path, &NotificationRecord::from(notification))?;
    Ok(true)
}

/// Stores a notification and how it is delivered, unless its id is there.
pub(crate) async fn tell(
    work: &Work,
    notification: &Notification,
    deliveries: &[Delivery],
) -> Done<bool> {
    let new = add(work, notification).await?;
    if new {
        deliveries::add(work, deliveries).await?;
    }
    Ok(new)
}

fn of(user: UserId, unread_only: bool) -> Query {
    let query = Query::of::<NotificationRecord>().equal("user_id", text(user.to_string()));
    if unread_only {
        query.equal("unread", flag(true))
    } else {
        query
    }
}

async fn list(
    db: &Db,
    user: UserId,
    unread_only: bool,
    request: &PageRequest,
) -> Done<Page<Notification>> {
    let mut query = of(user, unread_only).down("at").limit(request.limit() + 1);
    if let Some((at, id)) = parse_cursor(request.cursor.as_deref()) {
        query = query.after(vec![int(at)], &id);
    }
    let found: Vec<NotificationRecord> = query.records(db).await?;
    let rows = found.into_iter().map(Notification::from).collect();
    Ok(page(rows, request.limit(), |last: &Notification| {
        cursor(micros(last.at), key(last.id))
    }))
}

/// Marks one seen; `None`: it is not this user's, `Some(false)`: it was before.
async fn see(work: &Work, user: UserId, id: Uuid, now: Timestamp) -> Done<Option<bool>> {
    let found = work.get(&path(id)).await?;
    let Some(mut found) = found.filter(|found| found.user_id == user) else {
        return Ok(None);
    };
    let first = found.see(now);
    if first {
        work.put(&path(id), &found)?;
    }
    Ok(Some(first))
}

impl Store {
    async fn see_all(&self, user: UserId, until: Timestamp, now: Timestamp) -> StoreResult<u32> {
        const OPERATION: &str = "notifications.mark_read";
        let unseen = of(user, true)
            .at_most("at", micros(until))
            .down("at")
            .limit(TOGETHER);
        let mut marked = 0;
        loop {
            let found: Vec<NotificationRecord> = unseen
                .records(&self.db)
                .await
                .map_err(|trouble| trouble.at(OPERATION))?;
            if found.is_empty() {
                return Ok(marked);
            }
            let ids: Vec<Uuid> = found.iter().map(|found| found.id).collect();
            let ids = ids.as_slice();
            marked += self
                .db
                .change(OPERATION, |work| async move {
                    let mut first = 0;
                    let paths: Vec<_> = ids.iter().map(|id| path(*id)).collect();
                    work.load_all(&paths).await?;
                    for id in ids {
                        first += u32::from(see(&work, user, *id, now).await? == Some(true));
                    }
                    Ok(first)
                })
                .await?;
        }
    }
}

#[async_trait]
impl Notifications for Store {
    async fn unsettled_runs(&self, limit: u32) -> StoreResult<Vec<Run>> {
        settle::unsettled(&self.db, limit)
            .await
            .map_err(|trouble| trouble.at("notifications.unsettled"))
    }

    async fn settle_run(&self, settlement: &Settlement) -> StoreResult<bool> {
        self.db
            .change("notifications.settle", |work| async move {
                settle::settle(&work, settlement).await
            })
            .await
    }

    async fn notify(
        &self,
        notification: &Notification,
        deliveries: &[Delivery],
    ) -> StoreResult<bool> {
        self.db
            .change("notifications.add", |work| async move {
                tell(&work, notification, deliveries).await
            })
            .await
    }

    async fn list_notifications(
        &self,
        user: UserId,
        unread_only: bool,
        page: &PageRequest,
    ) -> StoreResult<Page<Notification>> {
        list(&self.db, user, unread_only, page)
            .await
            .map_err(|trouble| trouble.at("notifications.list"))
    }

    async fn unread_notifications(&self, user: UserId) -> StoreResult<u32> {
        let count = of(user, true).count(&self.db).await;
        let count = count.map_err(|trouble| trouble.at("notifications.unread"))?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    async fn mark_read(&self, user: UserId, until: Timestamp, now: Timestamp) -> StoreResult<u32> {
        self.see_all(user, until, now).await
    }

    async fn mark_one_read(&self, user: UserId, id: Uuid, now: Timestamp) -> StoreResult<bool> {
        let seen = self
            .db
            .change("notifications.mark_one_read", |work| async move {
                see(&work, user, id, now).await
            })
            .await?;
        Ok(seen.is_some())
    }

    async fn due_deliveries(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> StoreResult<Vec<(Delivery, Notification)>> {
        deliveries::due(&self.db, now, limit)
            .await
            .map_err(|trouble| trouble.at("deliveries.due"))
    }

    async fn next_delivery(&self) -> StoreResult<Option<Timestamp>> {
        deliveries::next(&self.db)
            .await
            .map_err(|trouble| trouble.at("deliveries.next"))
    }

    async fn record_attempt(&self, attempted: &Attempted) -> StoreResult<()> {
        self.db
            .change("deliveries.attempt", |work| async move {
                deliveries::attempt(&work, attempted).await
            })
            .await
    }

    async fn list_deliveries(
        &self,
        user: UserId,
        page: &PageRequest,
    ) -> StoreResult<Page<Delivery>> {
        deliveries::list(&self.db, user, page)
            .await
            .map_err(|trouble| trouble.at("deliveries.list"))
    }

    async fn notification_settings(&self, user: UserId) -> StoreResult<NotificationSettings> {
        let found = self.db.get(&settings_path(user)).await;
        let found = found.map_err(|trouble| trouble.at("notification_settings.get"))?;
        Ok(found.map(|found| found.settings).unwrap_or_default())
    }

    async fn put_notification_settings(
        &self,
        user: UserId,
        settings: &NotificationSettings,
    ) -> StoreResult<()> {
        let record = SettingsRecord {
            settings: settings.clone(),
        };
        self.db
            .change("notification_settings.put", |work| {
                let set = work.set(&settings_path(user), &record);
                async move { set }
            })
            .await
    }
}
