//! Runners and placements, in Firestore. A runner's document is written every few seconds, well within what one document takes; a
//! placement only when its workspace moves or has been saved.

use async_trait::async_trait;
use berth_domain::ids::UserId;
use berth_domain::lease::RunnerId;
use berth_domain::placement::{
    self, Decision, Placement, Registration, Snapshot, Stage, Standing, may_save, may_write,
};
use berth_domain::ports::StoreResult;
use berth_domain::ports::placements::{Placed, Placements, Progress};
use berth_domain::ports::runs::Fenced;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Store;
use crate::convert::{at, key, key_of, maybe_json};
use crate::db::query::{Query, text};
use crate::db::work::Work;
use crate::db::{Done, Path, Record};

#[derive(Debug, Clone, Serialize, Deserialize)]
struct RunnerRecord {
    name: String,
    incarnation: Uuid,
    address: String,
    standing: Standing,
    #[serde(with = "at")]
    expires_at: Timestamp,
}

impl Record for RunnerRecord {
    const COLLECTION: &'static str = "runners";
}

impl From<Registration> for RunnerRecord {
    fn from(registration: Registration) -> Self {
        Self {
            name: registration.runner.name,
            incarnation: registration.runner.incarnation,
            address: registration.address,
            standing: registration.standing,
            expires_at: registration.expires_at,
        }
    }
}

