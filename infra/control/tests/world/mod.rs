//! One machine: a folder, a ledger, a scripted model, and gateways and runners that come and go.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use berth_contract::VirtualClock;
use berth_control::{Control, RemoteGateway, listen, path_in};
use berth_domain::clock::Clock as _;
use berth_domain::ids::{RunId, UserId};
use berth_domain::ports::gateway::{Gateway, Grant, ModelSettings, Registries, SOCKET_NAME};
use berth_domain::run_token::{RunToken, TokenHash, TokenKey};
use berth_embedded::{SecretKey, Store};
use berth_gateway::{GatewayConfig, GatewayServer, HostNetwork, Limits, ToolPorts};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UnixStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// More than a connection carries out at a time.
pub(crate) const AT_ONCE: usize = 400;

const QUESTION: &str =
    r#"{"model":"claude-opus-5-5","max_tokens":100,"messages":[{"role":"user","content":"hi"}]}"#;

fn run_token(process: &str) -> RunToken {
    TokenKey::new([7; 32]).derive(process)
}

pub(crate) fn token(process: &str) -> TokenHash {
    run_token(process).hash()
}

pub(crate) struct World {
    pub(crate) folder: TempDir,
    pub(crate) store: Store,
    pub(crate) user: UserId,
    clock: Arc<VirtualClock>,
    model: String,
    told: watch::Sender<bool>,
    stop: CancellationToken,
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl World {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let model = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(berth_fake_model::serve(
            listener,
            berth_fake_model::Options::test(),
            stopped,
        ));
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("berth.db");
        let clock = Arc::new(VirtualClock::default());
        let world = Self {
            store: Store::open(&store, SecretKey::new([1; 32])).unwrap(),
            user: UserId(clock.uuid()),
            folder,
            clock,
            model,
            told: watch::Sender::new(false),
            stop,
        };
        std::fs::create_dir(world.sockets()).unwrap();
        world
    }

    pub(crate) fn sockets(&self) -> PathBuf {
        self.folder.path().join("sockets")
    }

    pub(crate) fn control(&self) -> PathBuf {
        path_in(self.folder.path())
    }

    pub(crate) fn is_open(&self) -> bool {
        self.sockets().join(SOCKET_NAME).exists()
    }

    /// A gateway that serves runners.
    pub(crate) fn gateway(&self, linger: Duration) -> Running {
        self.gateway_alone().serve(linger)
    }

    /// A gateway that no runner can reach.
    pub(crate) fn gateway_alone(&self) -> Running {
        let told = self.told.clone();
        told.send_replace(false);
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let model = watch::channel(ModelSettings {
            base_url: self.model.clone(),
            key: None,
            keyless: true,
            vertex: None,
        });
        let config = GatewayConfig {
            token_key: TokenKey::new([3; 32]),
            model: model.1,
            access_tokens: None,
            network: Arc::new(HostNetwork),
            tools: ToolPorts {
                agents: Arc::new(self.store.clone()),
                runs: Arc::new(self.store.clone()),
                schedules: Arc::new(self.store.clone()),
                proposals: Arc::new(self.store.clone()),
                notifications: Arc::new(self.store.clone()),
                users: Arc::new(self.store.clone()),
                secrets: Arc::new(self.store.clone()),
            },
            limits: Limits::default(),
            calls: self.folder.path().join("calls"),
            told: told.subscribe(),
        };
        let server = Arc::new(GatewayServer::new(
            config,
            Arc::new(self.store.clone()),
            Arc::new(self.store.clone()),
            self.clock.clone(),
            stop.clone(),
            tasks.clone(),
        ));
        Running {
            server,
            control: self.control(),
            told,
            stop,
            tasks,
        }
    }

    /// A runner that has nothing to find.
    pub(crate) fn runner(&self) -> RemoteGateway {
        RemoteGateway::finding(self.control(), Duration::ZERO)
    }

    pub(crate) async fn open(&self, runner: &RemoteGateway) {
        let registries = Registries::default();
        let sockets = self.sockets();
        let opened = runner.open(self.user, &sockets, &registries);
        opened.await.unwrap();
    }

    /// A new run for a process.
    pub(crate) async fn grant(&self, runner: &RemoteGateway, process: &str) -> RunId {
        let run = RunId(self.clock.uuid());
        self.grant_again(runner, process, run).await;
        run
    }

    pub(crate) async fn grant_again(&self, runner: &RemoteGateway, process: &str, run: RunId) {
        let grant = Grant {
            run_id: run,
            user_id: self.user,
            agent_id: None,
            conversation_id: None,
            of_agent_run: false,
            unspent: false,
            models: None,
            limits: berth_domain::budget::BudgetLimits::default(),
            egress: berth_domain::egress::EgressPolicy::default(),
        };
        runner.grant(token(process), grant).await.unwrap();
    }

    /// The status of a model call by a process in the workspace.
    pub(crate) async fn call(&self, process: &str) -> u16 {
        let socket = self.sockets().join(SOCKET_NAME);
        let mut stream = UnixStream::connect(socket).await.unwrap();
        let head = format!(
            "POST /v1/messages HTTP/1.1\r\nhost: gateway\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            run_token(process).expose(),
            QUESTION.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(QUESTION.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let status = answer.split(' ').nth(1).unwrap();
        status.parse().unwrap()
    }

    /// Waits until the gateway has been told everything.
    pub(crate) async fn until_known(&self) {
        let mut told = self.told.subscribe();
        let known = told.wait_for(|told| *told);
        tokio::time::timeout(Duration::from_secs(20), known)
            .await
            .unwrap()
            .unwrap();
    }
}

/// A gateway's process.
pub(crate) struct Running {
    pub(crate) server: Arc<GatewayServer>,
    control: PathBuf,
    told: watch::Sender<bool>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Running {
    /// Lets runners in.
    pub(crate) fn serve(self, linger: Duration) -> Self {
        let control = Control {
            gateway: self.server.clone(),
            told: self.told.clone(),
            linger,
        };
        let listener = listen(&self.control).unwrap();
        self.tasks.spawn(control.serve(listener, self.stop.clone()));
        self
    }

    pub(crate) async fn open_by_hand(&self, world: &World) {
        let registries = Registries::default();
        let sockets = world.sockets();
        let opened = self.server.open(world.user, &sockets, &registries);
        opened.await.unwrap();
    }

    /// Ends it with all its connections.
    pub(crate) async fn kill(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}
