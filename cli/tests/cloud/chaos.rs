//! Roles and what is between them, taken away in the middle of work.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use berth_domain::ports::placements::Placements as _;
use berth_emulators::{Balancer, Cable};
use berth_harness::{DEADLINE, id};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::machine::{Machine, Person};
use super::{Cloud, Role};

/// Between two looks at something that another process does.
const LOOK: Duration = Duration::from_millis(100);

/// What a socket has been shown of a conversation, which must be dense.
#[derive(Debug, Default)]
struct Seen {
    last: u64,
    ended: BTreeSet<String>,
}

impl Seen {
    fn take(&mut self, frame: &Value) {
        if frame["type"] == "event" {
            let seq = frame["seq"].as_u64().expect("a number");
            assert_eq!(seq, self.last + 1, "{frame}");
            self.last = seq;
            if frame["event"]["kind"] == "finished" {
                self.ended.insert(frame["run_id"].to_string());
            }
        }
    }
}

/// Each message of a conversation goes to the other api, and a third connection sees all of it.
#[tokio::test]
async fn two_apis_take_the_frames_of_one_conversation_in_turn() -> anyhow::Result<()> {
    let cloud = Cloud::start().await?;
    let machine = Machine::new(&cloud, "machine-1").await?;
    let (one, two, _runner) = tokio::try_join!(cloud.api(), cloud.api(), machine.runner(&cloud))?;
    let person = Person::sign_in(&cloud, &one).await?;
    let mut sockets = [person.socket(&one).await?, person.socket(&two).await?];
    let first = sockets[0].turn(None, "number 0").await?.0;
    let conversation = first["conversation_id"].as_str().context("an id")?;
    sockets[1].subscribe(conversation, 0).await?;
    let mut runs = vec![first["run_id"].clone()];
    for number in 1..6 {
        let speaker = &mut sockets[number % 2];
        let text = format!("number {number} [[deltas:3:20]]");
        let (accepted, end) = speaker.turn(Some(conversation), &text).await?;
        assert_eq!(end["state"], "succeeded", "{end}");
        runs.push(accepted["run_id"].clone());
        // The other one has seen it too before it speaks.
        sockets[(number + 1) % 2]
            .finished(&accepted["run_id"])
            .await?;
    }
    let events = person.checked_events(&two, conversation).await?;
    let ended = events
        .iter()
        .filter(|event| event["event"]["kind"] == "finished");
    let ended: Vec<_> = ended.map(|event| event["run_id"].clone()).collect();
    assert_eq!(ended, runs);
    Ok(())
}

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
struct Two {
    _cloud: Cloud,
    api: Role,
    person: Person,
    first: Option<Machine>,
    runner: Option<Role>,
    _second: Machine,
    _other: Role,
    conversation: String,
}

