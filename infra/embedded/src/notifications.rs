//! Notifications, their deliveries, and what follows from the end of an agent's run, in SQLite.

mod deliveries;
pub(crate) mod settle;

use async_trait::async_trait;
use berth_domain::ids::UserId;
use berth_domain::notification::{Delivery, Notification, NotificationKind, NotificationSettings};
use berth_domain::page::{Page, PageRequest};
use berth_domain::ports::StoreResult;
use berth_domain::ports::notifications::{Attempted, Notifications, Settlement};
use berth_domain::run::{Reason, Run};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use crate::Store;
use crate::conversations::page;
use crate::convert::{
    cursor, json, maybe_parsed, maybe_timestamp, maybe_word, micros, parse_cursor, parsed,
    timestamp, to_json, word,
};

/// Columns in the order in which [`notification`] reads them.
const COLUMNS: &str = "n.id, n.user_id, n.kind, n.agent_id, n.agent_name, n.run_id, n.reason, n.detail, n.at, n.read_at";
/// How many these are.
const WIDTH: usize = 10;

fn notification(row: &Row<'_>) -> rusqlite::Result<Notification> {
    Ok(Notification {
        id: parsed(row, 0)?,
        user_id: parsed(row, 1)?,
        kind: word(row, 2, NotificationKind::parse)?,
        agent_id: maybe_parsed(row, 3)?,
        agent_name: row.get(4)?,
        run_id: maybe_parsed(row, 5)?,
        reason: maybe_word(row, 6, Reason::parse)?,
        detail: row.get(7)?,
        at: timestamp(row, 8)?,
        read_at: maybe_timestamp(row, 9)?,
    })
}

/// Stores a notification; `false` when its id is there.
fn add(db: &Connection, notification: &Notification) -> rusqlite::Result<bool> {
    let added = db
        .prepare_cached(
            "INSERT INTO notifications (id, user_id, kind, agent_id, agent_name, run_id, reason, detail, at, read_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (id) DO NOTHING",
        )?
        .execute(params![
            notification.id.to_string(),
            notification.user_id.to_string(),
            notification.kind.as_str(),
            notification.agent_id.map(|id| id.to_string()),
            notification.agent_name,
            notification.run_id.map(|id| id.to_string()),
            notification.reason.map(Reason::as_str),
            notification.detail,
            micros(notification.at),
            notification.read_at.map(micros),
        ])?;
    Ok(added > 0)
}

/// Stores a notification and how it is delivered; `false` when its id is there.
pub(crate) fn tell(
    db: &Connection,
    notification: &Notification,
    deliveries: &[Delivery],
) -> rusqlite::Result<bool> {
    if !add(db, notification)? {
        return Ok(false);
    }
    deliveries::add(db, deliveries)?;
    Ok(true)
}

fn list(
    db: &Connection,
    user: UserId,
    unread_only: bool,
    request: &PageRequest,
) -> rusqlite::Result<Page<Notification>> {
    let (at, id) = parse_cursor(request.cursor.as_deref()).unwrap_or((i64::MAX, String::new()));
    let unread = if unread_only {
        "AND n.read_at IS NULL"
    } else {
        ""
    };
    let rows = db
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM notifications n WHERE n.user_id = ?1 AND (n.at, n.id) < (?2, ?3) {unread}
             ORDER BY n.at DESC, n.id DESC LIMIT ?4"
        ))?
        .query_map(
            params![user.to_string(), at, id, request.limit() + 1],
            notification,
        )?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(page(rows, request.limit(), |last| {
        cursor(micros(last.at), last.id)
    }))
}

#[async_trait]
impl Notifications for Store {
    async fn unsettled_runs(&self, limit: u32) -> StoreResult<Vec<Run>> {
        self.db
            .read("notifications.unsettled", move |db| {
                settle::unsettled(db, limit)
            })
            .await
    }

    async fn settle_run(&self, settlement: &Settlement) -> StoreResult<bool> {
        let settlement = settlement.clone();
        self.db
            .write("notifications.settle", move |db| {
                settle::settle(db, &settlement)
            })
            .await
    }

