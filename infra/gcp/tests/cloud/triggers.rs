//! Jobs on the stand-in for Cloud Scheduler: what is sent conforms to Google's description, and drift is seen.

use berth_domain::ids::ScheduleId;
use berth_domain::ports::triggers::{FoundTrigger, SetUp, Trigger, Triggers as _};
use berth_emulators::{Discovery, Scheduler};
use berth_fake_oidc::Issuer;
use berth_gcp::{SchedulerConfig, SchedulerJobs};
use serde_json::{Value, json};

use crate::support::{install_tls, random_id};

async fn scheduler(quota: usize) -> (SchedulerJobs, Scheduler) {
    install_tls();
    let now = "2026-11-23T07:05:00Z".parse().unwrap();
    let scheduler = Scheduler::start(Issuer::new("key-1"), now, quota)
        .await
        .unwrap();
    let config = SchedulerConfig {
        project: "p".to_owned(),
        location: "europe-west1".to_owned(),
        hook: "http://127.0.0.1:9".to_owned(),
        service_account: "scheduler@p.iam.gserviceaccount.com".to_owned(),
        emulator: Some(scheduler.url()),
    };
    (SchedulerJobs::open(config).await.unwrap(), scheduler)
}

fn trigger(crontab: &str) -> Trigger {
    Trigger {
        schedule_id: random_id::<ScheduleId>(),
        crontab: crontab.to_owned(),
        time_zone: "Asia/Seoul".to_owned(),
    }
}

async fn one(jobs: &SchedulerJobs) -> FoundTrigger {
    let mut found = jobs.list_triggers().await.unwrap();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

#[tokio::test]
async fn what_is_sent_conforms_to_googles_description() {
    let (jobs, scheduler) = scheduler(10).await;
    let mut trigger = trigger("0 8 * * 1-5");
    assert_eq!(jobs.set_trigger(&trigger).await.unwrap(), SetUp::Done);
    trigger.crontab = "30 8 * * *".to_owned();
    assert_eq!(jobs.set_trigger(&trigger).await.unwrap(), SetUp::Done);
    let found = one(&jobs).await;
    assert_eq!(found.as_set.as_ref(), Some(&trigger));
    assert!(jobs.remove_trigger(&found.name).await.unwrap());
    assert!(!jobs.remove_trigger(&found.name).await.unwrap());
    assert!(jobs.list_triggers().await.unwrap().is_empty());

    let description = Discovery::of("cloudscheduler.v1").unwrap();
    let received = scheduler.received();
    let mut checked = 0;
    for request in &received {
        let kind = match request.what.split(' ').next().unwrap() {
            "POST" if request.what.ends_with("/jobs") => "Job",
            "PATCH" => "Job",
            "POST" => "ResumeJobRequest",
            _ => continue,
        };
        if request.body != Value::Null {
            assert_eq!(
                description.faults(kind, &request.body),
                [] as [String; 0],
                "{}",
                request.body
            );
            checked += 1;
        }
    }
    assert!(checked >= 3, "{received:?}");
    let mask = received.iter().find_map(|request| request.mask.as_deref());
    assert!(
        mask.is_some_and(|mask| mask.contains("schedule")),
        "{mask:?}"
    );
    assert!(
        !description
            .faults("Job", &json!({ "schedul": "x" }))
            .is_empty()
    );
    assert!(
        !description
            .faults("Job", &json!({ "httpTarget": { "httpMethod": "SEND" } }))
            .is_empty()
    );
}

#[tokio::test]
async fn whatever_somebody_changes_is_seen_and_set_right() {
    let (jobs, scheduler) = scheduler(10).await;
    let trigger = trigger("0 8 * * *");
    jobs.set_trigger(&trigger).await.unwrap();
    for (field, value) in [
        ("schedule", json!("0 9 * * *")),
        ("timeZone", json!("UTC")),
        ("state", json!("PAUSED")),
        ("attemptDeadline", json!("900s")),
        ("retryConfig", json!({ "retryCount": 5 })),
        (
            "httpTarget",
            json!({ "uri": "https://evil.example", "httpMethod": "POST" }),
        ),
    ] {
        let name = trigger.schedule_id.to_string();
        scheduler.tamper(&name, |job| job[field] = value.clone());
        let found = one(&jobs).await;
        assert_eq!(found.schedule_id, Some(trigger.schedule_id));
        assert_ne!(found.as_set.as_ref(), Some(&trigger), "{field}");
        assert_eq!(jobs.set_trigger(&trigger).await.unwrap(), SetUp::Done);
        assert_eq!(one(&jobs).await.as_set.as_ref(), Some(&trigger), "{field}");
    }
}

#[tokio::test]
async fn the_quota_is_an_answer_and_other_jobs_are_left_alone() {
    let (jobs, scheduler) = scheduler(2).await;
    let mine = trigger("0 8 * * *");
    jobs.set_trigger(&mine).await.unwrap();
    jobs.set_trigger(&trigger("0 8 * * *")).await.unwrap();
    assert_eq!(
        jobs.set_trigger(&trigger("0 8 * * *")).await.unwrap(),
        SetUp::OverQuota
    );
    assert_eq!(
        jobs.set_trigger(&mine).await.unwrap(),
        SetUp::Done,
        "it is there"
    );
    scheduler.tamper(&mine.schedule_id.to_string(), |job| {
        job["name"] = json!("projects/p/locations/l/jobs/berth-tick");
    });
    assert_eq!(jobs.list_triggers().await.unwrap().len(), 1);
}
