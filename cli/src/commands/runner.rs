//! `berth runner`: takes runs and works on them in the workspaces of its machine, on Google Cloud.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use berth_api::ModelControl as _;
use berth_domain::clock::Clock;
use berth_domain::lease::RunnerId;
use berth_domain::schedule::FAILURE_THRESHOLD;
use berth_gcp::{PubSubQueue, RunnerName, Store};
use berth_link::Served;
use berth_local::LocalLiveText;
use berth_oidc::{HttpKeys, Verifier};
use berth_runner::RunnerDeps;
use berth_runner::workspace::{Workspaces, WorkspacesConfig};
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio_util::sync::CancellationToken;

use crate::config::cloud::RunnerOptions;
use crate::lifecycle::{self, Process};
use crate::wiring::clock::SystemClock;
use crate::wiring::data::DataDir;
use crate::wiring::model::Model;
use crate::wiring::notifier::Notifier;
use crate::wiring::pass::OnlyTheApi;
use crate::wiring::registration::{self, Registered};
use crate::wiring::{cloud, engine, gateway, ready, work};

/// How long the end of the registration and of the queue may take; both also end by themselves.
const LEAVE: Duration = Duration::from_secs(5);

pub(crate) fn run(options: RunnerOptions) -> anyhow::Result<ExitCode> {
    lifecycle::block_on(serve(options))
}

async fn serve(options: RunnerOptions) -> anyhow::Result<ExitCode> {
    let data = DataDir::open(&options.data.data)?;
    let _lock = data.lock()?;
    let listener = lifecycle::listen(options.listen).await?;
    let listens = listener.local_addr().context("the listener")?;
    let address = match options.address.clone() {
        Some(address) => address,
        None => registration::reachable(listens)?.to_string(),
    };
    let metrics = PrometheusBuilder::new()
        .install_recorder()
        .context("metrics cannot be recorded")?;
    let machine = Machine::assemble(&options, &data).await?;
    let registered = Registered::new(
        machine.runner.clone(),
        &address,
        machine.store.clone(),
        machine.clock.clone(),
    );
    let registered = registered.await?;
    let (process, left) = (machine.process.clone(), CancellationToken::new());
    let keeping = tokio::spawn({
        let (stop, left) = (process.stop.clone(), left.clone());
        async move {
            registered.keep(stop.clone(), left).await;
            // Where it was lost, nothing here may go on.
            stop.cancel();
        }
    });
    let router = berth_link::router(machine.served(&options)?)
        .merge(ready::router(machine.store.clone(), process.stop.clone()));
    process.serve("link", listener, router);
    machine.work(&options)?;
    if let Some(address) = options.cloud.metrics_listen {
        process.serve_metrics(address, metrics).await?;
    }
    println!("ready http://{listens}");
    let code = process.run().await?;
    left.cancel();
    let _ = tokio::time::timeout(LEAVE, async {
        let _ = keeping.await;
        machine.queue.close().await;
    })
    .await;
    Ok(code)
}

/// What a runner has on its machine.
struct Machine {
    clock: Arc<dyn Clock>,
    runner: RunnerId,
    store: Arc<Store>,
    queue: Arc<PubSubQueue>,
    live: Arc<LocalLiveText>,
    workspaces: Arc<Workspaces>,
    deps: RunnerDeps,
    process: Process,
}

impl Machine {
    async fn assemble(options: &RunnerOptions, data: &DataDir) -> anyhow::Result<Self> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let process = Process::default();
        let name = RunnerName::parse(&options.name)
            .context("--name takes letters, digits, dashes, dots and underscores, 200 at most")?;
        let runner = RunnerId {
            name: options.name.clone(),
            incarnation: clock.uuid(),
        };
        let store = Arc::new(cloud::store(&options.cloud, cloud::kms(&options.kms)?).await?);
        let queue = cloud::pubsub(&options.cloud).runner(&name).await;
        let queue = Arc::new(queue.context("the subscriptions of run requests")?);
        let token_key = data.token_key()?;
        let model = Model::new(
            options.model.clone(),
            store.clone(),
            store.clone(),
            process.stop.clone(),
            process.tasks.clone(),
        );
        model.reload().await;
        let gateway = gateway::in_process(
            &store,
            token_key.clone(),
            model.watch(),
            clock.clone(),
            &process,
        );
        // Of this disk: the containers of another runner on the same engine are not ours.
        let installation = format!("{}/{}", options.cloud.project, options.name);
        let workspaces = Arc::new(Workspaces::new(
            engine::choose(&options.engine, data, installation)?,
            gateway.clone(),
            clock.clone(),
            WorkspacesConfig::default(),
        ));
        let live = Arc::new(LocalLiveText::default());
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
            token_key,
            workspaces: workspaces.clone(),
        };
        Ok(Self {
            clock,
            runner,
            store,
            queue,
            live,
            workspaces,
            deps,
            process,
        })
    }

    /// What the api asks for.
    fn served(&self, options: &RunnerOptions) -> anyhow::Result<Served> {
        let keys =
            HttpKeys::new(&options.google_keys_url).context("the client for Google's keys")?;
        let gate = OnlyTheApi {
            verifier: Verifier::new(Arc::new(keys)),
            service_account: options.caller.clone(),
            clock: self.clock.clone(),
        };
        Ok(Served {
            runner: self.runner.clone(),
            workspaces: self.workspaces.clone(),
            live: self.live.clone(),
            placements: self.store.clone(),
            gate: Arc::new(gate),
            clock: self.clock.clone(),
            stop: self.process.stop.clone(),
        })
    }

    /// Starts taking runs, and telling owners of them.
    fn work(&self, options: &RunnerOptions) -> anyhow::Result<()> {
        let stop = &self.process.stop;
        let config = work::config(
            self.runner.clone(),
            &options.limits,
            &options.engine,
            options.model.model.clone(),
            options.concurrent_runs,
        )?;
        let working = berth_runner::run(config, self.deps.clone(), stop.clone());
        self.process.role("runner", working);
        let notifier = Notifier {
            runner: self.runner.clone(),
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
        Ok(())
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
