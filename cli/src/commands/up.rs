//! `berth up`: every role in one process.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use berth_api::{Deps, ModelControl as _, Upstream};
use berth_domain::clock::Clock;
use berth_domain::lease::RunnerId;
use berth_domain::ports::credentials::Credentials as _;
use berth_domain::ports::settings::Settings as _;
use berth_domain::ports::users::Users as _;
use berth_domain::schedule::FAILURE_THRESHOLD;
use berth_domain::user::{Credential, CredentialKind, LOCAL_USER, User};
use berth_embedded::{LocalLiveText, LocalQueue, Store};
use berth_gateway::{GatewayConfig, GatewayServer, HostNetwork, ToolPorts};
use berth_runner::workspace::{Workspaces, WorkspacesConfig};
use berth_runner::{RunnerConfig, RunnerDeps};
use berth_scheduler_hook::Bell;
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::config::up::UpOptions;
use crate::lifecycle::{self, Process};
use crate::wiring::api;
use crate::wiring::assets::Dashboard;
use crate::wiring::clock::SystemClock;
use crate::wiring::credentials;
use crate::wiring::data::DataDir;
use crate::wiring::engine;
use crate::wiring::model::Model;
use crate::wiring::random::SystemRandom;
use crate::wiring::sign_in::{self, SignIn};
use crate::wiring::work;

/// Name of the one runner of this machine.
const RUNNER: &str = "local";
/// Name of the setting that tells this installation's containers from others'.
const INSTALLATION_ID: &str = "installation";

pub(crate) fn run(options: UpOptions) -> anyhow::Result<ExitCode> {
    lifecycle::block_on(up(options))
}

async fn up(options: UpOptions) -> anyhow::Result<ExitCode> {
    let sign_in = sign_in::choose(&options.sign_in, options.listen)?;
    let data = DataDir::open(&options.data.data)?;
    let _lock = data.lock()?;
    let listener = lifecycle::listen(options.listen).await?;
    let address = listener
        .local_addr()
        .context("the listener has no address")?;
    let metrics = PrometheusBuilder::new()
        .install_recorder()
        .context("metrics cannot be recorded")?;
    let world = World::assemble(&options, &data).await?;
    let ready = world.way_in(&sign_in, address).await?;
    world.serve(&options, sign_in, address, listener);
    if let Some(address) = options.metrics_listen {
        world.process.serve_metrics(address, metrics).await?;
    }
    println!("ready {ready}");
    if world.model.status().upstream == Upstream::None {
        println!(
            "No model key is set: open the link and give one in the settings, or choose the demo there \
             (a scripted model; everything else is real). ANTHROPIC_API_KEY and --demo do the same."
        );
    }
    world.process.run_and_drain(lifecycle::DRAIN).await
}

/// Everything that one machine runs.
struct World {
    clock: Arc<dyn Clock>,
    store: Store,
    user: User,
    live: Arc<LocalLiveText>,
    queue: Arc<LocalQueue>,
    model: Arc<Model>,
    workspaces: Arc<Workspaces>,
    runner: RunnerConfig,
    runner_deps: RunnerDeps,
    /// Wakes the timer of schedules.
    bell: Bell,
    process: Process,
}

