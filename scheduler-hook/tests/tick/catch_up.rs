//! Berth was off over five slots.

use berth_domain::notification::NotificationKind;
use berth_domain::page::PageRequest;
use berth_domain::ports::notifications::Notifications as _;
use berth_domain::run::Trigger;
use berth_domain::schedule::{CatchUp, ScheduleSpec, SlotReason};

use crate::rig::{RAN, Rig, hourly, missed};

/// Five slots pass (08:00 to 12:00) while nobody ticks; it is 12:20.
async fn off_over_five(catch_up: CatchUp, max: u32) -> (Rig, berth_domain::agent::Agent) {
    let rig = Rig::new().await;
    let agent = rig.agent().await;
    let spec = ScheduleSpec {
        catch_up,
        catch_up_max: max,
        ..hourly()
    };
    rig.schedule(&agent, spec).await;
    rig.pass(5 * 60 + 15);
    rig.tick().await;
    (rig, agent)
}

#[tokio::test]
async fn skip_runs_none_and_the_ledger_has_all() {
    let (rig, agent) = off_over_five(CatchUp::Skip, 3).await;
    let ledger = rig.ledger(&agent).await;
    assert_eq!(ledger.len(), 5);
    assert!(
        ledger
            .values()
            .all(|slot| *slot == missed(SlotReason::CatchUpSkip))
    );
    assert!(rig.runs(&agent).await.is_empty());
    // The next one is punctual again.
    rig.pass(40);
    assert_eq!(rig.tick().await.ran, 1);
}

#[tokio::test]
async fn latest_runs_the_newest() {
    let (rig, agent) = off_over_five(CatchUp::Latest, 3).await;
    let ledger = rig.ledger(&agent).await;
    assert_eq!(ledger.len(), 5);
    assert_eq!(ledger["12:00"], RAN);
    for at in ["08:00", "09:00", "10:00", "11:00"] {
        assert_eq!(ledger[at], missed(SlotReason::Superseded), "{at}");
    }
    let runs = rig.runs(&agent).await;
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].trigger, Trigger::Schedule);
    assert_eq!(runs[0].agent_name.as_deref(), Some("Brief"));
    let row = &rig.rows(&agent).await[0];
    assert!(row.late);
    assert_eq!(row.run_id, Some(runs[0].id));
}

#[tokio::test]
async fn all_runs_the_newest_three_in_their_order() {
    let (rig, agent) = off_over_five(CatchUp::All, 3).await;
    let ledger = rig.ledger(&agent).await;
    assert_eq!(ledger.len(), 5);
    for at in ["08:00", "09:00"] {
        assert_eq!(ledger[at], missed(SlotReason::OverCatchUpMax), "{at}");
    }
    for at in ["10:00", "11:00", "12:00"] {
        assert_eq!(ledger[at], RAN, "{at}");
    }
    let runs = rig.runs(&agent).await;
    let times: Vec<_> = runs
        .iter()
        .rev()
        .map(|run| run.slot.unwrap().1.strftime("%H").to_string())
        .collect();
    assert_eq!(times, ["10", "11", "12"]);
}

#[tokio::test]
async fn the_owner_is_told_once_how_many_were_missed() {
    let (rig, _) = off_over_five(CatchUp::Latest, 3).await;
    rig.tick().await;
    let told = rig
        .store
        .list_notifications(rig.user, false, &PageRequest::default())
        .await
        .unwrap()
        .items;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].kind, NotificationKind::SlotMissed);
    assert_eq!(told[0].detail, "4");
}
