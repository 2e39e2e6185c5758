//! Runners and placements, in SQLite. One machine has one runner; this is here so that it is the same code as on many.

use async_trait::async_trait;
use berth_domain::ids::UserId;
use berth_domain::lease::RunnerId;
use berth_domain::placement::{
    self, Decision, Placement, Registration, Stage, Standing, may_save, may_write,
};
use berth_domain::ports::StoreResult;
use berth_domain::ports::placements::{Placed, Placements, Progress};
use berth_domain::ports::runs::Fenced;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::Store;
use crate::convert::{count, maybe_json, micros, parsed, stored, timestamp, to_json, word};

const REGISTRATION: &str = "name, incarnation, address, standing, expires_at";

fn registration(row: &Row<'_>) -> rusqlite::Result<Registration> {
    Ok(Registration {
        runner: RunnerId {
            name: row.get(0)?,
            incarnation: parsed(row, 1)?,
        },
        address: row.get(2)?,
        standing: word(row, 3, Standing::parse)?,
        expires_at: timestamp(row, 4)?,
    })
}

fn registered(db: &Connection, name: &str) -> rusqlite::Result<Option<Registration>> {
    db.prepare_cached(&format!(
        "SELECT {REGISTRATION} FROM runners WHERE name = ?1"
    ))?
    .query_row([name], registration)
    .optional()
}

fn save_registration(db: &Connection, new: &Registration) -> rusqlite::Result<()> {
    db.prepare_cached(&format!(
        "INSERT OR REPLACE INTO runners ({REGISTRATION}) VALUES (?1, ?2, ?3, ?4, ?5)"
    ))?
    .execute(params![
        new.runner.name,
        new.runner.incarnation.to_string(),
        new.address,
        new.standing.as_str(),
        micros(new.expires_at),
    ])?;
    Ok(())
}

fn saved(db: &Connection, new: Option<Registration>) -> rusqlite::Result<Option<Registration>> {
    if let Some(new) = &new {
        save_registration(db, new)?;
    }
    Ok(new)
}

fn placed(row: &Row<'_>) -> rusqlite::Result<Placement> {
    Ok(Placement {
        runner: RunnerId {
            name: row.get(0)?,
            incarnation: parsed(row, 1)?,
        },
        epoch: count(row, 2)?,
        stage: word(row, 3, Stage::parse)?,
        snapshot: maybe_json(row, 4)?,
    })
}

fn find(db: &Connection, user: UserId) -> rusqlite::Result<Option<Placement>> {
    db.prepare_cached(
        "SELECT runner, incarnation, epoch, stage, snapshot FROM placements WHERE user_id = ?1",
    )?
    .query_row([user.to_string()], placed)
    .optional()
}

fn save(db: &Connection, user: UserId, new: &Placement) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO placements (user_id, runner, incarnation, epoch, stage, snapshot)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        user.to_string(),
        new.runner.name,
        new.runner.incarnation.to_string(),
        stored(new.epoch),
        new.stage.as_str(),
        new.snapshot.as_ref().map(to_json).transpose()?,
    ])?;
    Ok(())
}

fn place(
    db: &Connection,
    user: UserId,
    runner: &RunnerId,
    now: Timestamp,
) -> rusqlite::Result<Placed> {
    let asking = registered(db, &runner.name)?;
    let Some(asking) = asking.filter(|asking| asking.runner == *runner) else {
        return Ok(Placed::Refused);
    };
    let current = find(db, user)?;
    let holder = match &current {
        Some(current) => registered(db, &current.runner.name)?,
        None => None,
    };
    Ok(
        match placement::place(current.as_ref(), holder.as_ref(), &asking, now) {
            Decision::Take(new) => {
                declare_gone(db, current.as_ref(), holder, &new)?;
                save(db, user, &new)?;
                Placed::Yours(new)
            }
            Decision::Keep => current.map_or(Placed::Refused, Placed::Yours),
            Decision::Elsewhere => holder.map_or(Placed::Refused, Placed::Elsewhere),
            Decision::Refused => Placed::Refused,
        },
    )
}

