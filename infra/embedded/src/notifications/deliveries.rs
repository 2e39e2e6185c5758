//! Deliveries: what is tried, what came of it.

use berth_domain::ids::UserId;
use berth_domain::notification::{Channel, Delivery, DeliveryState, Notification};
use berth_domain::page::{Page, PageRequest};
use berth_domain::ports::notifications::Attempted;
use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use super::{WIDTH, notification};
use crate::conversations::page;
use crate::convert::{cursor, maybe_timestamp, micros, parse_cursor, parsed, timestamp, word};

/// Columns in the order in which [`delivery`] reads them.
const COLUMNS: &str = "d.id, d.notification_id, d.user_id, d.channel, d.target, d.state, d.attempts, d.next_attempt_at,
    d.last_outcome, d.created_at, d.updated_at";

/// Reads a delivery whose columns begin at `from`.
fn delivery(row: &Row<'_>, from: usize) -> rusqlite::Result<Delivery> {
    Ok(Delivery {
        id: parsed(row, from)?,
        notification_id: parsed(row, from + 1)?,
        user_id: parsed(row, from + 2)?,
        channel: word(row, from + 3, Channel::parse)?,
        target: row.get(from + 4)?,
        state: word(row, from + 5, DeliveryState::parse)?,
        attempts: row.get(from + 6)?,
        next_attempt_at: maybe_timestamp(row, from + 7)?,
        last_outcome: row.get(from + 8)?,
        created_at: timestamp(row, from + 9)?,
        updated_at: timestamp(row, from + 10)?,
    })
}

/// Stores deliveries; one that is there stays as it is.
pub(super) fn add(db: &Connection, deliveries: &[Delivery]) -> rusqlite::Result<()> {
    let mut insert = db.prepare_cached(
        "INSERT INTO deliveries (id, notification_id, user_id, channel, target, state, attempts, next_attempt_at,
             last_outcome, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (id) DO NOTHING",
    )?;
    for delivery in deliveries {
        insert.execute(params![
            delivery.id.to_string(),
            delivery.notification_id.to_string(),
            delivery.user_id.to_string(),
            delivery.channel.as_str(),
            delivery.target,
            delivery.state.as_str(),
            delivery.attempts,
            delivery.next_attempt_at.map(micros),
            delivery.last_outcome,
            micros(delivery.created_at),
            micros(delivery.updated_at),
        ])?;
    }
    Ok(())
}

pub(super) fn due(
    db: &Connection,
    now: Timestamp,
    limit: u32,
) -> rusqlite::Result<Vec<(Delivery, Notification)>> {
    db.prepare_cached(&format!(
        "SELECT {}, {COLUMNS} FROM deliveries d CROSS JOIN notifications n ON n.id = d.notification_id
         WHERE d.next_attempt_at <= ?1 ORDER BY d.next_attempt_at LIMIT ?2",
        super::COLUMNS
    ))?
    .query_map(params![micros(now), limit], |row| {
        Ok((delivery(row, WIDTH)?, notification(row)?))
    })?
    .collect()
}

pub(super) fn attempt(db: &Connection, attempted: &Attempted) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE deliveries SET attempts = ?2, state = ?3, next_attempt_at = ?4, last_outcome = ?5, updated_at = ?6
         WHERE id = ?1 AND attempts < ?2",
    )?
    .execute(params![
        attempted.id.to_string(),
        attempted.attempts,
        attempted.state.as_str(),
        attempted.next_attempt_at.map(micros),
        attempted.outcome,
        micros(attempted.now),
    ])?;
    Ok(())
}

pub(super) fn list(
    db: &Connection,
    user: UserId,
    request: &PageRequest,
) -> rusqlite::Result<Page<Delivery>> {
    let (at, id) = parse_cursor(request.cursor.as_deref()).unwrap_or((i64::MAX, String::new()));
    let rows = db
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM deliveries d WHERE d.user_id = ?1 AND (d.created_at, d.id) < (?2, ?3)
             ORDER BY d.created_at DESC, d.id DESC LIMIT ?4"
        ))?
        .query_map(
            params![user.to_string(), at, id, request.limit() + 1],
            |row| delivery(row, 0),
        )?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(page(rows, request.limit(), |last| {
        cursor(micros(last.created_at), last.id)
    }))
}
