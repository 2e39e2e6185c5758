//! Schedules and the slot ledger, in SQLite: each verb is one transaction.

mod change;
pub(crate) mod fire;
mod row;
pub(crate) mod slots;

use async_trait::async_trait;
use berth_domain::ids::{AgentId, ScheduleId, UserId};
use berth_domain::page::{Page, PageRequest};
use berth_domain::ports::StoreResult;
use berth_domain::ports::schedules::{
    Fired, Firing, Planning, PutResult, PutSchedule, Schedule, Schedules, SlotRow,
};
use berth_domain::schedule::SlotReason;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use crate::Store;
use crate::convert::{maybe_timestamp, micros};
use row::{SCHEDULE, schedule};

/// Schedules that are due, longest due first.
pub(crate) const DUE: &str =
    "FROM schedules s WHERE s.next_due_at <= ?1 ORDER BY s.next_due_at LIMIT ?2";

/// The soonest instant at which something will be due.
pub(crate) const NEXT_WAKE: &str = "SELECT min(at) FROM (
    SELECT min(next_due_at) AS at FROM schedules WHERE next_due_at > ?1
    UNION ALL
    SELECT min(dispatch_at) FROM slots WHERE outcome = 'pending' AND dispatch_at > ?1)";

pub(crate) use change::{judge, remove};

#[async_trait]
impl Schedules for Store {
    async fn put_schedule(&self, put: &PutSchedule) -> StoreResult<PutResult> {
        let put = put.clone();
        self.db
            .write("schedules.put", move |db| change::put(db, &put))
            .await
    }

    async fn delete_schedule(
        &self,
        user: UserId,
        agent: AgentId,
        now: Timestamp,
    ) -> StoreResult<bool> {
        self.db
            .write("schedules.delete", move |db| {
                if change::of_agent(db, user, agent)?.is_none() {
                    return Ok(false);
                }
                remove(db, agent, SlotReason::ScheduleChanged, now)
            })
            .await
    }

    async fn schedule(&self, user: UserId, agent: AgentId) -> StoreResult<Option<Schedule>> {
        self.db
            .read("schedules.get", move |db| change::of_agent(db, user, agent))
            .await
    }

    async fn schedule_by_id(&self, id: ScheduleId) -> StoreResult<Option<Schedule>> {
        self.db
            .read("schedules.by_id", move |db| {
                db.prepare_cached(&format!(
                    "SELECT {SCHEDULE} FROM schedules s WHERE s.id = ?1"
                ))?
                .query_row([id.to_string()], schedule)
                .optional()
            })
            .await
    }

    async fn schedules_of(&self, user: UserId, agents: &[AgentId]) -> StoreResult<Vec<Schedule>> {
        let agents = agents.to_vec();
        self.db
            .read("schedules.of", move |db| {
                agents
                    .iter()
                    .filter_map(|agent| change::of_agent(db, user, *agent).transpose())
                    .collect()
            })
            .await
    }

    async fn next_schedules(&self, user: UserId, limit: u32) -> StoreResult<Vec<Schedule>> {
        self.db
            .read("schedules.next", move |db| {
                db.prepare_cached(&format!(
                    "SELECT {SCHEDULE} FROM schedules s CROSS JOIN agents a ON a.id = s.agent_id
                     WHERE s.user_id = ?1 AND s.next_due_at IS NOT NULL AND a.status = 'active'
                     ORDER BY s.next_due_at LIMIT ?2"
                ))?
                .query_map(params![user.to_string(), limit], schedule)?
                .collect()
            })
            .await
    }

    async fn due_schedules(&self, now: Timestamp, limit: u32) -> StoreResult<Vec<Schedule>> {
        self.db
            .read("schedules.due", move |db| {
                db.prepare_cached(&format!("SELECT {SCHEDULE} {DUE}"))?
                    .query_map(params![micros(now), limit], schedule)?
                    .collect()
            })
            .await
    }

    async fn plan(&self, planning: &Planning) -> StoreResult<bool> {
        let planning = planning.clone();
        self.db
            .write("schedules.plan", move |db| {
                change::Plans::new(db)?.plan(&planning)
            })
            .await
    }

    async fn plan_all(&self, plannings: &[Planning]) -> StoreResult<Vec<bool>> {
        let plannings = plannings.to_vec();
        self.db
            .write("schedules.plan_all", move |db| {
                let mut plans = change::Plans::new(db)?;
                let plannings = plannings.iter();
                plannings.map(|planning| plans.plan(planning)).collect()
            })
            .await
    }

    async fn waiting_slots(&self, now: Timestamp, limit: u32) -> StoreResult<Vec<SlotRow>> {
        self.db
            .read("slots.waiting", move |db| slots::waiting(db, now, limit))
            .await
    }

    async fn fire(&self, firing: &Firing) -> StoreResult<Fired> {
        let firing = firing.clone();
        self.db
            .write("slots.fire", move |db| fire::fire(db, &firing))
            .await
    }

    async fn fire_all(&self, firings: &[Firing]) -> StoreResult<Vec<Fired>> {
        let firings = firings.to_vec();
        self.db
            .write("slots.fire_all", move |db| {
                let firings = firings.iter();
                firings.map(|firing| fire::fire(db, firing)).collect()
            })
            .await
    }

    async fn list_slots(
        &self,
        user: UserId,
        agent: AgentId,
        page: &PageRequest,
    ) -> StoreResult<Page<SlotRow>> {
        let request = page.clone();
        self.db
            .read("slots.list", move |db| {
                slots::list(db, user, agent, &request)
            })
            .await
    }

    async fn missed_slots(
        &self,
        user: UserId,
        since: Timestamp,
        limit: u32,
    ) -> StoreResult<Vec<SlotRow>> {
        self.db
            .read("slots.missed", move |db| {
                slots::missed(db, user, since, limit)
            })
            .await
    }

    async fn next_wake(&self, now: Timestamp) -> StoreResult<Option<Timestamp>> {
        self.db
            .read("schedules.next_wake", move |db| {
                db.prepare_cached(NEXT_WAKE)?
                    .query_row([micros(now)], |row| maybe_timestamp(row, 0))
            })
            .await
    }
}
