//! Runners that share a store and a place for objects, each with a disk of its own; the supervisor and a stand-in for Claude Code are
//! real processes.

use std::sync::Arc;

use berth_domain::budget::BudgetLimits;
use berth_domain::clock::Clock as _;
use berth_domain::egress::EgressPolicy;
use berth_domain::event::{Event, Status, StoredEvent};
use berth_domain::ids::{ConversationId, RunId, UserId};
use berth_domain::lease::{DOUBT, RunnerId};
use berth_domain::placement::{Placement, Stage};
use berth_domain::ports::artifacts::{Artifacts as _, ObjectKey};
use berth_domain::ports::events::Events as _;
use berth_domain::ports::placements::Placements as _;
use berth_domain::ports::queue::Hint;
use berth_domain::ports::runs::{Runs as _, Submission, Submitted};
use berth_domain::ports::users::Users as _;
use berth_domain::quota::Quota;
use berth_domain::run::{Run, Trigger};
use berth_domain::run_token::TokenKey;
use berth_embedded::{LocalArtifacts, LocalLiveText, SecretKey, Store};
use berth_runner::placement::{PlacementConfig, PlacementDeps, Placing};
use berth_runner::workspace::{Workspaces, WorkspacesConfig};
use berth_runner::{ClaudeConfig, RunnerConfig, RunnerDeps};
use jiff::SignedDuration;
use tempfile::TempDir;

use crate::machine::{Machine, MachineClock, program, until};
use crate::post::Post;
use crate::support::OpenGateways;

pub(crate) struct Rig {
    pub(crate) store: Arc<Store>,
    pub(crate) objects: Arc<LocalArtifacts>,
    pub(crate) post: Arc<Post>,
    pub(crate) clock: MachineClock,
    pub(crate) user: UserId,
    folder: TempDir,
}

