//! A workspace on its way from one machine to another.

use anyhow::Context as _;

use super::Cloud;
use super::machine::{Machine, Person};

/// What is said while a workspace is handed over is announced to whoever can have it: nobody waits for a sweep, of which there is none here.
#[tokio::test]
async fn what_is_said_during_a_hand_over_waits_for_no_sweep() -> anyhow::Result<()> {
    let cloud = Cloud::start().await?;
    let never = [("BERTH_SWEEP_EVERY", "1h")];
    let first = Machine::new(&cloud, "machine-1").await?;
    let (api, runner) = tokio::try_join!(cloud.api(), first.runner_told(&cloud, &never))?;
    let person = Person::sign_in(&cloud, &api).await?;
    let mut socket = person.socket(&api).await?;
    let (accepted, _) = socket.turn(None, "[[file:note.txt:hi]]").await?;
    let conversation = accepted["conversation_id"].as_str().context("an id")?;
    let second = Machine::new(&cloud, "machine-2").await?;
    let _other = second.runner_told(&cloud, &never).await?;
    let (ended, turn) = tokio::join!(
        runner.terminate(),
        socket.turn(Some(conversation), "are you there?")
    );
    assert!(ended?.success());
    let (_, end) = turn?;
    assert_eq!(end["state"], "succeeded", "{end}");
    Ok(())
}