impl Two {
    async fn start() -> anyhow::Result<Self> {
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
            _cloud: cloud,
            api,
            person,
            first: Some(first),
            runner: Some(runner),
            _second: second,
            _other: other,
        })
    }

    /// The next message is answered on the other machine, where files and conversation are.
    async fn goes_on(&self) -> anyhow::Result<()> {
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

/// A machine that is told to end hands its workspaces over.
#[tokio::test]
async fn a_machine_that_ends_hands_its_workspaces_over() -> anyhow::Result<()> {
    let mut two = Two::start().await?;
    let runner = two.runner.take().context("a runner")?;
    assert!(runner.terminate().await?.success());
    two.goes_on().await
}

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

/// While the store is away work goes on, and what it wrote meanwhile is stored in order when the store is back.
#[tokio::test]
async fn while_the_store_is_away_work_goes_on_and_its_events_follow() -> anyhow::Result<()> {
    let cloud = Cloud::start().await?;
    let machine = Machine::new(&cloud, "machine-1").await?;
    let cable = Cable::to(cloud.firestore_address()).await?;
    let host = cable.host();
    let through = [("FIRESTORE_EMULATOR_HOST", host.as_str())];
    let (api, runner) = tokio::try_join!(cloud.api(), machine.runner_told(&cloud, &through))?;
    let person = Person::sign_in(&cloud, &api).await?;
    let gate = machine.data.path().join("gate");
    let mut socket = person.socket(&api).await?;
    let text = format!(
        "[[tool:1]] [[gate:{}]] [[deltas:5:50]] [[tool:1]] [[file:late.txt:hi]] [[tool:1]]",
        gate.display()
    );
    socket.say(None, &text).await?;
    let accepted = socket.accepted().await?;
    socket.event("tool_result").await?;
    cable.pull();
    std::fs::write(&gate, "")?;
    let users = machine.data.path().join("workspaces/users");
    let late = users.join(person.id.to_string()).join("workspace/late.txt");
    let worked = async {
        while !late.exists() {
            tokio::time::sleep(LOOK).await;
        }
    };
    timeout(DEADLINE, worked).await?;
    cable.plug_in();
    let end = socket.finished(&accepted["run_id"]).await?;
    assert_eq!(end["state"], "succeeded", "{end}");
    let conversation = accepted["conversation_id"].as_str().context("an id")?;
    let events = person.checked_events(&api, conversation).await?;
    assert_eq!(count(&events, "tool_result"), 4, "{events:?}");
    drop(runner);
    Ok(())
}

fn count(events: &[Value], kind: &str) -> usize {
    let of_kind = events.iter().filter(|event| event["event"]["kind"] == kind);
    of_kind.count()
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

/// A chat through the balancer that connects again whenever its api goes, from where it was.
async fn chat(person: &Person, address: &str, number: usize, gate: &str) -> anyhow::Result<u64> {
    let (message, mut accepted, mut seen) = (id(), None, Seen::default());
    let text = format!("[[deltas:3:50]] [[tool:1]] [[gate:{gate}]] chat {number} [[deltas:3:50]]");
    loop {
        // Between two apis there may be a moment without any.
        let Ok(mut socket) = person.socket_at(address).await else {
            tokio::task::yield_now().await;
            continue;
        };
        match &accepted {
            None => socket.say_as(&message, None, &text).await?,
            Some(frame) => {
                let frame: &Value = frame;
                let conversation = frame["conversation_id"].as_str().context("an id")?;
                socket.subscribe(conversation, seen.last).await?;
            }
        }
        // Until the socket breaks.
        while let Ok(frame) = socket.next().await {
            ensure!(frame["type"] != "error", "{frame}");
            if frame["type"] == "accepted" {
                accepted.get_or_insert(frame);
                continue;
            }
            seen.take(&frame);
            if !seen.ended.is_empty() {
                return Ok(seen.last);
            }
        }
    }
}

/// Ten chats are under way while one api after the other is replaced: each sees every event once.
#[tokio::test]
async fn a_rolling_restart_of_the_apis_loses_and_repeats_nothing() -> anyhow::Result<()> {
    let cloud = Cloud::start().await?;
    let machine = Machine::new(&cloud, "machine-1").await?;
    let (one, two) = (
        cloud.api_at_its_place(0).await?,
        cloud.api_at_its_place(1).await?,
    );
    let told = [("BERTH_CONCURRENT_RUNS", "10")];
    let _runner = machine.runner_told(&cloud, &told).await?;
    let places = vec![one.address().parse()?, two.address().parse()?];
    let balancer = Balancer::start("127.0.0.1:0".parse()?, places, "/readyz").await?;
    let address = balancer.address().to_string();
    let person = Person::sign_in(&cloud, &one).await?;
    let gate = machine.data.path().join("gate");
    let gate_name = gate.to_string_lossy().into_owned();
    let chats = (0..10).map(|number| chat(&person, &address, number, &gate_name));
    let chats = futures::future::try_join_all(chats);
    let restarts = async {
        let mut roles: [Option<Role>; 2] = [Some(one), Some(two)];
        for place in [0, 1, 0, 1] {
            let old = roles[place].take().context("an api")?;
            assert!(old.terminate().await?.success());
            roles[place] = Some(cloud.api_at_its_place(place).await?);
        }
        std::fs::write(&gate, "")?;
        anyhow::Ok(roles)
    };
    let (seen, roles) = tokio::try_join!(chats, restarts)?;
    let [api, _other] = roles;
    let api = api.context("an api")?;
    let list = person.get(&api, "/api/conversations").await?;
    let conversations = list["items"].as_array().context("a list")?;
    assert_eq!(conversations.len(), 10, "{list}");
    let mut stored = Vec::new();
    for conversation in conversations {
        let conversation = conversation["id"].as_str().context("an id")?;
        stored.push(person.checked_events(&api, conversation).await?.len() as u64);
    }
    let (mut seen, mut stored) = (seen, stored);
    seen.sort_unstable();
    stored.sort_unstable();
    assert_eq!(seen, stored);
    Ok(())
}
