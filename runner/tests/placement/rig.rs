//! Runners that share a store and a place for objects, each with a disk of its own; the supervisor and a stand-in for Claude Code are
//! real processes.

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use berth_domain::budget::BudgetLimits;
use berth_domain::clock::Clock;
use berth_domain::egress::EgressPolicy;
use berth_domain::event::{Event, Status, StoredEvent};
use berth_domain::ids::{ConversationId, RunId, UserId};
use berth_domain::lease::{DOUBT, RunnerId};
use berth_domain::placement::{Placement, Stage};
use berth_domain::ports::artifacts::{Artifacts as _, ObjectKey};
use berth_domain::ports::events::Events as _;
use berth_domain::ports::placements::Placements as _;
use berth_domain::ports::queue::{Hint, Queue};
use berth_domain::ports::runs::{Runs as _, Submission, Submitted};
use berth_domain::ports::users::Users as _;
use berth_domain::quota::Quota;
use berth_domain::run::{Run, Trigger};
use berth_domain::run_token::TokenKey;
use berth_embedded::{LocalArtifacts, LocalLiveText, SecretKey, Store};
use berth_runner::engine::{Engine as _, LocalConfig, LocalEngine};
use berth_runner::placement::{PlacementConfig, PlacementDeps, Placing};
use berth_runner::workspace::{Workspaces, WorkspacesConfig};
use berth_runner::{ClaudeConfig, Ended, RunnerConfig, RunnerDeps, run_placed};
use jiff::{SignedDuration, Timestamp};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::support::OpenGateways;

/// How long a test waits for something that must happen.
const PATIENCE: Duration = Duration::from_secs(40);

/// The time, as one machine has it: another's may be ahead.
#[derive(Debug, Default)]
pub(crate) struct MachineClock(AtomicI64);

impl MachineClock {
    pub(crate) fn put_ahead(&self, seconds: i64) {
        self.0.store(seconds, Ordering::SeqCst);
    }
}

impl Clock for MachineClock {
    #[expect(clippy::disallowed_methods, reason = "leases are renewed in real time")]
    fn now(&self) -> Timestamp {
        Timestamp::now() + SignedDuration::from_secs(self.0.load(Ordering::SeqCst))
    }