impl From<RunnerRecord> for Registration {
    fn from(record: RunnerRecord) -> Self {
        Self {
            runner: RunnerId {
                name: record.name,
                incarnation: record.incarnation,
            },
            address: record.address,
            standing: record.standing,
            expires_at: record.expires_at,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct PlacementRecord {
    user_id: UserId,
    runner: String,
    incarnation: Uuid,
    epoch: u64,
    stage: Stage,
    #[serde(default, with = "maybe_json")]
    snapshot: Option<Snapshot>,
}

impl Record for PlacementRecord {
    const COLLECTION: &'static str = "placements";
}

impl PlacementRecord {
    fn new(user_id: UserId, placement: Placement) -> Self {
        Self {
            user_id,
            runner: placement.runner.name,
            incarnation: placement.runner.incarnation,
            epoch: placement.epoch,
            stage: placement.stage,
            snapshot: placement.snapshot,
        }
    }

    fn into_domain(self) -> Placement {
        Placement {
            runner: RunnerId {
                name: self.runner,
                incarnation: self.incarnation,
            },
            epoch: self.epoch,
            stage: self.stage,
            snapshot: self.snapshot,
        }
    }
}

fn runner_path(name: &str) -> Path<RunnerRecord> {
    Path::new(&key_of(&[name]))
}

fn path(user: UserId) -> Path<PlacementRecord> {
    Path::new(&key(user.0))
}

async fn registered(work: &Work, name: &str) -> Done<Option<Registration>> {
    let found = work.get(&runner_path(name)).await?;
    Ok(found.map(Registration::from))
}

fn save(work: &Work, new: Option<Registration>) -> Done<Option<Registration>> {
    if let Some(new) = new.clone() {
        work.put(&runner_path(&new.runner.name.clone()), &new.into())?;
    }
    Ok(new)
}

async fn find(work: &Work, user: UserId) -> Done<Option<Placement>> {
    let found = work.get(&path(user)).await?;
    Ok(found.map(PlacementRecord::into_domain))
}

async fn place(work: &Work, user: UserId, runner: &RunnerId, now: Timestamp) -> Done<Placed> {
    let asking = registered(work, &runner.name).await?;
    let Some(asking) = asking.filter(|asking| asking.runner == *runner) else {
        return Ok(Placed::Refused);
    };
    let current = find(work, user).await?;
    let holder = match &current {
        Some(current) => registered(work, &current.runner.name).await?,
        None => None,
    };
    let decision = placement::place(current.as_ref(), holder.as_ref(), &asking, now);
    Ok(match decision {
        Decision::Take(new) => {
            let old = current
                .filter(|old| old.stage != Stage::Released && old.runner.name != new.runner.name);
            // A runner that has lost a workspace it did not let go of has lost all of them.
            if let Some(holder) = holder.filter(|_| old.is_some()) {
                let standing = Standing::Gone;
                save(work, Some(Registration { standing, ..holder }))?;
            }
            work.put(&path(user), &PlacementRecord::new(user, new.clone()))?;
            Placed::Yours(new)
        }
        Decision::Keep => current.map_or(Placed::Refused, Placed::Yours),
        Decision::Elsewhere => holder.map_or(Placed::Refused, Placed::Elsewhere),
        Decision::Refused => Placed::Refused,
    })
}

async fn record(work: &Work, user: UserId, epoch: u64, progress: &Progress) -> Done<Fenced<()>> {
    let found = find(work, user).await?;
    let Some(mut current) = found.filter(|found| may_write(Some(found), epoch)) else {
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
    work.put(&path(user), &PlacementRecord::new(user, current))?;
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
        self.db
            .change("placements.register", |work| async move {
                let current = registered(&work, &runner.name).await?;
                let new = placement::register(current.as_ref(), runner, address, now);
                save(&work, new)
            })
            .await
    }

    async fn renew_registration(
        &self,
        runner: &RunnerId,
        draining: bool,
        now: Timestamp,
    ) -> StoreResult<Option<Registration>> {
        self.db
            .change("placements.renew_registration", |work| async move {
                let current = registered(&work, &runner.name).await?;
                save(
                    &work,
                    placement::renew(current.as_ref(), runner, draining, now),
                )
            })
            .await
    }

    async fn unregister(&self, runner: &RunnerId) -> StoreResult<()> {
        self.db
            .change("placements.unregister", |work| async move {
                let current = registered(&work, &runner.name).await?;
                let own = current.filter(|current| current.runner == *runner);
                let standing = Standing::Gone;
                save(&work, own.map(|own| Registration { standing, ..own }))?;
                Ok(())
            })
            .await
    }

    async fn runners(&self, now: Timestamp) -> StoreResult<Vec<Registration>> {
        let up = [Standing::Serving, Standing::Draining];
        let found: Vec<RunnerRecord> = Query::of::<RunnerRecord>()
            .any(
                "standing",
                up.map(|standing| text(standing.as_str())).to_vec(),
            )
            .records(&self.db)
            .await
            .map_err(|trouble| trouble.at("placements.runners"))?;
        let mut found: Vec<_> = found.into_iter().map(Registration::from).collect();
        found.retain(|runner| !runner.is_gone(now));
        found.sort_unstable_by(|a, b| a.runner.name.cmp(&b.runner.name));
        Ok(found)
    }

    async fn place(&self, user: UserId, runner: &RunnerId, now: Timestamp) -> StoreResult<Placed> {
        self.db
            .change("placements.place", |work| async move {
                place(&work, user, runner, now).await
            })
            .await
    }

    async fn placement(&self, user: UserId) -> StoreResult<Option<Placement>> {
        let found = self.db.get(&path(user)).await;
        let found = found.map_err(|trouble| trouble.at("placements.get"))?;
        Ok(found.map(PlacementRecord::into_domain))
    }

    async fn placed_on(&self, name: &str, limit: u32) -> StoreResult<Vec<UserId>> {
        let here = [Stage::Moving, Stage::Here];
        let found: Vec<PlacementRecord> = Query::of::<PlacementRecord>()
            .equal("runner", text(name))
            .any("stage", here.map(|stage| text(stage.as_str())).to_vec())
            .limit(limit)
            .records(&self.db)
            .await
            .map_err(|trouble| trouble.at("placements.on"))?;
        Ok(found.into_iter().map(|found| found.user_id).collect())
    }

    async fn record_placement(
        &self,
        user: UserId,
        epoch: u64,
        progress: &Progress,
    ) -> StoreResult<Fenced<()>> {
        self.db
            .change("placements.record", |work| async move {
                record(&work, user, epoch, progress).await
            })
            .await
    }
}
