//! A store that fails, or behind which the process dies.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use berth_domain::ids::{AgentId, ScheduleId, UserId};
use berth_domain::page::{Page, PageRequest};
use berth_domain::ports::schedules::{
    Fired, Firing, Planning, PutResult, PutSchedule, Schedule, Schedules, SlotRow,
};
use berth_domain::ports::{StoreError, StoreErrorKind, StoreResult};
use jiff::Timestamp;
use tokio::sync::Notify;

/// A store of schedules with what goes wrong in it.
#[derive(Debug)]
pub(crate) struct Faulty {
    pub(crate) store: Arc<dyn Schedules>,
    /// Schedules that can be neither planned nor fired, alone or with others.
    pub(crate) broken: HashSet<ScheduleId>,
    /// Due before all that are really there; each of them is broken.
    pub(crate) due_first: Vec<Schedule>,
    /// The process dies when something has been planned: this is told, and nothing happens any more.
    pub(crate) dies: Option<Arc<Notify>>,
}

impl Faulty {
    pub(crate) fn new(store: Arc<dyn Schedules>) -> Self {
        Self {
            store,
            broken: HashSet::new(),
            due_first: Vec::new(),
            dies: None,
        }
    }

    fn check(&self, mut schedules: impl Iterator<Item = ScheduleId>) -> StoreResult<()> {
        let broken = |id: &ScheduleId| {
            self.broken.contains(id) || self.due_first.iter().any(|due| due.id == *id)
        };
        match schedules.find(broken) {
            Some(id) => Err(StoreError::new(
                StoreErrorKind::Broken,
                "faulty",
                id.to_string(),
            )),
            None => Ok(()),
        }
    }

    async fn die_if_told_to(&self) {
        if let Some(dying) = &self.dies {
            dying.notify_one();
            std::future::pending::<()>().await;
        }
    }
}

#[async_trait]
impl Schedules for Faulty {
    async fn put_schedule(&self, put: &PutSchedule) -> StoreResult<PutResult> {
        self.store.put_schedule(put).await
    }

    async fn delete_schedule(
        &self,
        user: UserId,
        agent: AgentId,
        now: Timestamp,
    ) -> StoreResult<bool> {
        self.store.delete_schedule(user, agent, now).await
    }

    async fn schedule(&self, user: UserId, agent: AgentId) -> StoreResult<Option<Schedule>> {
        self.store.schedule(user, agent).await
    }

    async fn schedule_by_id(&self, id: ScheduleId) -> StoreResult<Option<Schedule>> {
        self.store.schedule_by_id(id).await
    }

    async fn schedules_of(&self, user: UserId, agents: &[AgentId]) -> StoreResult<Vec<Schedule>> {
        self.store.schedules_of(user, agents).await
    }

    async fn next_schedules(&self, user: UserId, limit: u32) -> StoreResult<Vec<Schedule>> {
        self.store.next_schedules(user, limit).await
    }

    async fn due_schedules(&self, now: Timestamp, limit: u32) -> StoreResult<Vec<Schedule>> {
        let mut due = self.due_first.clone();
        due.extend(self.store.due_schedules(now, limit).await?);
        due.truncate(limit as usize);
        Ok(due)
    }

    async fn plan(&self, planning: &Planning) -> StoreResult<bool> {
        self.check([planning.schedule_id].into_iter())?;
        let planned = self.store.plan(planning).await;
        self.die_if_told_to().await;
        planned
    }

    async fn plan_all(&self, plannings: &[Planning]) -> StoreResult<Vec<bool>> {
        self.check(plannings.iter().map(|planning| planning.schedule_id))?;
        let planned = self.store.plan_all(plannings).await;
        self.die_if_told_to().await;
        planned
    }

    async fn waiting_slots(&self, now: Timestamp, limit: u32) -> StoreResult<Vec<SlotRow>> {
        self.store.waiting_slots(now, limit).await
    }

    async fn fire(&self, firing: &Firing) -> StoreResult<Fired> {
        self.check([firing.schedule_id].into_iter())?;
        self.store.fire(firing).await
    }

    async fn fire_all(&self, firings: &[Firing]) -> StoreResult<Vec<Fired>> {
        self.check(firings.iter().map(|firing| firing.schedule_id))?;
        self.store.fire_all(firings).await
    }

    async fn list_slots(
        &self,
        user: UserId,
        agent: AgentId,
        page: &PageRequest,
    ) -> StoreResult<Page<SlotRow>> {
        self.store.list_slots(user, agent, page).await
    }

    async fn missed_slots(
        &self,
        user: UserId,
        since: Timestamp,
        limit: u32,
    ) -> StoreResult<Vec<SlotRow>> {
        self.store.missed_slots(user, since, limit).await
    }

    async fn next_wake(&self, now: Timestamp) -> StoreResult<Option<Timestamp>> {
        self.store.next_wake(now).await
    }
}
