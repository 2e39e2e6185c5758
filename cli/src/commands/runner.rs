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
use tokio_util::sync::CancellationToken;

use crate::config::cloud::RunnerOptions;
use crate::lifecycle::{self, Process};
use crate::wiring::clock::SystemClock;
use crate::wiring::data::DataDir;
use crate::wiring::notifier::Notifier;
use crate::wiring::pass::OnlyTheApi;
use crate::wiring::role::Beginning;
use crate::wiring::{cloud, engine, reachable, ready, work};

/// How long what was announced may take to be sent after the end; the sweep finds what is not.
const SEND: Duration = Duration::from_secs(2);

/// How often deletions are looked for that were broken off: a query that finds nothing costs one read.
const LOOK_FOR_DELETIONS: Duration = Duration::from_mins(10);

pub(crate) fn run(options: RunnerOptions) -> anyhow::Result<ExitCode> {
    lifecycle::block_on(serve(options))
}

async fn serve(options: RunnerOptions) -> anyhow::Result<ExitCode> {
    let data = DataDir::open(&options.data.data)?;
    let _lock = data.lock()?;
    data.share_sockets()?;
    let role = Beginning::new("runner", options.listen, &options.cloud).await?;
    let stop = role.process.stop.clone();
    let machine = Machine::assemble(&options, &data, &role).await?;
    let (queue, store) = (machine.queue.clone(), machine.store.clone());
    let longest_end = machine.longest_end;
    // What runs still write in their last seconds is shown.
    let ended = CancellationToken::new();
    let link = berth_link::router(machine.served(&options, ended.clone())?)
        .merge(ready::router(store, stop));
    let role = role.serve_until(link, ended.clone()).await?;
    machine.work(&options, ended);
    let last = async {
        let _ = tokio::time::timeout(SEND, queue.close()).await;
    };
    role.run_and_drain(longest_end, last).await
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
    longest_end: Duration,
    process: Process,
}

impl Machine {
    async fn assemble(
        options: &RunnerOptions,
        data: &DataDir,
        role: &Beginning,
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
        let config = PlacementConfig {
            doubt: options.limits.store_patience.unsigned_abs(),
            ..PlacementConfig::new(found_at(options, role.address)?)
        };
        let longest_end = config.longest_end();
        let bucket = cloud::bucket(&options.snapshots_bucket, &options.storage_emulator);
        let placed = PlacementDeps {
            placements: store.clone(),
            snapshots: Arc::new(bucket.await?),
            workspaces: workspaces.clone(),
            clock: clock.clone(),
        };
        let placing = Placing::new(runner.clone(), config, placed);
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
            longest_end,
            process: role.process.clone(),
        })
    }

    /// What the api asks for, until `end`.
    fn served(&self, options: &RunnerOptions, end: CancellationToken) -> anyhow::Result<Served> {
        let keys = HttpKeys::new(&options.callers.google_keys_url)
            .context("the client for Google's keys")?;
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
        let (queue, stopped) = (self.queue.clone(), stop.clone());
        self.process.role("hints", async move {
            stopped.cancelled().await;
            queue.receive_no_more();
        });
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
        let deletions = finish_deletions(self.store.clone(), stop.clone());
        self.process.role("deletions", deletions);
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

/// Goes on with deletions that an api has not brought to their end.
async fn finish_deletions(store: Arc<Store>, stop: CancellationToken) {
    let pause = || tokio::time::sleep(LOOK_FOR_DELETIONS);
    while stop.run_until_cancelled(pause()).await.is_some() {
        match store.finish_deletions().await {
            Ok(0) => {}
            Ok(finished) => tracing::info!(finished, "deletions that were broken off are done"),
            Err(error) => {
                tracing::warn!(error = %error.source, "deletions wait for the next look");
            }
        }
    }
}

/// Where the api finds this runner.
fn found_at(options: &RunnerOptions, listens: SocketAddr) -> anyhow::Result<String> {
    match options.address.clone() {
        Some(address) => Ok(address),
        None => Ok(reachable::from_outside(listens)?.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first number after `name` in a file of this repository.
    fn told(path: &str, name: &str) -> u64 {
        let text = std::fs::read_to_string(format!("{}/../{path}", env!("CARGO_MANIFEST_DIR")));
        let text = text.unwrap();
        let (_, after) = text.split_once(name).unwrap();
        let digits = after.trim_start_matches(|found: char| !found.is_ascii_digit());
        let end = digits.find(|found: char| !found.is_ascii_digit()).unwrap();
        digits[..end].parse().unwrap()
    }

    #[test]
    fn whoever_stops_a_runner_waits_for_its_end() {
        let end = PlacementConfig::new(String::new()).longest_end() + SEND;
        let notice = Duration::from_secs(30);
        assert!(
            end <= notice,
            "a machine that is taken away has {notice:?}, not {end:?}"
        );
        let variables = "terraform/modules/runners/variables.tf";
        for (path, name) in [
            (variables, "\"grace_seconds\""),
            (variables, "var.grace_seconds >="),
            (
                "docker/compose.yaml",
                "pids_limit: 4096\n  stop_grace_period",
            ),
        ] {
            let given = Duration::from_secs(told(path, name));
            assert!(
                end < given,
                "{path}: {name} is {given:?}, and the end takes {end:?}"
            );
        }
    }
}
