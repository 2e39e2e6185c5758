//! Deliveries: what is tried, what came of it.

use berth_domain::ids::UserId;
use berth_domain::notification::{Delivery, Notification};
use berth_domain::page::{Page, PageRequest};
use berth_domain::ports::notifications::Attempted;
use jiff::Timestamp;

use super::row::{DeliveryRecord, delivery_path, path};
use crate::convert::{cursor, key, micros, page, parse_cursor};
use crate::db::query::{Query, int, text};
use crate::db::work::Work;
use crate::db::{Db, Done};

/// Stores deliveries; one that is there stays as it is.
pub(super) async fn add(work: &Work, deliveries: &[Delivery]) -> Done<()> {
    for delivery in deliveries {
        let path = delivery_path(delivery.id);
        if work.get(&path).await?.is_none() {
            work.put(&path, &DeliveryRecord::from(delivery))?;
        }
    }
    Ok(())
}

pub(super) async fn due(
    db: &Db,
    now: Timestamp,
    limit: u32,
) -> Done<Vec<(Delivery, Notification)>> {
    let found: Vec<DeliveryRecord> = Query::of::<DeliveryRecord>()
        .at_most("next_attempt_at", micros(now))
        .up("next_attempt_at")
        .limit(limit)
        .records(db)
        .await?;
    let paths: Vec<_> = found
        .iter()
        .map(|delivery| path(delivery.notification_id))
        .collect();
    let told = db.get_all(&paths).await?;
    let pairs = found.into_iter().zip(told);
    Ok(pairs
        .filter_map(|(delivery, told)| Some((delivery.into(), told?.into())))
        .collect())
}

pub(super) async fn next(db: &Db) -> Done<Option<Timestamp>> {
    let found: Vec<DeliveryRecord> = Query::of::<DeliveryRecord>()
        .up("next_attempt_at")
        .limit(1)
        .records(db)
        .await?;
    Ok(found.first().and_then(|delivery| delivery.next_attempt_at))
}

pub(super) async fn attempt(work: &Work, attempted: &Attempted) -> Done<()> {
    let path = delivery_path(attempted.id);
    let found = work.get(&path).await?;
    let Some(mut delivery) = found.filter(|found| found.attempts < attempted.attempts) else {
        return Ok(());
    };
    delivery.attempts = attempted.attempts;
    delivery.state = attempted.state;
    delivery.next_attempt_at = attempted.next_attempt_at;
    delivery.last_outcome = Some(attempted.outcome.clone());
    delivery.updated_at = attempted.now;
    work.put(&path, &delivery)
}

pub(super) async fn list(db: &Db, user: UserId, request: &PageRequest) -> Done<Page<Delivery>> {
    let mut query = Query::of::<DeliveryRecord>()
        .equal("user_id", text(user.to_string()))
        .down("created_at")
        .limit(request.limit() + 1);
    if let Some((at, id)) = parse_cursor(request.cursor.as_deref()) {
        query = query.after(vec![int(at)], &id);
    }
    let found: Vec<DeliveryRecord> = query.records(db).await?;
    let rows = found.into_iter().map(Delivery::from).collect();
    Ok(page(rows, request.limit(), |last: &Delivery| {
        cursor(micros(last.created_at), key(last.id))
    }))
}