/// A runner that has lost a workspace it did not let go of has lost all of them.
fn declare_gone(
    db: &Connection,
    old: Option<&Placement>,
    holder: Option<Registration>,
    new: &Placement,
) -> rusqlite::Result<()> {
    let taken =
        old.is_some_and(|old| old.stage != Stage::Released && old.runner.name != new.runner.name);
    if let Some(holder) = holder.filter(|_| taken) {
        let standing = Standing::Gone;
        save_registration(db, &Registration { standing, ..holder })?;
    }
    Ok(())
}

fn record(
    db: &Connection,
    user: UserId,
    epoch: u64,
    progress: &Progress,
) -> rusqlite::Result<Fenced<()>> {
    let Some(mut current) = find(db, user)?.filter(|found| may_write(Some(found), epoch)) else {
        return Ok(Fenced::LeaseLost);
    };
    match progress {
        Progress::Restored => current.stage = Stage::Here,
        Progress::Released => current.stage = Stage::Released,
        Progress::Saved(snapshot) => {
            if may_save(Some(&current), epoch, snapshot) {
                current.snapshot = Some(snapshot.clone());
            }
        }
    }
    save(db, user, &current)?;
    Ok(Fenced::Done(()))
}

#[async_trait]
impl Placements for Store {
    async fn register(
        &self,
        runner: &RunnerId,
        address: &str,
        now: Timestamp,
    ) -> StoreResult<Option<Registration>> {
        let (runner, address) = (runner.clone(), address.to_owned());
        self.db
            .write("placements.register", move |db| {
                let current = registered(db, &runner.name)?;
                let new = placement::register(current.as_ref(), &runner, &address, now);
                saved(db, new)
            })
            .await
    }

    async fn renew_registration(
        &self,
        runner: &RunnerId,
        draining: bool,
        now: Timestamp,
    ) -> StoreResult<Option<Registration>> {
        let runner = runner.clone();
        self.db
            .write("placements.renew_registration", move |db| {
                let current = registered(db, &runner.name)?;
                saved(
                    db,
                    placement::renew(current.as_ref(), &runner, draining, now),
                )
            })
            .await
    }

    async fn unregister(&self, runner: &RunnerId) -> StoreResult<()> {
        let runner = runner.clone();
        self.db
            .write("placements.unregister", move |db| {
                db.prepare_cached(
                    "UPDATE runners SET standing = 'gone' WHERE name = ?1 AND incarnation = ?2",
                )?
                .execute([runner.name, runner.incarnation.to_string()])?;
                Ok(())
            })
            .await
    }

    async fn runners(&self, now: Timestamp) -> StoreResult<Vec<Registration>> {
        self.db
            .read("placements.runners", move |db| {
                db.prepare_cached(&format!(
                    "SELECT {REGISTRATION} FROM runners WHERE standing <> 'gone' AND expires_at > ?1 ORDER BY name"
                ))?
                .query_map([micros(now)], registration)?
                .collect()
            })
            .await
    }

    async fn place(&self, user: UserId, runner: &RunnerId, now: Timestamp) -> StoreResult<Placed> {
        let runner = runner.clone();
        self.db
            .write("placements.place", move |db| place(db, user, &runner, now))
            .await
    }

    async fn placement(&self, user: UserId) -> StoreResult<Option<Placement>> {
        self.db
            .read("placements.get", move |db| find(db, user))
            .await
    }

    async fn placed_on(&self, name: &str, limit: u32) -> StoreResult<Vec<UserId>> {
        let name = name.to_owned();
        self.db
            .read("placements.on", move |db| {
                db.prepare_cached(
                    "SELECT user_id FROM placements WHERE runner = ?1 AND stage <> 'released' ORDER BY user_id LIMIT ?2",
                )?
                .query_map(params![name, limit], |row| parsed(row, 0))?
                .collect()
            })
            .await
    }

    async fn record_placement(
        &self,
        user: UserId,
        epoch: u64,
        progress: &Progress,
    ) -> StoreResult<Fenced<()>> {
        let progress = progress.clone();
        self.db
            .write("placements.record", move |db| {
                record(db, user, epoch, &progress)
            })
            .await
    }
}
