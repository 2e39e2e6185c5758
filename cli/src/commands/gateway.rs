//! `berth gateway`: the only way out of the workspaces of its machine. It alone holds the key of the model, or the right to Vertex AI.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use berth_control::{Control, LINGER};
use berth_gateway::{GatewayConfig, GatewayServer, HostNetwork, Limits, ToolPorts};
use berth_gcp::Store;
use tokio::net::UnixListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::config::gateway::GatewayOptions;
use crate::lifecycle::{self, Process};
use crate::wiring::clock::SystemClock;
use crate::wiring::role::Beginning;
use crate::wiring::{cloud, link_key, ready, upstream};

/// How long calls under way may go on after a signal to end; what they cost has to be written in what is left of 10 s.
const SETTLE: Duration = Duration::from_secs(4);

pub(crate) fn run(options: GatewayOptions) -> anyhow::Result<ExitCode> {
    lifecycle::block_on(serve(options))
}

async fn serve(options: GatewayOptions) -> anyhow::Result<ExitCode> {
    let role = Beginning::new("gateway", options.listen, &options.cloud).await?;
    let process = role.process.clone();
    let store = Arc::new(cloud::store(&options.cloud, cloud::kms(&options.kms)?).await?);
    let upstream = upstream::choose(&options.upstream, &options.cloud, &process).await?;

    let path = berth_control::path_in(&options.data);
    let control = berth_control::listen(&path)
        .with_context(|| format!("the runner's socket {}", path.display()))?;
    let link_key = link_key::ensure(&store).await;
    let link_key = link_key.context("the key of links to packages")?;
    let limits = Limits {
        month: options.ceiling.max_month_usd.0,
        ..Limits::default()
    };
    let told = watch::Sender::new(false);
    let config = GatewayConfig {
        token_key: link_key,
        model: upstream.model,
        access_tokens: upstream.access_tokens,
        network: Arc::new(HostNetwork),
        tools: tools(&store),
        limits,
        calls: options.data.join("calls"),
        told: told.subscribe(),
    };
    open(&process, &store, config, told, control);

    let health = ready::router(store, process.stop.clone());
    role.serve(health).await?.run(async {}).await
}

/// Lets the runner in.
fn open(
    process: &Process,
    store: &Arc<Store>,
    config: GatewayConfig,
    told: watch::Sender<bool>,
    control: UnixListener,
) {
    // Later than the process's own end, so that calls under way can be settled and the runner hears of it.
    let shutdown = CancellationToken::new();
    let gateway = Arc::new(GatewayServer::new(
        config,
        store.clone(),
        store.clone(),
        Arc::new(SystemClock),
        shutdown.clone(),
        process.tasks.clone(),
    ));
    let serving = Control {
        gateway: gateway.clone(),
        told,
        linger: LINGER,
    };
    process.role("control", serving.serve(control, shutdown.clone()));
    let stop = process.stop.clone();
    process.tasks.spawn(async move {
        stop.cancelled().await;
        gateway.drain(SETTLE).await;
        shutdown.cancel();
    });
}

fn tools(store: &Arc<Store>) -> ToolPorts {
    ToolPorts {
        agents: store.clone(),
        runs: store.clone(),
        schedules: store.clone(),
        proposals: store.clone(),
        notifications: store.clone(),
        users: store.clone(),
        secrets: store.clone(),
    }
}
