//! Jobs of Cloud Scheduler are kept in step, fire on time over HTTP, and together with the tick make one run a slot.

use std::sync::Arc;

use berth_domain::clock::Clock as _;
use berth_domain::ports::schedules::Schedules as _;
use berth_emulators::Scheduler;
use berth_fake_oidc::Issuer;
use berth_gcp::{SchedulerConfig, SchedulerJobs};
use berth_oidc::Verifier;
use berth_scheduler_hook::{Caller, Reconciled, reconcile, router};
use tokio::net::TcpListener;

use crate::hook::{ACCOUNT, Keys};
use crate::rig::{Rig, hourly};

struct Cloud {
    rig: Rig,
    scheduler: Scheduler,
    jobs: SchedulerJobs,
}

impl Cloud {
    async fn new() -> Self {
        // The second test of a process finds it there.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let (rig, issuer) = (Rig::new().await, Issuer::new("key-1"));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hook = format!("http://{}", listener.local_addr().unwrap());
        let caller = Caller {
            verifier: Verifier::new(Arc::new(Keys(issuer.clone()))),
            audience: hook.clone(),
            service_account: ACCOUNT.to_owned(),
        };
        let service = router(rig.deps.clone(), caller, None);
        tokio::spawn(async move { axum::serve(listener, service).await });
        let scheduler = Scheduler::start(issuer, rig.clock.now(), 3).await.unwrap();
        let jobs = SchedulerJobs::open(SchedulerConfig {
            project: "p".to_owned(),
            location: "l".to_owned(),
            hook,
            service_account: ACCOUNT.to_owned(),
            emulator: Some(scheduler.url()),
        });
        Self {
            jobs: jobs.await.unwrap(),
            rig,
            scheduler,
        }
    }

    async fn reconcile(&self, quota: usize) -> Reconciled {
        reconcile(self.rig.store.as_ref(), &self.jobs, quota)
            .await
            .unwrap()
    }
}

fn done(set: usize, removed: usize, left_out: usize) -> Reconciled {
    Reconciled {
        set,
        removed,
        left_out,
        failed: 0,
    }
}

#[tokio::test]
async fn a_slot_fired_by_its_job_and_by_the_tick_is_one_run() {
    let cloud = Cloud::new().await;
    let agent = cloud.rig.agent().await;
    cloud.rig.schedule(&agent, hourly()).await;
    assert_eq!(cloud.reconcile(10).await, done(1, 0, 0));
    cloud.rig.pass(50);
    assert_eq!(cloud.scheduler.pass(cloud.rig.clock.now()).await, []);
    cloud.rig.pass(10);
    let called = cloud.scheduler.pass(cloud.rig.clock.now()).await;
    assert_eq!(
        called.iter().map(|call| call.status).collect::<Vec<_>>(),
        [Some(200)]
    );
    assert_eq!(cloud.rig.runs(&agent).await.len(), 1);
    cloud.rig.tick().await;
    assert_eq!(cloud.rig.runs(&agent).await.len(), 1);
}

#[tokio::test]
async fn jobs_follow_the_schedules() {
    let cloud = Cloud::new().await;
    let agents = [cloud.rig.agent().await, cloud.rig.agent().await];
    for agent in &agents {
        cloud.rig.schedule(agent, hourly()).await;
    }
    assert_eq!(cloud.reconcile(10).await, done(2, 0, 0));
    assert_eq!(cloud.reconcile(10).await, done(0, 0, 0));
    cloud
        .scheduler
        .tamper("", |job| job["schedule"] = "0 0 1 1 *".into());
    assert_eq!(cloud.reconcile(10).await, done(1, 0, 0));
    let (user, now) = (cloud.rig.user, cloud.rig.clock.now());
    assert!(
        cloud
            .rig
            .store
            .delete_schedule(user, agents[0].id, now)
            .await
            .unwrap()
    );
    assert_eq!(cloud.reconcile(10).await, done(0, 1, 0));
    assert_eq!(cloud.scheduler.jobs().len(), 1);
}

/// Ours is too large a number: the service takes three. What it does not take the tick fires.
#[tokio::test]
async fn over_quota_the_tick_fires_the_rest() {
    let cloud = Cloud::new().await;
    let mut agents = Vec::new();
    for _ in 0..5 {
        let agent = cloud.rig.agent().await;
        cloud.rig.schedule(&agent, hourly()).await;
        agents.push(agent);
    }
    assert_eq!(cloud.reconcile(10).await, done(3, 0, 2));
    assert_eq!(cloud.reconcile(2).await, done(0, 1, 3));
    cloud.rig.pass(60);
    assert_eq!(cloud.scheduler.pass(cloud.rig.clock.now()).await.len(), 2);
    cloud.rig.tick().await;
    for agent in &agents {
        assert_eq!(cloud.rig.runs(agent).await.len(), 1);
    }
}
