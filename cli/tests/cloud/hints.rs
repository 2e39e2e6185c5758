//! Hints that are lost, doubled and forged.

use anyhow::Context as _;
use berth_domain::ids::RunId;
use berth_domain::ports::runs::Runs as _;
use berth_emulators::Cable;
use berth_harness::id;
use serde_json::json;

use super::Cloud;
use super::machine::{Machine, Person};
use super::seen::count;

/// Without Pub/Sub every hint is lost: what is accepted runs all the same, and once. It comes back, and hints do.
#[tokio::test]
async fn without_pubsub_what_was_accepted_runs_by_the_sweep() -> anyhow::Result<()> {
    let cloud = Cloud::start().await?;
    let machine = Machine::new(&cloud, "machine-1").await?;
    let cable = Cable::to(cloud.pubsub_address()).await?;
    let host = cable.host();
    let through = [("PUBSUB_EMULATOR_HOST", host.as_str())];
    let (api, runner) = tokio::try_join!(
        cloud.role("api", &through),
        machine.runner_told(&cloud, &through)
    )?;
    let person = Person::sign_in(&cloud, &api).await?;
    let mut socket = person.socket(&api).await?;
    let (first, _) = socket.turn(None, "with hints").await?;
    let conversation = first["conversation_id"].as_str().context("an id")?;
    cable.pull();
    for number in 0..3 {
        let text = format!("without {number}");
        let (_, end) = socket.turn(Some(conversation), &text).await?;
        assert_eq!(end["state"], "succeeded", "{end}");
    }
    cable.plug_in();
    let (_, end) = socket.turn(Some(conversation), "with hints again").await?;
    assert_eq!(end["state"], "succeeded", "{end}");
    let events = person.checked_events(&api, conversation).await?;
    assert_eq!(count(&events, "started"), 5);
    drop((api, runner));
    Ok(())
}

/// A Pub/Sub that takes everything and answers nothing: what is accepted is stored by then, and runs. What was on its way comes late, and runs
/// nothing a second time.
#[tokio::test]
async fn with_a_pubsub_that_hangs_what_is_accepted_is_durable_and_runs_once() -> anyhow::Result<()>
{
    let cloud = Cloud::start().await?;
    let machine = Machine::new(&cloud, "machine-1").await?;
    let cable = Cable::to(cloud.pubsub_address()).await?;
    let host = cable.host();
    let through = [("PUBSUB_EMULATOR_HOST", host.as_str())];
    let (api, runner) = tokio::try_join!(
        cloud.role("api", &through),
        machine.runner_told(&cloud, &through)
    )?;
    let person = Person::sign_in(&cloud, &api).await?;
    let mut socket = person.socket(&api).await?;
    let (first, _) = socket.turn(None, "with hints").await?;
    let conversation = first["conversation_id"].as_str().context("an id")?;
    let store = cloud.store().await?;
    cable.swallow();
    for number in 0..3 {
        socket
            .say(Some(conversation), &format!("without {number}"))
            .await?;
        let accepted = socket.accepted().await?;
        let run: RunId = accepted["run_id"].as_str().context("an id")?.parse()?;
        let stored = store.run(person.id, run).await?;
        assert!(stored.is_some(), "accepted and not stored");
        let end = socket.finished(&accepted["run_id"]).await?;
        assert_eq!(end["state"], "succeeded", "{end}");
    }
    cable.plug_in();
    let (_, end) = socket.turn(Some(conversation), "with hints again").await?;
    assert_eq!(end["state"], "succeeded", "{end}");
    let events = person.checked_events(&api, conversation).await?;
    let counted = ["started", "finished"].map(|kind| count(&events, kind));
    assert_eq!(counted, [5, 5]);
    drop((api, runner));
    Ok(())
}

/// Hints for runs that have ended, are under way, or never were, doubled and malformed: nothing runs twice, and nothing else breaks.
#[tokio::test]
async fn doubled_and_forged_hints_make_no_second_run() -> anyhow::Result<()> {
    let cloud = Cloud::start().await?;
    let machine = Machine::new(&cloud, "machine-1").await?;
    let (api, _runner) = tokio::try_join!(cloud.api(), machine.runner(&cloud))?;
    let person = Person::sign_in(&cloud, &api).await?;
    let gate = machine.data.path().join("gate");
    let mut socket = person.socket(&api).await?;
    let (ended, _) = socket.turn(None, "the first").await?;
    let conversation = ended["conversation_id"].as_str().context("an id")?;
    let text = format!("[[tool:1]] [[gate:{}]]", gate.display());
    socket.say(Some(conversation), &text).await?;
    let working = socket.accepted().await?;
    socket.event("tool_result").await?;
    for _ in 0..20 {
        for run in [&ended["run_id"], &working["run_id"], &json!(id())] {
            let run = run.as_str().context("an id")?;
            cloud.publish(&format!("claim {run}")).await?;
            cloud.publish(&format!("cancel {run}")).await?;
        }
        cloud.publish("claim everything").await?;
    }
    std::fs::write(&gate, "")?;
    let end = socket.finished(&working["run_id"]).await?;
    assert_eq!(end["state"], "succeeded", "nobody asked for its end: {end}");
    let (_, end) = socket.turn(Some(conversation), "the last").await?;
    assert_eq!(end["state"], "succeeded", "{end}");
    let events = person.checked_events(&api, conversation).await?;
    assert_eq!(
        (count(&events, "started"), count(&events, "finished")),
        (3, 3)
    );
    Ok(())
}
