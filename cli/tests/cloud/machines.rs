//! Runners and their machines, taken away in the middle of work.

use anyhow::{Context as _, ensure};
use berth_domain::ports::placements::Placements as _;
use berth_harness::DEADLINE;
use serde_json::Value;
use tokio::time::timeout;

use super::machine::{Machine, Person};
use super::seen::LOOK;
use super::{Cloud, Role};

/// A runner that is killed in mid-run and started again on its disk goes on with the run, which ends once.
#[tokio::test]
async fn a_runner_killed_in_mid_run_goes_on_after_its_next_start() -> anyhow::Result<()> {
    let cloud = Cloud::start().await?;
    let machine = Machine::new(&cloud, "machine-1").await?;
    let (api, runner) = tokio::try_join!(cloud.api(), machine.runner(&cloud))?;
    let person = Person::sign_in(&cloud, &api).await?;
    let gate = machine.data.path().join("gate");
    let mut socket = person.socket(&api).await?;
    let text = format!("[[tool:1]] [[gate:{}]] [[deltas:3:1]]", gate.display());
    socket.say(None, &text).await?;
    let accepted = socket.accepted().await?;
    socket.event("tool_result").await?;
    runner.kill().await?;
    let runner = machine.runner(&cloud).await?;
    std::fs::write(&gate, "")?;
    let end = socket.finished(&accepted["run_id"]).await?;
    assert_eq!(end["state"], "succeeded", "{end}");
    let conversation = accepted["conversation_id"].as_str().context("an id")?;
    let (_, end) = socket.turn(Some(conversation), "and then?").await?;
    assert_eq!(end["state"], "succeeded", "{end}");
    person.checked_events(&api, conversation).await?;
    assert!(runner.terminate().await?.success());
    Ok(())
}

/// A user's workspace on one machine, with a file and a copy of it; and another machine, which is idle.
pub(crate) struct Two {
    pub(crate) cloud: Cloud,
    pub(crate) api: Role,
    pub(crate) person: Person,
    pub(crate) first: Option<Machine>,
    pub(crate) runner: Option<Role>,
    _second: Machine,
    _other: Role,
    pub(crate) conversation: String,
}

impl Two {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let cloud = Cloud::start().await?;
        let first = Machine::new(&cloud, "machine-1").await?;
        let (api, runner) = tokio::try_join!(cloud.api(), first.runner(&cloud))?;
        let person = Person::sign_in(&cloud, &api).await?;
        let mut socket = person.socket(&api).await?;
        let (accepted, end) = socket.turn(None, "[[file:note.txt:hi]] remember").await?;
        ensure!(end["state"] == "succeeded", "{end}");
        let store = cloud.store().await?;
        let copied = async {
            while store
                .placement(person.id)
                .await?
                .is_none_or(|placement| placement.snapshot.is_none())
            {
                tokio::time::sleep(LOOK).await;
            }
            anyhow::Ok(())
        };
        timeout(DEADLINE, copied).await??;
        let second = Machine::new(&cloud, "machine-2").await?;
        let other = second.runner(&cloud).await?;
        let conversation = accepted["conversation_id"].as_str().context("an id")?;
        Ok(Self {
            conversation: conversation.to_owned(),
            cloud,
            api,
            person,
            first: Some(first),
            runner: Some(runner),
            _second: second,
            _other: other,
        })
    }

    /// The next message is answered on the other machine, where files and conversation are.
    pub(crate) async fn goes_on(&self) -> anyhow::Result<()> {
        let mut socket = self.person.socket(&self.api).await?;
        let conversation = Some(self.conversation.as_str());
        let (accepted, end) = socket.turn(conversation, "[[recall]]").await?;
        ensure!(end["state"] == "succeeded", "{end}");
        let files = self.person.get(&self.api, "/api/files").await?;
        ensure!(files.to_string().contains("note.txt"), "{files}");
        let events = self
            .person
            .checked_events(&self.api, &self.conversation)
            .await?;
        let said = events.iter().any(|event| {
            event["run_id"] == accepted["run_id"] && event.to_string().contains("remember")
        });
        ensure!(said, "the conversation was not brought along: {events:?}");
        Ok(())
    }
}

/// A machine that is lost in mid-run: the run ends once, with the reason, and the workspace goes on elsewhere.
#[tokio::test]
async fn a_lost_machines_workspace_goes_on_on_another() -> anyhow::Result<()> {
    let mut two = Two::start().await?;
    let mut socket = two.person.socket(&two.api).await?;
    socket
        .say(Some(&two.conversation), "[[tool:1]] [[gate:/nowhere]]")
        .await?;
    let accepted = socket.accepted().await?;
    socket.event("tool_result").await?;
    let (first, runner) = two
        .first
        .take()
        .zip(two.runner.take())
        .context("a machine")?;
    runner.kill().await?;
    drop(first);
    let end = socket.finished(&accepted["run_id"]).await?;
    assert_eq!(end["state"], "interrupted", "{end}");
    two.goes_on().await
}

/// A machine that is told to end hands its workspaces over, and who writes meanwhile is told that theirs moves.
#[tokio::test]
async fn a_machine_that_ends_hands_its_workspaces_over() -> anyhow::Result<()> {
    let mut two = Two::start().await?;
    let runner = two.runner.take().context("a runner")?;
    let mut socket = two.person.socket(&two.api).await?;
    socket.subscribe(&two.conversation, 0).await?;
    assert!(runner.terminate().await?.success());
    socket.say(Some(&two.conversation), "and then?").await?;
    // Whoever waits is told what for.
    let moving = |frame: &Value| frame["event"]["label"] == "moving_workspace";
    let told = socket.until(moving).await?;
    let end = socket.finished(&told["run_id"]).await?;
    ensure!(end["state"] == "succeeded", "{end}");
    two.goes_on().await
}
