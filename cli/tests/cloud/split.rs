//! A machine that sleeps past its lease while another takes over, and wakes.

use anyhow::{Context as _, ensure};
use berth_domain::ids::RunId;
use berth_domain::placement::Placement;
use berth_domain::ports::placements::Placements as _;
use berth_domain::ports::usage::UsageLedger as _;
use berth_domain::usage::UsageTotals;
use berth_harness::{DEADLINE, nothing_runs};
use jiff::Timestamp;
use serde_json::Value;
use tokio::time::timeout;

use super::claude::{Claude, SAY_TOKEN};
use super::machines::Two;
use super::seen::LOOK;

/// Everything that could have been written of a run and its workspace.
#[derive(Debug, PartialEq)]
struct Written {
    events: Vec<Value>,
    run: Value,
    usage: UsageTotals,
    placement: Placement,
    files: Value,
}

impl Written {
    async fn of(two: &Two, run: RunId) -> anyhow::Result<Self> {
        let store = two.cloud.store().await?;
        let (person, api) = (&two.person, &two.api);
        let placement = store.placement(person.id).await?;
        Ok(Self {
            events: person.checked_events(api, &two.conversation).await?,
            run: person.get(api, &format!("/api/runs/{run}")).await?,
            usage: store.run_total(run).await?,
            placement: placement.context("it lives somewhere")?,
            files: person.get(api, "/api/files").await?,
        })
    }
}

/// Waits until what the other machine has done is copied: nothing of it is on its way any more.
async fn copied(two: &Two) -> anyhow::Result<()> {
    let store = two.cloud.store().await?;
    let runs = two.person.get(&two.api, "/api/runs").await?;
    let runs = runs["items"].as_array().context("a list")?;
    let ends = runs.iter().filter_map(|run| run["finished_at"].as_str());
    let last: Timestamp = ends.max().context("an end")?.parse()?;
    let copied = async {
        loop {
            let now = store.placement(two.person.id).await?.context("a place")?;
            if now.snapshot.is_some_and(|newest| newest.taken_at > last) {
                return anyhow::Ok(());
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    timeout(DEADLINE, copied).await?
}

/// Runner and gateway sleep past the lease, and what they started does not. Another runner takes over. They wake: nothing is written by
/// them, neither events nor result, usage or files; what Claude asks of the model is refused; and Claude is gone.
#[tokio::test]
async fn a_machine_that_slept_past_its_lease_writes_nothing_and_its_claude_is_gone()
-> anyhow::Result<()> {
    let mut two = Two::start().await?;
    let first = two.first.take().context("a machine")?;
    let runner = two.runner.take().context("a runner")?;
    let gate = first.data.path().join("gate");
    let text = format!(
        "{SAY_TOKEN} [[tool:1]] [[gate:{}]] [[deltas:3:1]] [[file:late.txt:hi]] [[tool:1]]",
        gate.display()
    );
    let mut socket = two.person.socket(&two.api).await?;
    socket.say(Some(&two.conversation), &text).await?;
    let accepted = socket.accepted().await?;
    let run: RunId = accepted["run_id"].as_str().context("an id")?.parse()?;
    let said = socket
        .until(|frame| frame["run_id"] == accepted["run_id"] && frame["event"]["kind"] == "text")
        .await?;
    socket.event("tool_result").await?;
    let claude = Claude::of(first.data.path(), two.person.id, &said)?;
    ensure!(claude.call().await? == 200);
    let store = two.cloud.store().await?;
    let recorded = async {
        while store.run_total(run).await?.calls < 1 {
            tokio::time::sleep(LOOK).await;
        }
        anyhow::Ok(())
    };
    timeout(DEADLINE, recorded).await??;

    runner.pause()?;
    first.gateway.pause()?;
    std::fs::write(&gate, "")?;
    let end = socket.finished(&accepted["run_id"]).await?;
    ensure!(end["state"] == "interrupted", "{end}");
    two.goes_on().await?;
    copied(&two).await?;
    let written = Written::of(&two, run).await?;

    let late = claude.call();
    tokio::pin!(late);
    first.gateway.wake()?;
    // It waits for its runner's word.
    ensure!(timeout(LOOK, &mut late).await.is_err());
    runner.wake()?;
    ensure!(!runner.ended().await?.success(), "it says why it ended");
    ensure!(!matches!(late.await, Ok(200)));
    ensure!(nothing_runs(first.data.path()), "its Claude is gone");
    ensure!(first.data.path().join("workspaces/users").exists());
    assert_eq!(Written::of(&two, run).await?, written);
    ensure!(!written.files.to_string().contains("late.txt"));
    Ok(())
}
