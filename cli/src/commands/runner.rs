//! `berth runner`: takes runs and works on them in the workspaces of its machine, on Google Cloud.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use berth_control::RemoteGateway;
use berth_domain::clock::Clock;
use berth_domain::lease::RunnerId;
use berth_domain::schedule::FAILURE_THRESHOLD;
use berth_gcp::{PubSubQueue, RunnerName, Store};
use berth_link::Served;
use berth_local::LocalLiveText;
use berth_oidc::{HttpKeys, Verifier};
use berth_runner::placement::{PlacementConfig, PlacementDeps, Placing, runner_name};
use berth_runner::workspace::{Workspaces, WorkspacesConfig};
use berth_runner::{Ended, RunnerConfig, RunnerDeps};
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio_util::sync::CancellationToken;

use crate::config::cloud::RunnerOptions;
use crate::lifecycle::{self, Process};
use crate::wiring::clock::SystemClock;
use crate::wiring::data::DataDir;
use crate::wiring::notifier::Notifier;
use crate::wiring::pass::OnlyTheApi;
use crate::wiring::{cloud, engine, reachable, ready, work};

/// How long the end may take: what [`PlacementConfig`] gives runs and workspaces, and some for letting go.
const DRAIN: Duration = Duration::from_secs(30);
/// How long what was announced may take to be sent; the sweep finds what is not.
const SEND: Duration = Duration::from_secs(3);

pub(crate) fn run(options: RunnerOptions) -> anyhow::Result<ExitCode> {
    lifecycle::block_on(serve(options))
}

async fn serve(options: RunnerOptions) -> anyhow::Result<ExitCode> {
    let data = DataDir::open(&options.data.data)?;
    let _lock = data.lock()?;
    data.share_sockets()?;
    let listener = lifecycle::listen(options.listen).await?;
    let listens = listener.local_addr().context("the listener")?;
    let metrics = PrometheusBuilder::new()
        .install_recorder()
        .context("metrics cannot be recorded")?;
    let traces = cloud::traces(&options.cloud, "runner")?;
    let machine = Machine::assemble(&options, &data, listens).await?;
    let (process, queue) = (machine.process.clone(), machine.queue.clone());
    let store = machine.store.clone();
    // What runs still write in their last seconds is shown.
    let ended = CancellationToken::new();
    let link = berth_link::router(machine.served(&options, ended.clone())?)
        .merge(ready::router(store, process.stop.clone()));
    process.serve_until("link", listener, link, ended.clone());
    machine.work(&options, ended);
    if let Some(address) = options.cloud.metrics_listen {
        process.serve_metrics(address, metrics).await?;
    }
    println!("ready http://{listens}");
    let code = process.run_and_drain(DRAIN).await?;
    let _ = tokio::time::timeout(SEND, queue.close()).await;
    traces.end().await;
    Ok(code)
}

/// What a runner has on its machine.
struct Machine {
    clock: Arc<dyn Clock>,
    store: Arc<Store>,
    queue: Arc<PubSubQueue>,
    live: Arc<LocalLiveText>,
    config: RunnerConfig,
    deps: RunnerDeps,
    placing: Placing,
    process: Process,
}

impl Machine {
    async fn assemble(
        options: &RunnerOptions,
        data: &DataDir,
        listens: SocketAddr,
    ) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let runner = RunnerId {
            name: runner_name(data.root(), &options.name, clock.uuid())
                .context("the runner's name")?,
            incarnation: clock.uuid(),
        };
        let store = Arc::new(cloud::store(&options.cloud, cloud::kms(&options.kms)?).await?);
        let name = RunnerName::parse(&runner.name).context("the runner's name")?;
        let queue = cloud::pubsub(&options.cloud).runner(&name).await;
        let queue = Arc::new(queue.context("the subscriptions of run requests")?);
        let gateway = Arc::new(RemoteGateway::connect(berth_control::path_in(data.root())));
        // Of this disk: the containers of another runner on the same engine are not ours.
        let engine = engine::choose(&options.engine, data, runner.name.clone())?;
        let workspaces = Arc::new(Workspaces::new(
            engine,
            gateway.clone(),
            clock.clone(),
            WorkspacesConfig::default(),
        ));
        let live = Arc::new(LocalLiveText::default());
        let placing = place(options, listens, &runner, &store, &workspaces, &clock).await?;
        let deps = RunnerDeps {
            runs: store.clone(),
            secrets: store.clone(),
            settings: store.clone(),
            users: store.clone(),
            events: store.clone(),
            queue: queue.clone(),
            live: live.clone(),
            gateway,
            clock: clock.clone(),
            token_key: data.token_key()?,
            workspaces,
        };
        let config = work::config(
            runner,
            &options.limits,
            &options.engine,
            options.model.clone(),
            options.concurrent_runs,
        )?;
        Ok(Self {
            clock,
            store,
            queue,
            live,
            config,
            deps,
            placing,
            process: Process::default(),
        })
    }

    /// What the api asks for, until `end`.
    fn served(&self, options: &RunnerOptions, end: CancellationToken) -> anyhow::Result<Served> {
        let keys =
            HttpKeys::new(&options.google_keys_url).context("the client for Google's keys")?;
        let gate = OnlyTheApi {
            verifier: Verifier::new(Arc::new(keys)),
            service_account: options.caller.clone(),
            clock: self.clock.clone(),
        };
        Ok(Served {
            workspaces: self.deps.workspaces.clone(),
            live: self.live.clone(),
            homes: Arc::new(self.placing.clone()),
            gate: Arc::new(gate),
            stop: end,
        })
    }

    /// Starts taking runs, and telling owners of them. `ended` is triggered when the last run has ended or gone elsewhere.
    fn work(self, options: &RunnerOptions, ended: CancellationToken) {
        let stop = self.process.stop.clone();
        let notifier = Notifier {
            runner: self.config.id.clone(),
            placements: self.store.clone(),
            clock: self.clock.clone(),
            config: berth_notify::Config {
                dashboard: options.public_url.origin().ascii_serialization(),
                local_webhooks: false,
                failure_threshold: FAILURE_THRESHOLD,
            },
            deps: self.notify_deps(),
        };
        self.process.role("notify", notifier.run(stop.clone()));
        let working = berth_runner::run_placed(self.config, self.deps, self.placing, stop);
        self.process.role("runner", async move {
            if working.await == Ended::Gone {
                tracing::error!("this start of the runner is over: its workspaces are others' now");
            }
            ended.cancel();
        });
    }

    fn notify_deps(&self) -> berth_notify::Deps {
        berth_notify::Deps {
            runs: self.store.clone(),
            agents: self.store.clone(),
            schedules: self.store.clone(),
            notifications: self.store.clone(),
            users: self.store.clone(),
            settings: self.store.clone(),
            secrets: self.store.clone(),
            clock: self.clock.clone(),
        }
    }
}

/// Which workspaces live here.
async fn place(
    options: &RunnerOptions,
    listens: SocketAddr,
    runner: &RunnerId,
    store: &Arc<Store>,
    workspaces: &Arc<Workspaces>,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<Placing> {
    let address = match options.address.clone() {
        Some(address) => address,
        None => reachable::from_outside(listens)?.to_string(),
    };
    let bucket = cloud::bucket(&options.snapshots_bucket, options.storage_emulator.as_ref());
    let deps = PlacementDeps {
        placements: store.clone(),
        snapshots: Arc::new(bucket.await?),
        workspaces: workspaces.clone(),
        clock: clock.clone(),
    };
    Ok(Placing::new(
        runner.clone(),
        PlacementConfig::new(address),
        deps,
    ))
}