impl World {
    async fn assemble(options: &UpOptions, data: &DataDir) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let store = data.store()?;
        let process = Process::default();
        let (stop, tasks) = (process.stop.clone(), process.tasks.clone());
        let user = store
            .ensure_user(LOCAL_USER, clock.uuid().into(), clock.now())
            .await
            .context("the local user cannot be stored")?;
        let model = Arc::new(Model::new(
            options.model.clone(),
            Arc::new(store.clone()),
            Arc::new(store.clone()),
            stop.clone(),
            tasks.clone(),
        ));
        model.reload().await;
        let token_key = data.token_key()?;
        let gateway = Arc::new(GatewayServer::new(
            GatewayConfig {
                token_key: token_key.clone(),
                model: model.watch(),
                access_tokens: None,
                network: Arc::new(HostNetwork),
                tools: ToolPorts {
                    agents: Arc::new(store.clone()),
                    runs: Arc::new(store.clone()),
                    schedules: Arc::new(store.clone()),
                    proposals: Arc::new(store.clone()),
                    notifications: Arc::new(store.clone()),
                    users: Arc::new(store.clone()),
                    secrets: Arc::new(store.clone()),
                },
                limits: berth_gateway::Limits::default(),
                calls: data.calls(),
                // One process: what is granted has been granted here.
                told: watch::channel(true).1,
            },
            Arc::new(store.clone()),
            Arc::new(store.clone()),
            clock.clone(),
            stop.clone(),
            tasks.clone(),
        ));
        let installation = installation(&store, clock.as_ref()).await?;
        let engine = engine::choose(&options.engine, data, installation)?;
        let workspaces = Arc::new(Workspaces::new(
            engine,
            gateway.clone(),
            clock.clone(),
            WorkspacesConfig::default(),
        ));
        let (live, queue) = (
            Arc::new(LocalLiveText::default()),
            Arc::new(LocalQueue::default()),
        );
        let runner_deps = RunnerDeps {
            runs: Arc::new(store.clone()),
            secrets: Arc::new(store.clone()),
            settings: Arc::new(store.clone()),
            users: Arc::new(store.clone()),
            events: Arc::new(store.clone()),
            queue: queue.clone(),
            live: live.clone(),
            gateway,
            clock: clock.clone(),
            token_key,
            workspaces: workspaces.clone(),
        };
        Ok(Self {
            runner: work::config(
                RunnerId {
                    name: RUNNER.to_owned(),
                    incarnation: clock.uuid(),
                },
                &options.limits,
                &options.engine,
                options.model.model.clone(),
                options.user_limits.concurrent_runs,
            )?,
            clock,
            store,
            user,
            live,
            queue,
            model,
            workspaces,
            runner_deps,
            bell: Bell::default(),
            process,
        })
    }

    /// The address to open. In the local mode it carries a fresh secret, which signs browsers in as the local user and lasts as long
    /// as this process could; with an identity provider there is none. Links of earlier starts end.
    async fn way_in(&self, sign_in: &SignIn, address: SocketAddr) -> anyhow::Result<String> {
        self.store
            .revoke_credentials_of(self.user.id, CredentialKind::SignInLink)
            .await
            .context("earlier sign-in links cannot be ended")?;
        let own = format!("http://{address}");
        let base = sign_in.public_origin.as_ref().unwrap_or(&own);
        if sign_in.google.is_some() {
            return Ok(format!("{base}/"));
        }
        Ok(format!("{base}/?token={}", self.sign_in_link().await?))
    }

    async fn sign_in_link(&self) -> anyhow::Result<String> {
        let (text, hash) = credentials::fresh("")?;
        let now = self.clock.now();
        self.store
            .add_credential(&Credential {
                hash,
                kind: CredentialKind::SignInLink,
                user_id: self.user.id,
                label: "printed by berth up".to_owned(),
                created_at: now,
                expires_at: Some(now + jiff::SignedDuration::from_hours(24 * 30)),
                account: None,
            })
            .await
            .context("the sign-in link cannot be stored")?;
        Ok(text)
    }

    fn serve(
        &self,
        options: &UpOptions,
        sign_in: SignIn,
        address: SocketAddr,
        listener: TcpListener,
    ) {
        let own = format!("http://{address}");
        let notify = berth_notify::Config {
            dashboard: sign_in.public_origin.clone().unwrap_or(own),
            // In the local mode whoever can set one is on this machine already.
            local_webhooks: sign_in.google.is_none(),
            failure_threshold: FAILURE_THRESHOLD,
        };
        let config = api::config(&options.user_limits, sign_in, address, true, None);
        let stop = &self.process.stop;
        let router = berth_api::router(self.api_deps(), config, stop.clone());
        self.process.serve("api", listener, router);
        let (config, deps) = (self.runner.clone(), self.runner_deps.clone());
        self.process
            .role("runner", berth_runner::run(config, deps, stop.clone()));
        let timer = berth_scheduler_hook::timer(self.hook_deps(), self.bell.clone(), stop.clone());
        self.process.role("timer", timer);
        self.process.role(
            "notify",
            berth_notify::run(notify, self.notify_deps(), stop.clone()),
        );
    }

    fn hook_deps(&self) -> berth_scheduler_hook::Deps {
        let store = Arc::new(self.store.clone());
        berth_scheduler_hook::Deps {
            schedules: store.clone(),
            agents: store.clone(),
            notifications: store,
            queue: self.queue.clone(),
            clock: self.clock.clone(),
        }
    }

    fn notify_deps(&self) -> berth_notify::Deps {
        let store = Arc::new(self.store.clone());
        berth_notify::Deps {
            runs: store.clone(),
            agents: store.clone(),
            schedules: store.clone(),
            notifications: store.clone(),
            users: store.clone(),
            settings: store.clone(),
            secrets: store,
            clock: self.clock.clone(),
        }
    }

    fn api_deps(&self) -> Deps {
        let store = Arc::new(self.store.clone());
        Deps {
            users: store.clone(),
            credentials: store.clone(),
            conversations: store.clone(),
            agents: store.clone(),
            schedules: store.clone(),
            alarm: Arc::new(self.bell.clone()),
            proposals: store.clone(),
            notifications: store.clone(),
            audit: store.clone(),
            runs: store.clone(),
            events: store.clone(),
            live: self.live.clone(),
            queue: self.queue.clone(),
            secrets: store.clone(),
            settings: store.clone(),
            usage: store,
            workspaces: self.workspaces.clone(),
            clock: self.clock.clone(),
            random: Arc::new(SystemRandom),
            assets: Arc::new(Dashboard),
            model: self.model.clone(),
        }
    }
}

/// Tells this installation's containers from another's on the same machine.
async fn installation(store: &Store, clock: &dyn Clock) -> anyhow::Result<String> {
    let known = store
        .setting(INSTALLATION_ID)
        .await
        .context("the installation's id cannot be read")?;
    if let Some(id) = known {
        return Ok(id);
    }
    let id = clock.uuid().to_string();
    store
        .put_setting(INSTALLATION_ID, &id)
        .await
        .context("the installation's id cannot be stored")?;
    Ok(id)
}
