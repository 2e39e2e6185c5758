//! `berth api`: dashboard, REST and WebSocket on Google Cloud. It keeps nothing, so that any number of them may run side by side.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use async_trait::async_trait;
use berth_api::{Deps, ModelControl, ModelStatus, Upstream};
use berth_domain::clock::Clock;
use berth_domain::ids::ScheduleId;
use berth_domain::ports::alarm::Alarm;
use berth_domain::ports::queue::Queue;
use berth_gcp::Store;
use berth_link::{Locator, RemoteLiveText, RemoteWorkspaces};

use crate::config::cloud::ApiOptions;
use crate::lifecycle;
use crate::wiring::assets::Dashboard;
use crate::wiring::clock::SystemClock;
use crate::wiring::pass::ServiceAccount;
use crate::wiring::random::SystemRandom;
use crate::wiring::role::Beginning;
use crate::wiring::{api, cloud, ready, sign_in};

pub(crate) fn run(options: ApiOptions) -> anyhow::Result<ExitCode> {
    lifecycle::block_on(serve(options))
}

async fn serve(options: ApiOptions) -> anyhow::Result<ExitCode> {
    let sign_in = sign_in::choose(&options.sign_in, options.listen)?;
    anyhow::ensure!(
        sign_in.google.is_some(),
        "nobody could sign in: this role prints no link. Set sign-in up with --google-client-id, --public-url and \
         --allowed-domain or --allowed-emails"
    );
    let role = Beginning::new("api", options.listen, &options.cloud).await?;
    let store = Arc::new(cloud::store(&options.cloud, cloud::kms(&options.kms)?).await?);
    let queue = cloud::pubsub(&options.cloud).sender().await;
    let queue = Arc::new(queue.context("the topic of run requests")?);
    let deps = deps(&store, queue.clone())?;
    let config = api::config(
        &options.limits,
        sign_in,
        role.address,
        false,
        options.ceiling.max_month_usd.0,
    );
    let stop = role.process.stop.clone();
    let router =
        berth_api::router(deps, config, stop.clone()).merge(ready::router(store, stop.clone()));
    // What was announced in the last requests is on its way.
    role.serve(router).await?.run(queue.close()).await
}

fn deps(store: &Arc<Store>, queue: Arc<dyn Queue>) -> anyhow::Result<Deps> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let pass = ServiceAccount::new().context("the tokens for runners")?;
    let runners = Locator::new(store.clone(), Arc::new(pass), clock.clone())
        .context("the client for runners")?;
    Ok(Deps {
        users: store.clone(),
        credentials: store.clone(),
        conversations: store.clone(),
        agents: store.clone(),
        schedules: store.clone(),
        alarm: Arc::new(TheTick),
        proposals: store.clone(),
        notifications: store.clone(),
        audit: store.clone(),
        runs: store.clone(),
        events: store.clone(),
        live: Arc::new(RemoteLiveText::new(runners.clone())),
        queue,
        secrets: store.clone(),
        settings: store.clone(),
        usage: store.clone(),
        workspaces: Arc::new(RemoteWorkspaces::new(runners)),
        clock,
        random: Arc::new(SystemRandom),
        assets: Arc::new(Dashboard),
        model: Arc::new(OperatorsModel),
    })
}

/// Nobody has to be told of a changed schedule: the hook looks every minute.
#[derive(Debug)]
struct TheTick;

#[async_trait]
impl Alarm for TheTick {
    async fn changed(&self, _schedule: ScheduleId) {}
}

/// The model is the gateways' matter, which the operator has set up.
#[derive(Debug)]
struct OperatorsModel;

#[async_trait]
impl ModelControl for OperatorsModel {
    async fn reload(&self) {}

    fn status(&self) -> ModelStatus {
        ModelStatus {
            upstream: Upstream::Anthropic,
            key_set: true,
            model: None,
        }
    }
}