    #[expect(clippy::disallowed_methods, reason = "ids that no other test has")]
    fn uuid(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// Carries hints between runners as Pub/Sub does: for one of them, or for whoever comes first (here: the first).
#[derive(Debug, Default)]
pub(crate) struct Post {
    boxes: Mutex<Vec<(String, mpsc::UnboundedSender<Hint>)>>,
    /// Whom hints were sent to by name.
    pub(crate) named: Mutex<Vec<String>>,
}

impl Post {
    fn send(&self, runner: Option<&str>, hint: Hint) {
        let mut boxes = self.boxes.lock().unwrap();
        boxes.retain(|(_, sender)| !sender.is_closed());
        let to = boxes
            .iter()
            .find(|(name, _)| runner.is_none_or(|runner| runner == name));
        if let Some((_, sender)) = to {
            let _ = sender.send(hint);
        }
    }

    pub(crate) fn send_to(&self, runner: &str, run: RunId) {
        self.send(Some(runner), Hint::Claim(run));
    }
}

#[derive(Debug)]
struct PostBox {
    post: Arc<Post>,
    incoming: tokio::sync::Mutex<mpsc::UnboundedReceiver<Hint>>,
}

#[async_trait]
impl Queue for PostBox {
    async fn announce(&self, hint: Hint) {
        self.post.send(None, hint);
    }

    async fn announce_to(&self, runner: &str, hint: Hint) {
        self.post.named.lock().unwrap().push(runner.to_owned());
        self.post.send(Some(runner), hint);
    }

    async fn next(&self) -> Option<Hint> {
        self.incoming.lock().await.recv().await
    }
}

pub(crate) struct Rig {
    pub(crate) store: Arc<Store>,
    pub(crate) objects: Arc<LocalArtifacts>,
    pub(crate) post: Arc<Post>,
    pub(crate) clock: MachineClock,
    pub(crate) user: UserId,
    folder: TempDir,
}

/// A machine, with or without a runner that works on it.
pub(crate) struct Machine {
    pub(crate) name: String,
    pub(crate) clock: Arc<MachineClock>,
    pub(crate) engine: Arc<LocalEngine>,
    root: PathBuf,
    placing: Option<Placing>,
    stop: CancellationToken,
    task: Option<JoinHandle<Ended>>,
    /// The runner's process: it ends with everything in it, and stops as one.
    process: Option<Runtime>,
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
        let root = self.folder.path().join(name);
        let engine = LocalEngine::new(LocalConfig {
            supervisor: program("berth-supervisor"),
            root: root.clone(),
        });
        Machine {
            name: name.to_owned(),
            clock: Arc::default(),
            engine: Arc::new(engine),
            root,
            placing: None,
            stop: CancellationToken::new(),
            task: None,
            process: None,
        }
    }

    /// A machine with a runner.
    pub(crate) fn runner(&self, name: &str) -> Machine {
        let mut machine = self.machine(name);
        self.start(&mut machine);
        machine
    }

    pub(crate) fn start(&self, machine: &mut Machine) {
        let (sender, incoming) = mpsc::unbounded_channel();
        let mut boxes = self.post.boxes.lock().unwrap();
        boxes.push((machine.name.clone(), sender));
        let queue = Arc::new(PostBox {
            post: self.post.clone(),
            incoming: tokio::sync::Mutex::new(incoming),
        });
        let (clock, gateway) = (machine.clock.clone(), Arc::new(OpenGateways::default()));
        let workspaces = Arc::new(Workspaces::new(
            machine.engine.clone(),
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
                grace: Duration::from_secs(2),
                ..PlacementConfig::new("127.0.0.1:1".to_owned())
            },
            PlacementDeps {
                placements: store.clone(),
                snapshots: self.objects.clone(),
                workspaces,
                clock,
            },
        );
        machine.placing = Some(placing.clone());
        machine.stop = CancellationToken::new();
        let running = run_placed(config(id), deps, placing, machine.stop.clone());
        let process = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        machine.task = Some(process.spawn(running));
        machine.end_process();
        machine.process = Some(process);
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

impl Machine {
    pub(crate) fn file(&self, user: UserId, path: &str) -> PathBuf {
        let user = user.to_string();
        self.root
            .join("users")
            .join(user)
            .join("workspace")
            .join(path)
    }

    pub(crate) fn placing(&self) -> &Placing {
        self.placing.as_ref().unwrap()
    }

    /// SIGTERM: answers when the runner has ended.
    pub(crate) async fn terminate(&mut self) -> Ended {
        self.stop.cancel();
        self.ended().await
    }

    pub(crate) async fn ended(&mut self) -> Ended {
        let task = self.task.take().unwrap();
        tokio::time::timeout(PATIENCE, task).await.unwrap().unwrap()
    }

    /// SIGKILL: nothing of the runner goes on, and its containers do.
    pub(crate) fn kill(&mut self) {
        self.task = None;
        self.placing = None;
        self.end_process();
    }

    /// SIGSTOP, until the answer is dropped.
    pub(crate) async fn pause(&self) -> std::sync::mpsc::Sender<()> {
        let (go_on, wait) = std::sync::mpsc::channel();
        let (stopped, stops) = oneshot::channel();
        // It has one thread, which this has from now on.
        self.process.as_ref().unwrap().spawn(async move {
            stopped.send(()).unwrap();
            let _ = wait.recv();
        });
        stops.await.unwrap();
        go_on
    }

    fn end_process(&mut self) {
        if let Some(process) = self.process.take() {
            process.shutdown_background();
        }
    }

    pub(crate) async fn nothing_runs(&self) {
        until("nothing to run", async || {
            self.engine
                .running()
                .await
                .unwrap()
                .is_empty()
                .then_some(())
        })
        .await;
    }

    /// Whatever a test has left.
    pub(crate) async fn clean(mut self) {
        self.end_process();
        for user in self.engine.running().await.unwrap() {
            self.engine.stop(user).await.unwrap();
        }
    }
}

impl Drop for Machine {
    /// Also what a test that failed has left.
    fn drop(&mut self) {
        self.end_process();
        let ours = self.root.join("sockets");
        let ours = ours.as_os_str().as_encoded_bytes();
        let entries = std::fs::read_dir("/proc").into_iter().flatten();
        let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        for pid in pids {
            let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            if line.split(|byte| *byte == 0).any(|it| it.starts_with(ours)) {
                let _ = kill(Pid::from_raw(pid), Signal::SIGTERM);
            }
        }
    }
}

/// Waits for a condition.
pub(crate) async fn until<T>(what: &str, mut holds: impl AsyncFnMut() -> Option<T>) -> T {
    let wait = async {
        loop {
            if let Some(found) = holds().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait)
        .await
        .unwrap_or_else(|_| panic!("waited in vain for {what}"))
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

/// A binary of this workspace, in the target folder this test was built into: Cargo builds those of other packages only when asked to.
fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let binary = profile.join(name);
    assert!(
        binary.exists(),
        "{} is missing: run `cargo build -p {name}` first",
        binary.display()
    );
    binary
}