impl Rig {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("berth.db"), SecretKey::new([1; 32])).unwrap();
        let clock = MachineClock::default();
        let user = UserId(clock.uuid());
        store
            .ensure_user(&format!("user-{user}"), user, clock.now())
            .await
            .unwrap();
        let objects = LocalArtifacts::open(folder.path().join("objects")).unwrap();
        Self {
            store: Arc::new(store),
            objects: Arc::new(objects),
            post: Arc::default(),
            clock,
            user,
            folder,
        }
    }

    pub(crate) fn machine(&self, name: &str) -> Machine {
        Machine::new(name, self.folder.path().join(name))
    }

    /// A machine with a runner.
    pub(crate) fn runner(&self, name: &str) -> Machine {
        let mut machine = self.machine(name);
        self.start(&mut machine);
        machine
    }

    pub(crate) fn start(&self, machine: &mut Machine) {
        let queue = Arc::new(self.post.open(&machine.name));
        let (clock, gateway) = (machine.clock.clone(), Arc::new(OpenGateways::default()));
        let workspaces = Arc::new(Workspaces::new(
            machine.for_a_runner(),
            gateway.clone(),
            clock.clone(),
            WorkspacesConfig::default(),
        ));
        let store = &self.store;
        let deps = RunnerDeps {
            runs: store.clone(),
            secrets: store.clone(),
            settings: store.clone(),
            users: store.clone(),
            events: store.clone(),
            queue,
            live: Arc::new(LocalLiveText::default()),
            gateway,
            clock: clock.clone(),
            token_key: TokenKey::new([1; 32]),
            workspaces: workspaces.clone(),
        };
        let id = RunnerId {
            name: machine.name.clone(),
            incarnation: clock.uuid(),
        };
        let placing = Placing::new(
            id.clone(),
            PlacementConfig {
                grace: machine.grace,
                ..PlacementConfig::new("127.0.0.1:1".to_owned())
            },
            PlacementDeps {
                placements: store.clone(),
                snapshots: self.objects.clone(),
                workspaces,
                clock,
            },
        );
        machine.work(config(id), deps, placing);
    }

    /// A message; the first begins a conversation.
    pub(crate) async fn say(
        &self,
        conversation: Option<ConversationId>,
        text: &str,
    ) -> (RunId, ConversationId) {
        let (run, conversation) = self.store_message(conversation, text).await;
        self.post.send(None, Hint::Claim(run));
        (run, conversation)
    }

    /// The same, and no runner is told.
    pub(crate) async fn store_message(
        &self,
        conversation: Option<ConversationId>,
        text: &str,
    ) -> (RunId, ConversationId) {
        let submission = Submission {
            user_id: self.user,
            message_id: self.clock.uuid().into(),
            conversation_id: conversation,
            new_conversation_id: self.clock.uuid().into(),
            run_id: self.clock.uuid().into(),
            agent_id: None,
            agent: None,
            content: text.to_owned(),
            trigger: Trigger::Chat,
            retry_of: None,
            quota: Quota::default(),
            now: self.clock.now(),
        };
        match self.store.submit(&submission).await.unwrap() {
            Submitted::Accepted {
                run_id,
                conversation_id,
                ..
            } => (run_id, conversation_id),
            other => panic!("not accepted: {other:?}"),
        }
    }

    pub(crate) fn nobodys_run(&self) -> RunId {
        self.clock.uuid().into()
    }

    pub(crate) async fn run(&self, id: RunId) -> Run {
        self.store.run(self.user, id).await.unwrap().unwrap()
    }

    /// Waits until Claude works on a run.
    pub(crate) async fn begun(&self, id: RunId) {
        until("the turn to begin", async || {
            let events = self.events(id).await;
            let works = Event::Status {
                label: Status::Thinking,
            };
            events
                .iter()
                .any(|stored| stored.event == works)
                .then_some(())
        })
        .await;
    }

    /// Waits until a run has ended.
    pub(crate) async fn ended(&self, id: RunId) -> Run {
        until("the run to end", async || {
            let run = self.run(id).await;
            run.state.is_final().then_some(run)
        })
        .await
    }

    /// Says something and waits for the answer.
    pub(crate) async fn ask(
        &self,
        conversation: Option<ConversationId>,
        text: &str,
    ) -> (String, ConversationId) {
        let (run, conversation) = self.say(conversation, text).await;
        let ended = self.ended(run).await;
        assert_eq!(ended.state.as_str(), "succeeded", "{ended:?}");
        (self.answer(run).await, conversation)
    }

    /// What a run has said.
    pub(crate) async fn answer(&self, run: RunId) -> String {
        let texts = self.events(run).await.into_iter().filter_map(|stored| {
            if let Event::Text { text, .. } = stored.event {
                Some(text)
            } else {
                None
            }
        });
        texts.collect::<Vec<_>>().join("\n")
    }

    pub(crate) async fn events(&self, run: RunId) -> Vec<StoredEvent> {
        self.store.run_events_after(run, 0, 1_000).await.unwrap()
    }

    pub(crate) async fn placement(&self) -> Placement {
        self.store.placement(self.user).await.unwrap().unwrap()
    }

    /// Waits for a copy that was made after `number` others.
    pub(crate) async fn saved(&self, number: u64) -> Placement {
        until("a copy of the workspace", async || {
            let placement = self.placement().await;
            let newest = placement.snapshot.as_ref().map_or(0, |it| it.number);
            (newest > number).then_some(placement)
        })
        .await
    }

    /// Waits until others know of a runner.
    pub(crate) async fn registered(&self, name: &str) {
        until("the registration", async || {
            let runners = self.store.runners(self.clock.now()).await.unwrap();
            let mut names = runners.into_iter().map(|it| it.runner.name);
            names.any(|known| known == name).then_some(())
        })
        .await;
    }

    pub(crate) async fn stage(&self, stage: Stage) {
        until("the workspace's stage", async || {
            (self.placement().await.stage == stage).then_some(())
        })
        .await;
    }

    /// Objects below a part of the workspace's.
    pub(crate) async fn objects(&self, part: &str) -> Vec<ObjectKey> {
        let prefix = format!("workspaces/{}/{part}", self.user).parse().unwrap();
        let listed = self.objects.list(&prefix, None, 1_000).await.unwrap();
        listed.into_iter().map(|object| object.key).collect()
    }
}

fn config(id: RunnerId) -> RunnerConfig {
    RunnerConfig {
        id,
        capacity: 4,
        quota: Quota::default(),
        sweep_every: SignedDuration::from_millis(500),
        run_limit: SignedDuration::from_mins(5),
        doubt: DOUBT,
        process_idle: SignedDuration::from_mins(5),
        workspace_idle: SignedDuration::from_mins(5),
        memory_warning: 1 << 40,
        claude: ClaudeConfig {
            program: vec![program("berth-fake-cli").to_string_lossy().into_owned()],
            ..ClaudeConfig::default()
        },
        limits: BudgetLimits::default(),
        egress: EgressPolicy::Hosts(Vec::new()),
    }
}
