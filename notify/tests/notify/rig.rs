//! A store, a clock that only the test moves, and short words for what most tests do.

use std::path::PathBuf;
use std::sync::Arc;

use berth_contract::VirtualClock;
use berth_domain::agent::{Agent, AgentSpec, AgentStatus, Network, NotifyRules};
use berth_domain::clock::Clock as _;
use berth_domain::ids::{RunId, UserId};
use berth_domain::lease::RunnerId;
use berth_domain::notification::{
    Delivery, Notification, NotificationSettings, WEBHOOK_SECRET, user_scope,
};
use berth_domain::page::PageRequest;
use berth_domain::ports::agents::{Agents as _, CreatedAgent, NewAgent};
use berth_domain::ports::notifications::Notifications as _;
use berth_domain::ports::runs::{Append, Claim, RunFilter, Runs as _};
use berth_domain::ports::schedules::{PutResult, PutSchedule, Schedule, Schedules as _};
use berth_domain::ports::secrets::Secrets as _;
use berth_domain::ports::users::Users as _;
use berth_domain::quota::Quota;
use berth_domain::run::{Outcome, Run};
use berth_domain::schedule::{self, Frequency, ScheduleSpec};
use berth_embedded::{LocalQueue, SecretKey, Store};
use berth_notify::{Config, Deps, Looked, Senders, deliver, settle};
use berth_scheduler_hook::tick;
use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;
use tempfile::TempDir;

pub(crate) const SECRET: &str = "whsec-0123456789";

pub(crate) struct Rig {
    pub(crate) store: Arc<Store>,
    pub(crate) clock: Arc<VirtualClock>,
    pub(crate) deps: Deps,
    pub(crate) config: Config,
    pub(crate) user: UserId,
    senders: Senders,
    runner: RunnerId,
    path: PathBuf,
    _folder: TempDir,
}

impl Rig {
    pub(crate) async fn new() -> Self {
        // Another test of this process may have done it already.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("berth.db");
        let store = Arc::new(Store::open(&path, SecretKey::new([1; 32])).unwrap());
        let clock = Arc::new(VirtualClock::default());
        let monday: Timestamp = "2026-11-23T07:05:00Z".parse().unwrap();
        clock.advance(monday.duration_since(clock.now()));
        let config = Config {
            dashboard: "http://127.0.0.1:8080".to_owned(),
            local_webhooks: true,
            failure_threshold: 3,
        };
        let deps = Deps {
            runs: store.clone(),
            agents: store.clone(),
            schedules: store.clone(),
            notifications: store.clone(),
            users: store.clone(),
            settings: store.clone(),
            secrets: store.clone(),
            clock: clock.clone(),
        };
        let user = store
            .ensure_user("owner", clock.uuid().into(), clock.now())
            .await
            .unwrap()
            .id;
        Self {
            senders: Senders::new(&config),
            runner: RunnerId {
                name: "test".to_owned(),
                incarnation: clock.uuid(),
            },
            store,
            deps,
            config,
            user,
            clock,
            path,
            _folder: folder,
        }
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    pub(crate) async fn agent(&self, notify: NotifyRules) -> Agent {
        let new = NewAgent {
            id: self.clock.uuid().into(),
            user_id: self.user,
            spec: AgentSpec {
                name: "주간 브리프".to_owned(),
                prompt: "Write the brief.".to_owned(),
                model: None,
                time_limit_seconds: 60,
                cost_limit_micro_usd: None,
                network: Network::Packages,
                done: Vec::new(),
                notify,
            },
            status: AgentStatus::Active,
            limit: 10,
            now: self.clock.now(),
        };
        match self.store.create_agent(&new).await.unwrap() {
            CreatedAgent::Saved(agent) => *agent,
            other => panic!("{other:?}"),
        }
    }

    /// The agent runs every hour, on the hour.
    pub(crate) async fn hourly(&self, agent: &Agent) -> Schedule {
        let spec = ScheduleSpec::new(Frequency::Hourly, "UTC");
        let plan = spec.validate().unwrap();
        let (cursor, next_due_at) = schedule::resume(&plan, &spec, None, self.clock.now());
        let put = PutSchedule {
            id: self.clock.uuid().into(),
            user_id: self.user,
            agent_id: agent.id,
            spec,
            expected_revision: None,
            slots: Vec::new(),
            cursor,
            next_due_at,
            paused: None,
            now: self.clock.now(),
        };
        match self.store.put_schedule(&put).await.unwrap() {
            PutResult::Saved(schedule) => *schedule,
            other => panic!("{other:?}"),
        }
    }

    /// An hour passes and what is due begins.
    pub(crate) async fn next_hour(&self, agent: &Agent) -> Option<RunId> {
        self.pass(3_600);
        let deps = berth_scheduler_hook::Deps {
            schedules: self.store.clone(),
            agents: self.store.clone(),
            notifications: self.store.clone(),
            queue: Arc::new(LocalQueue::default()),
            clock: self.clock.clone(),
        };
        let report = tick(&deps, self.clock.now()).await.unwrap();
        if report.ran == 0 {
            return None;
        }
        Some(self.runs(agent).await[0].id)
    }

    pub(crate) async fn runs(&self, agent: &Agent) -> Vec<Run> {
        let filter = RunFilter {
            agent_id: Some(agent.id),
            ..RunFilter::default()
        };
        self.store
            .list_runs(self.user, &filter, &PageRequest::default())
            .await
            .unwrap()
            .items
    }

    /// A runner works on the run until this end.
    pub(crate) async fn end(&self, run: RunId, outcome: Outcome) {
        let now = self.clock.now();
        let claim = self
            .store
            .claim(run, &self.runner, Quota::default(), now)
            .await
            .unwrap();
        let Claim::Yours(claimed) = claim else {
            panic!("not claimable")
        };
        let last = Append::default();
        self.store
            .finish(run, claimed.lease.epoch, &last, &outcome, None, now)
            .await
            .unwrap();
    }

    pub(crate) async fn settle(&self) -> Looked {
        settle(&self.deps, &self.config).await
    }

    pub(crate) async fn deliver(&self) -> Looked {
        deliver(&self.deps, &self.config, &self.senders).await
    }

    /// Does something to the database behind the store's back.
    pub(crate) fn sql(&self, statements: &str) {
        Connection::open(&self.path)
            .and_then(|connection| connection.execute_batch(statements))
            .unwrap();
    }

    pub(crate) async fn told(&self) -> Vec<Notification> {
        self.store
            .list_notifications(self.user, false, &PageRequest::default())
            .await
            .unwrap()
            .items
    }

    pub(crate) async fn deliveries(&self) -> Vec<Delivery> {
        self.store
            .list_deliveries(self.user, &PageRequest::default())
            .await
            .unwrap()
            .items
    }

    pub(crate) async fn send_to(&self, email: Option<&str>, webhook: Option<&str>) {
        let settings = NotificationSettings {
            email: email.map(str::to_owned),
            webhook: webhook.map(str::to_owned),
        };
        self.store
            .put_notification_settings(self.user, &settings)
            .await
            .unwrap();
        self.store
            .put_secret(&user_scope(self.user), WEBHOOK_SECRET, SECRET)
            .await
            .unwrap();
    }
}

/// Everything is told.
pub(crate) const ALL: NotifyRules = NotifyRules {
    failure: true,
    success: true,
    paused: true,
    budget: true,
};