    async fn notify(
        &self,
        notification: &Notification,
        deliveries: &[Delivery],
    ) -> StoreResult<bool> {
        let (notification, deliveries) = (notification.clone(), deliveries.to_vec());
        self.db
            .write("notifications.add", move |db| {
                tell(db, &notification, &deliveries)
            })
            .await
    }

    async fn list_notifications(
        &self,
        user: UserId,
        unread_only: bool,
        page: &PageRequest,
    ) -> StoreResult<Page<Notification>> {
        let request = page.clone();
        self.db
            .read("notifications.list", move |db| {
                list(db, user, unread_only, &request)
            })
            .await
    }

    async fn unread_notifications(&self, user: UserId) -> StoreResult<u32> {
        self.db
            .read("notifications.unread", move |db| {
                db.prepare_cached(
                    "SELECT count(*) FROM notifications WHERE user_id = ?1 AND read_at IS NULL",
                )?
                .query_row([user.to_string()], |row| row.get(0))
            })
            .await
    }

    async fn mark_read(&self, user: UserId, until: Timestamp, now: Timestamp) -> StoreResult<u32> {
        self.db
            .write("notifications.mark_read", move |db| {
                let marked = db
                    .prepare_cached(
                        "UPDATE notifications SET read_at = ?3 WHERE user_id = ?1 AND read_at IS NULL AND at <= ?2",
                    )?
                    .execute(params![user.to_string(), micros(until), micros(now)])?;
                Ok(u32::try_from(marked).unwrap_or(u32::MAX))
            })
            .await
    }

    async fn mark_one_read(&self, user: UserId, id: Uuid, now: Timestamp) -> StoreResult<bool> {
        self.db
            .write("notifications.mark_one_read", move |db| {
                let marked = db
                    .prepare_cached(
                        "UPDATE notifications SET read_at = coalesce(read_at, ?3) WHERE id = ?1 AND user_id = ?2",
                    )?
                    .execute(params![id.to_string(), user.to_string(), micros(now)])?;
                Ok(marked > 0)
            })
            .await
    }

    async fn due_deliveries(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> StoreResult<Vec<(Delivery, Notification)>> {
        self.db
            .read("deliveries.due", move |db| deliveries::due(db, now, limit))
            .await
    }

    async fn next_delivery(&self) -> StoreResult<Option<Timestamp>> {
        self.db
            .read("deliveries.next", |db| {
                db.prepare_cached(
                    "SELECT min(next_attempt_at) FROM deliveries WHERE next_attempt_at IS NOT NULL",
                )?
                .query_row([], |row| maybe_timestamp(row, 0))
            })
            .await
    }

    async fn record_attempt(&self, attempted: &Attempted) -> StoreResult<()> {
        let attempted = attempted.clone();
        self.db
            .write("deliveries.attempt", move |db| {
                deliveries::attempt(db, &attempted)
            })
            .await
    }

    async fn list_deliveries(
        &self,
        user: UserId,
        page: &PageRequest,
    ) -> StoreResult<Page<Delivery>> {
        let request = page.clone();
        self.db
            .read("deliveries.list", move |db| {
                deliveries::list(db, user, &request)
            })
            .await
    }

    async fn notification_settings(&self, user: UserId) -> StoreResult<NotificationSettings> {
        let read = self.db.read("notification_settings.get", move |db| {
            let found = db
                .prepare_cached("SELECT settings FROM notification_settings WHERE user_id = ?1")?
                .query_row([user.to_string()], |row| json(row, 0))
                .optional()?;
            Ok(Some(found.unwrap_or_default()))
        });
        let found = self.kept.notification_settings.get(user, read).await?;
        Ok(found.unwrap_or_default())
    }

    async fn put_notification_settings(
        &self,
        user: UserId,
        settings: &NotificationSettings,
    ) -> StoreResult<()> {
        let settings = settings.clone();
        self.db
            .write("notification_settings.put", move |db| {
                db.prepare_cached(
                    "INSERT INTO notification_settings (user_id, settings) VALUES (?1, ?2)
                     ON CONFLICT (user_id) DO UPDATE SET settings = ?2",
                )?
                .execute(params![user.to_string(), to_json(&settings)?])?;
                Ok(())
            })
            .await
    }
}
