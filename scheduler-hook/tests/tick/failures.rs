//! What fails stops nothing else, and what is told is not lost.

use std::sync::Arc;

use berth_domain::clock::Clock as _;
use berth_domain::ids::ScheduleId;
use berth_domain::notification::{Notification, NotificationKind};
use berth_domain::page::PageRequest;
use berth_domain::ports::notifications::Notifications as _;
use berth_domain::ports::schedules::Schedule;
use berth_domain::schedule::{CatchUp, ScheduleSpec, SlotReason};
use berth_scheduler_hook::{Deps, Report, tick};
use tokio::sync::Notify;

use crate::faulty::Faulty;
use crate::rig::{RAN, Rig, hourly, missed};

/// More than a tick reads at once.
const MANY: u64 = 10_001;

async fn tick_with(rig: &Rig, faulty: Faulty) -> Report {
    let deps = Deps {
        schedules: Arc::new(faulty),
        ..rig.deps.clone()
    };
    tick(&deps, rig.clock.now()).await.unwrap()
}

/// A tick that dies when the first thing it plans is stored.
async fn killed_tick(rig: &Rig) {
    let dying = Arc::new(Notify::new());
    let faulty = Faulty {
        dies: Some(dying.clone()),
        ..Faulty::new(rig.store.clone())
    };
    tokio::select! {
        report = tick_with(rig, faulty) => panic!("it has survived: {report:?}"),
        () = dying.notified() => {}
    }
}

async fn told(rig: &Rig) -> Vec<Notification> {
    let page = PageRequest::default();
    let told = rig.store.list_notifications(rig.user, false, &page).await;
    told.unwrap().items
}

#[tokio::test]
async fn killed_after_the_slots_were_stored_the_owner_is_told_of_them() {
    let rig = Rig::new().await;
    let agent = rig.agent().await;
    let spec = ScheduleSpec {
        catch_up: CatchUp::Skip,
        ..hourly()
    };
    rig.schedule(&agent, spec).await;
    rig.pass(5 * 60 + 15);
    killed_tick(&rig).await;
    rig.tick().await;
    let told = told(&rig).await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0].kind, told[0].detail.as_str()),
        (NotificationKind::SlotMissed, "5")
    );
    assert_eq!(
        rig.ledger(&agent).await["12:00"],
        missed(SlotReason::CatchUpSkip)
    );
}

#[tokio::test]
async fn killed_after_a_schedule_was_paused_the_owner_is_told_of_it() {
    let rig = Rig::new().await;
    let agent = rig.agent().await;
    let stored = rig.schedule(&agent, hourly()).await;
    let gone = ScheduleSpec {
        time_zone: "Atlantis/Capital".to_owned(),
        ..hourly()
    };
    rig.put(&agent, gone, stored.cursor, stored.next_due_at)
        .await;
    rig.pass(55);
    killed_tick(&rig).await;
    rig.tick().await;
    let told = told(&rig).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].kind, NotificationKind::SchedulePaused);
}

#[tokio::test]
async fn a_schedule_that_cannot_be_stored_stops_no_other() {
    let rig = Rig::new().await;
    let (good, bad) = (rig.agent().await, rig.agent().await);
    rig.schedule(&good, hourly()).await;
    let broken = rig.schedule(&bad, hourly()).await;
    rig.pass(55);
    let mut faulty = Faulty::new(rig.store.clone());
    faulty.broken.insert(broken.id);
    let report = tick_with(&rig, faulty).await;
    assert_eq!((report.planned, report.ran, report.failed), (1, 1, 1));
    assert_eq!(rig.ledger(&good).await["08:00"], RAN);
    // Mended, it runs.
    assert_eq!(rig.tick().await.ran, 1);
    assert_eq!(rig.ledger(&bad).await["08:00"], RAN);
}

#[tokio::test]
async fn a_slot_that_cannot_be_fired_stops_no_other() {
    let rig = Rig::new().await;
    let (good, bad) = (rig.agent().await, rig.agent().await);
    let jitter = ScheduleSpec {
        jitter_seconds: 3_000,
        ..hourly()
    };
    rig.schedule(&good, jitter.clone()).await;
    let broken = rig.schedule(&bad, jitter).await;
    rig.pass(55);
    // Planned by now, and fired when their jitter has passed.
    assert_eq!(rig.tick().await.planned, 2);
    rig.pass(50);
    let mut faulty = Faulty::new(rig.store.clone());
    faulty.broken.insert(broken.id);
    let report = tick_with(&rig, faulty).await;
    assert_eq!((report.ran, report.failed, report.left), (1, 1, 1));
    assert_eq!(rig.ledger(&good).await["08:00"], RAN);
    assert_eq!(rig.tick().await.ran, 1);
    assert_eq!(rig.ledger(&bad).await["08:00"], RAN);
}

#[tokio::test]
async fn thousands_that_always_fail_do_not_hide_the_one_behind_them() {
    let rig = Rig::new().await;
    let agent = rig.agent().await;
    let last = rig.schedule(&agent, hourly()).await;
    rig.pass(55);
    let mut faulty = Faulty::new(rig.store.clone());
    faulty.due_first = (0..MANY)
        .map(|number| Schedule {
            id: ScheduleId(uuid::Uuid::from_u128(number.into())),
            ..last.clone()
        })
        .collect();
    let report = tick_with(&rig, faulty).await;
    assert_eq!((report.planned, report.ran, report.failed), (1, 1, MANY));
    assert_eq!(rig.ledger(&agent).await["08:00"], RAN);
}
