//! `berth scheduler-hook`: what Cloud Scheduler calls.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use berth_gcp::{SchedulerConfig, SchedulerJobs};
use berth_oidc::{HttpKeys, Verifier};
use berth_scheduler_hook::{Caller, Deps, Jobs};
use metrics_exporter_prometheus::PrometheusBuilder;

use crate::config::cloud::{HookOptions, emulator};
use crate::lifecycle::{self, Process};
use crate::wiring::clock::SystemClock;
use crate::wiring::{cloud, ready};

/// How often the jobs are compared with the schedules: each look reads every schedule.
const LOOK_EVERY: jiff::SignedDuration = jiff::SignedDuration::from_mins(10);

pub(crate) fn run(options: HookOptions) -> anyhow::Result<ExitCode> {
    lifecycle::block_on(serve(options))
}

async fn serve(options: HookOptions) -> anyhow::Result<ExitCode> {
    let listener = lifecycle::listen(options.listen).await?;
    let address = listener.local_addr().context("the listener")?;
    let metrics = PrometheusBuilder::new()
        .install_recorder()
        .context("metrics cannot be recorded")?;
    let process = Process::default();
    let traces = cloud::traces(&options.cloud, "scheduler-hook")?;
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
    let keys = HttpKeys::new(&options.google_keys_url).context("the client for Google's keys")?;
    let caller = Caller {
        verifier: Verifier::new(Arc::new(keys)),
        audience: options.audience.clone(),
        service_account: options.caller.clone(),
    };
    let router = berth_scheduler_hook::router(deps, caller, jobs(&options).await?)
        .merge(ready::router(store, process.stop.clone()));
    process.serve("scheduler-hook", listener, router);
    if let Some(address) = options.cloud.metrics_listen {
        process.serve_metrics(address, metrics).await?;
    }
    println!("ready http://{address}");
    let code = process.run().await?;
    // What was announced in the last requests is on its way.
    queue.close().await;
    traces.end().await;
    Ok(code)
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
        emulator: emulator(options.scheduler_emulator.as_ref()),
    });
    let triggers = triggers.await.context("the client of Cloud Scheduler")?;
    Ok(Some(Jobs {
        triggers: Arc::new(triggers),
        quota: options.schedule_jobs_quota,
        every: LOOK_EVERY,
    }))
}
