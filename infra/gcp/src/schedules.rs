//! Schedules and the slot ledger, in Firestore: each verb is one commit.

mod change;
mod fire;
mod row;
mod slots;

use async_trait::async_trait;
use berth_domain::agent::AgentStatus;
use berth_domain::ids::{AgentId, ScheduleId, UserId};
use berth_domain::page::{Page, PageRequest};
use berth_domain::ports::StoreResult;
use berth_domain::ports::schedules::{
    Fired, Firing, Planning, PutResult, PutSchedule, Schedule, Schedules, SlotRow,
};
use jiff::Timestamp;

use crate::Store;
use crate::agents::{self, AgentRecord};
use crate::convert::{key, micros};
use crate::db::query::{Query, int, text};
use crate::db::work::Work;
use crate::db::{Db, Done};
use row::{ScheduleRecord, schedule_path};

pub(crate) use change::{judge, remove};

/// Schedules that are looked at together for those of active agents.
const PAGE: u32 = 50;

/// The schedules of a user's agents, in the order of `agents`.
async fn of(db: &Db, user: UserId, agents: &[AgentId]) -> Done<Vec<Schedule>> {
    let paths: Vec<_> = agents.iter().map(|agent| agents::path(*agent)).collect();
    let found = db.get_all(&paths).await?;
    let own = found
        .into_iter()
        .flatten()
        .filter(|agent| agent.is_of(user));
    let schedules: Vec<_> = own
        .filter_map(|agent| agent.schedule_id)
        .map(schedule_path)
        .collect();
    let found = db.get_all(&schedules).await?;
    Ok(found.into_iter().flatten().map(Schedule::from).collect())
}

/// The next of a user's schedules whose agents are active.
async fn next(db: &Db, user: UserId, limit: u32) -> Done<Vec<Schedule>> {
    let mut rows: Vec<Schedule> = Vec::new();
    let mut from: Option<(i64, String)> = None;
    while rows.len() < limit as usize {
        let mut query = Query::of::<ScheduleRecord>()
            .equal("user_id", text(user.to_string()))
            .up("next_due_at")
            .limit(PAGE);
        if let Some((at, id)) = &from {
            query = query.after(vec![int(*at)], id);
        }
        let found: Vec<ScheduleRecord> = query.records(db).await?;
        let last = found.len() < PAGE as usize;
        from = found
            .last()
            .and_then(|row| Some((micros(row.next_due_at?), key(row.id.0))));
        let agents: Vec<_> = found.iter().map(|row| agents::path(row.agent_id)).collect();
        let agents = db.get_all(&agents).await?;
        let active = |agent: &Option<AgentRecord>| {
            let agent = agent.clone().and_then(AgentRecord::into_domain);
            agent.is_some_and(|agent| agent.status == AgentStatus::Active)
        };
        let rows_of_active = found.into_iter().zip(agents);
        rows.extend(
            rows_of_active
                .filter(|(_, agent)| active(agent))
                .map(|(row, _)| row.into()),
        );
        if last {
            break;
        }
    }
    rows.truncate(limit as usize);
    Ok(rows)
}

async fn plan_all(work: &Work, plannings: &[Planning]) -> Done<Vec<bool>> {
    let paths: Vec<_> = plannings
        .iter()
        .map(|planning| schedule_path(planning.schedule_id))
        .collect();
    work.load(paths.iter().map(|path| path.relative())).await?;
    let mut planned = Vec::with_capacity(plannings.len());
    for planning in plannings {
        planned.push(change::plan(work, planning).await?);
    }
    Ok(planned)
}

/// The soonest instant at which something will be due.
async fn next_wake(db: &Db, now: Timestamp) -> Done<Option<Timestamp>> {
    let schedules: Vec<ScheduleRecord> = Query::of::<ScheduleRecord>()
        .above("next_due_at", micros(now))
        .up("next_due_at")
        .limit(1)
        .records(db)
        .await?;
    let schedule = schedules.first().and_then(|row| row.next_due_at);
    let slot = slots::next(db, now).await?;
    Ok(schedule.into_iter().chain(slot).min())
}

