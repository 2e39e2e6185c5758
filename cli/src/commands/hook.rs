//! `berth scheduler-hook`: what Cloud Scheduler calls.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use berth_gcp::{SchedulerConfig, SchedulerJobs};
use berth_oidc::{HttpKeys, Verifier};
use berth_scheduler_hook::{Caller, Deps, Jobs};

use crate::config::cloud::HookOptions;
use crate::lifecycle;
use crate::wiring::clock::SystemClock;
use crate::wiring::role::Beginning;
use crate::wiring::{cloud, ready};

/// How often the jobs are compared with the schedules: each look reads every schedule.
const LOOK_EVERY: jiff::SignedDuration = jiff::SignedDuration::from_mins(10);

pub(crate) fn run(options: HookOptions) -> anyhow::Result<ExitCode> {
    lifecycle::block_on(serve(options))
}

async fn serve(options: HookOptions) -> anyhow::Result<ExitCode> {
    let role = Beginning::new("scheduler-hook", options.listen, &options.cloud).await?;
    let store = Arc::new(cloud::store(&options.cloud, Arc::new(cloud::NoSecrets)).await?);
    let queue = cloud::pubsub(&options.cloud).sender().await;
    let queue = Arc::new(queue.context("the topic of run requests")?);
    let deps = Deps {
        schedules: store.clone(),
        agents: store.clone(),
        notifications: store.clone(),
        queue: queue.clone(),
        clock: Arc::new(SystemClock),
    };
    let keys =
        HttpKeys::new(&options.callers.google_keys_url).context("the client for Google's keys")?;
    let caller = Caller {
        verifier: Verifier::new(Arc::new(keys)),
        audience: options.audience.clone(),
        service_account: options.caller.clone(),
    };
    let router = berth_scheduler_hook::router(deps, caller, jobs(&options).await?)
        .merge(ready::router(store, role.process.stop.clone()));
    // What was announced in the last requests is on its way.
    role.serve(router).await?.run(queue.close()).await
}

async fn jobs(options: &HookOptions) -> anyhow::Result<Option<Jobs>> {
    if !options.schedule_jobs {
        return Ok(None);
    }
    let triggers = SchedulerJobs::open(SchedulerConfig {
        project: options.cloud.project.clone(),
        location: options.cloud.region.clone(),
        hook: options.audience.clone(),
        service_account: options.caller.clone(),
        emulator: options.scheduler_emulator.url(),
    });
    let triggers = triggers.await.context("the client of Cloud Scheduler")?;
    Ok(Some(Jobs {
        triggers: Arc::new(triggers),
        quota: options.schedule_jobs_quota,
        every: LOOK_EVERY,
    }))
}
