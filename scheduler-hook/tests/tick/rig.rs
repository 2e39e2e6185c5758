//! A store, a clock, and short words for what most tests do.

use std::collections::BTreeMap;
use std::sync::Arc;

use berth_contract::VirtualClock;
use berth_domain::agent::{Agent, AgentSpec, AgentStatus, Network, NotifyRules};
use berth_domain::clock::Clock as _;
use berth_domain::ids::{RunId, UserId};
use berth_domain::lease::RunnerId;
use berth_domain::page::PageRequest;
use berth_domain::ports::agents::{Agents as _, CreatedAgent, NewAgent};
use berth_domain::ports::runs::{Append, Claim, RunFilter, Runs as _};
use berth_domain::ports::schedules::{
    PauseReason, PutResult, PutSchedule, Schedule, Schedules as _, SlotRow,
};
use berth_domain::ports::users::Users as _;
use berth_domain::quota::Quota;
use berth_domain::run::{Outcome, Reason, Run, RunState};
use berth_domain::schedule::{self, ScheduleSpec, SlotOutcome, SlotReason};
use berth_embedded::{LocalQueue, SecretKey, Store};
use berth_scheduler_hook::{Deps, Report, tick};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

pub(crate) struct Rig {
    pub(crate) store: Arc<Store>,
    pub(crate) clock: Arc<VirtualClock>,
    pub(crate) deps: Deps,
    pub(crate) user: UserId,
    runner: RunnerId,
    _folder: TempDir,
}

impl Rig {
    /// An empty store at five past seven in the morning of a Monday, UTC.
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("berth.db");
        let store = Arc::new(Store::open(&path, SecretKey::new([1; 32])).unwrap());
        let clock = Arc::new(VirtualClock::default());
        let monday: Timestamp = "2026-11-23T07:05:00Z".parse().unwrap();
        clock.advance(monday.duration_since(clock.now()));
        let deps = Deps {
            schedules: store.clone(),
            agents: store.clone(),
            notifications: store.clone(),
            queue: Arc::new(LocalQueue::default()),
            clock: clock.clone(),
        };
        let user = store
            .ensure_user("owner", clock.uuid().into(), clock.now())
            .await
            .unwrap()
            .id;
        Self {
            store,
            deps,
            user,
            runner: RunnerId {
                name: "test".to_owned(),
                incarnation: clock.uuid(),
            },
            clock,
            _folder: folder,
        }
    }

    pub(crate) fn pass(&self, minutes: i64) {
        self.clock.advance(SignedDuration::from_mins(minutes));
    }

    pub(crate) async fn agent(&self) -> Agent {
        let new = NewAgent {
            id: self.clock.uuid().into(),
            user_id: self.user,
            spec: AgentSpec {
                name: "Brief".to_owned(),
                prompt: "Write the brief.".to_owned(),
                model: None,
                time_limit_seconds: 60,
                cost_limit_micro_usd: None,
                network: Network::default(),
                done: Vec::new(),
                notify: NotifyRules::default(),
            },
            status: AgentStatus::Active,
            limit: 10_000,
            now: self.clock.now(),
        };
        match self.store.create_agent(&new).await.unwrap() {
            CreatedAgent::Saved(agent) => *agent,
            other => panic!("{other:?}"),
        }
    }

    /// A schedule that begins now.
    pub(crate) async fn schedule(&self, agent: &Agent, spec: ScheduleSpec) -> Schedule {
        let plan = spec.validate().unwrap();
        let (cursor, next) = schedule::resume(&plan, &spec, None, self.clock.now());
        self.put(agent, spec, cursor, next).await
    }

    pub(crate) async fn put(
        &self,
        agent: &Agent,
        spec: ScheduleSpec,
        cursor: Timestamp,
        next_due_at: Option<Timestamp>,
    ) -> Schedule {
        let existing = self.store.schedule(self.user, agent.id).await.unwrap();
        let put = PutSchedule {
            id: self.clock.uuid().into(),
            user_id: self.user,
            agent_id: agent.id,
            paused: spec.paused.then_some(PauseReason::User),
            spec,
            expected_revision: existing.map(|schedule| schedule.revision),
            slots: Vec::new(),
            cursor,
            next_due_at,
            now: self.clock.now(),
        };
        match self.store.put_schedule(&put).await.unwrap() {
            PutResult::Saved(schedule) => *schedule,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn tick(&self) -> Report {
        tick(&self.deps, self.clock.now()).await.unwrap()
    }

    /// The agent's ledger: local hour and minute in UTC, and what became of the slot.
    pub(crate) async fn ledger(
        &self,
        agent: &Agent,
    ) -> BTreeMap<String, (SlotOutcome, Option<SlotReason>)> {
        self.rows(agent)
            .await
            .into_iter()
            .map(|row| {
                let at = row.scheduled_at.strftime("%H:%M").to_string();
                (at, (row.outcome, row.reason))
            })
            .collect()
    }

    pub(crate) async fn rows(&self, agent: &Agent) -> Vec<SlotRow> {
        let page = PageRequest {
            limit: Some(500),
            ..PageRequest::default()
        };
        self.store
            .list_slots(self.user, agent.id, &page)
            .await
            .unwrap()
            .items
    }

    pub(crate) async fn runs(&self, agent: &Agent) -> Vec<Run> {
        let filter = RunFilter {
            agent_id: Some(agent.id),
            ..RunFilter::default()
        };
        let page = PageRequest {
            limit: Some(500),
            ..PageRequest::default()
        };
        self.store
            .list_runs(self.user, &filter, &page)
            .await
            .unwrap()
            .items
    }

    /// A runner begins this run; answers the epoch.
    pub(crate) async fn begin(&self, run: RunId) -> u64 {
        let now = self.clock.now();
        let claim = self
            .store
            .claim(run, &self.runner, Quota::default(), now)
            .await
            .unwrap();
        match claim {
            Claim::Yours(claimed) => claimed.lease.epoch,
            Claim::NotNow | Claim::NotHere(_) => panic!("not claimable"),
        }
    }

    /// The agent's newest run is worked on and ends well.
    pub(crate) async fn complete(&self, agent: &Agent) {
        let run = self.runs(agent).await[0].id;
        let epoch = self.begin(run).await;
        let outcome = Outcome::new(RunState::Succeeded, Reason::Completed, None);
        let (last, now) = (Append::default(), self.clock.now());
        self.store
            .finish(run, epoch, &last, &outcome, None, now)
            .await
            .unwrap();
    }
}

/// Every hour, on the hour, UTC.
pub(crate) fn hourly() -> ScheduleSpec {
    ScheduleSpec::new(schedule::Frequency::Hourly, "UTC")
}

pub(crate) const RAN: (SlotOutcome, Option<SlotReason>) = (SlotOutcome::Ran, None);

pub(crate) const fn missed(reason: SlotReason) -> (SlotOutcome, Option<SlotReason>) {
    (SlotOutcome::Missed, Some(reason))
}

pub(crate) const fn skipped(reason: SlotReason) -> (SlotOutcome, Option<SlotReason>) {
    (SlotOutcome::Skipped, Some(reason))
}