#[async_trait]
impl Schedules for Store {
    async fn put_schedule(&self, put: &PutSchedule) -> StoreResult<PutResult> {
        self.db
            .change("schedules.put", |work| async move {
                change::put(&work, put).await
            })
            .await
    }

    async fn delete_schedule(
        &self,
        user: UserId,
        agent: AgentId,
        now: Timestamp,
    ) -> StoreResult<bool> {
        self.db
            .change("schedules.delete", |work| async move {
                change::delete(&work, user, agent, now).await
            })
            .await
    }

    async fn schedule(&self, user: UserId, agent: AgentId) -> StoreResult<Option<Schedule>> {
        let found = of(&self.db, user, &[agent]).await;
        let mut found = found.map_err(|trouble| trouble.at("schedules.get"))?;
        Ok(found.pop())
    }

    async fn schedule_by_id(&self, id: ScheduleId) -> StoreResult<Option<Schedule>> {
        let found = self.db.get(&schedule_path(id)).await;
        let found = found.map_err(|trouble| trouble.at("schedules.by_id"))?;
        Ok(found.map(Schedule::from))
    }

    async fn schedules_of(&self, user: UserId, agents: &[AgentId]) -> StoreResult<Vec<Schedule>> {
        let found = of(&self.db, user, agents).await;
        found.map_err(|trouble| trouble.at("schedules.of"))
    }

    async fn next_schedules(&self, user: UserId, limit: u32) -> StoreResult<Vec<Schedule>> {
        let found = next(&self.db, user, limit).await;
        found.map_err(|trouble| trouble.at("schedules.next"))
    }

    async fn due_schedules(&self, now: Timestamp, limit: u32) -> StoreResult<Vec<Schedule>> {
        let found: Vec<ScheduleRecord> = Query::of::<ScheduleRecord>()
            .at_most("next_due_at", micros(now))
            .up("next_due_at")
            .limit(limit)
            .records(&self.db)
            .await
            .map_err(|trouble| trouble.at("schedules.due"))?;
        Ok(found.into_iter().map(Schedule::from).collect())
    }

    async fn plan(&self, planning: &Planning) -> StoreResult<bool> {
        self.db
            .change("schedules.plan", |work| async move {
                change::plan(&work, planning).await
            })
            .await
    }

    async fn plan_all(&self, plannings: &[Planning]) -> StoreResult<Vec<bool>> {
        self.db
            .change("schedules.plan_all", |work| async move {
                plan_all(&work, plannings).await
            })
            .await
    }

    async fn waiting_slots(&self, now: Timestamp, limit: u32) -> StoreResult<Vec<SlotRow>> {
        let found = slots::waiting(&self.db, now, limit).await;
        found.map_err(|trouble| trouble.at("slots.waiting"))
    }

    async fn fire(&self, firing: &Firing) -> StoreResult<Fired> {
        let fired = self.fire_all(std::slice::from_ref(firing)).await?;
        Ok(fired.into_iter().next().unwrap_or(Fired::Unknown))
    }

    async fn fire_all(&self, firings: &[Firing]) -> StoreResult<Vec<Fired>> {
        self.db
            .change("slots.fire", |work| async move {
                fire::all(&work, firings).await
            })
            .await
    }

    async fn list_slots(
        &self,
        user: UserId,
        agent: AgentId,
        page: &PageRequest,
    ) -> StoreResult<Page<SlotRow>> {
        let found = slots::list(&self.db, user, agent, page).await;
        found.map_err(|trouble| trouble.at("slots.list"))
    }

    async fn missed_slots(
        &self,
        user: UserId,
        since: Timestamp,
        limit: u32,
    ) -> StoreResult<Vec<SlotRow>> {
        let found = slots::missed(&self.db, user, since, limit).await;
        found.map_err(|trouble| trouble.at("slots.missed"))
    }

    async fn next_wake(&self, now: Timestamp) -> StoreResult<Option<Timestamp>> {
        let found = next_wake(&self.db, now).await;
        found.map_err(|trouble| trouble.at("schedules.next_wake"))
    }
}
