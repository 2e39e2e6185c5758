//! The store, taken away from everybody for a minute.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use berth_domain::ids::RunId;
use berth_domain::ports::usage::UsageLedger as _;
use berth_emulators::Cable;
use berth_harness::{DEADLINE, Socket, id};
use futures::future::try_join_all;
use serde_json::Value;
use tokio::time::timeout;

use super::claude::{Claude, SAY_TOKEN};
use super::machine::{Machine, Person};
use super::seen::{LOOK, Seen, count};
use super::{Cloud, Role};

/// How long it is away: four leases.
const OUTAGE: Duration = Duration::from_mins(1);

/// Longer than a call takes that nothing stands in the way of.
const HELD: Duration = Duration::from_secs(1);

/// Everybody who works with the store, and what leads there.
struct World {
    cloud: Cloud,
    cable: Cable,
    machine: Machine,
    api: Role,
    _runner: Role,
    person: Person,
}

impl World {
    async fn start() -> anyhow::Result<Self> {
        let cloud = Cloud::start().await?;
        let cable = Cable::to(cloud.firestore_address()).await?;
        let host = cable.host();
        let through = [("FIRESTORE_EMULATOR_HOST", host.as_str())];
        let machine = Machine::told(&cloud, "machine-1", &through).await?;
        let (api, runner) = tokio::try_join!(
            cloud.role("api", &through),
            machine.runner_told(&cloud, &through)
        )?;
        let person = Person::sign_in(&cloud, &api).await?;
        Ok(Self {
            cloud,
            cable,
            machine,
            api,
            _runner: runner,
            person,
        })
    }

    /// Another machine, which has nothing to do, and could take what is not its own.
    async fn another(&self) -> anyhow::Result<(Machine, Role)> {
        let host = self.cable.host();
        let through = [("FIRESTORE_EMULATOR_HOST", host.as_str())];
        let machine = Machine::told(&self.cloud, "machine-2", &through).await?;
        let runner = machine.runner_told(&self.cloud, &through).await?;
        Ok((machine, runner))
    }

    /// Waits until the ledger has so many calls of a run, and says what they cost.
    async fn recorded(&self, run: RunId, calls: u64) -> anyhow::Result<u64> {
        let store = self.cloud.store().await?;
        let recorded = async {
            while store.run_total(run).await?.calls < calls {
                tokio::time::sleep(LOOK).await;
            }
            anyhow::Ok(())
        };
        timeout(DEADLINE, recorded).await??;
        let total = store.run_total(run).await?;
        ensure!(total.calls == calls, "{total:?}");
        Ok(total.cost_micro_usd.0)
    }

    /// What a page is told that asks for something now.
    async fn page_is_told_to_come_again(&self) -> anyhow::Result<()> {
        let path = "/api/conversations";
        let answer = self.api.get_as(path, &self.person.session).await?;
        ensure!(answer.status() == 503, "{}", answer.status());
        ensure!(answer.headers().contains_key("retry-after"));
        let problem: Value = answer.json().await?;
        ensure!(problem["code"] == "store.unavailable", "{problem}");
        Ok(())
    }
}

/// Reads until a frame is the wanted one, and takes note of all.
async fn read(
    socket: &mut Socket,
    seen: &mut Seen,
    wanted: impl Fn(&Value) -> bool,
) -> anyhow::Result<Value> {
    loop {
        let frame = socket.next().await?;
        seen.take(&frame);
        if wanted(&frame) {
            return Ok(frame);
        }
    }
}

fn is_event(frame: &Value, kind: &str) -> bool {
    frame["type"] == "event" && frame["event"]["kind"] == kind
}

/// A run goes on for a minute without the store, is seen live, makes calls of the model, and ends well; what it said and what it cost is
/// stored once and in order, and shown on the one socket that was open all the time. What was sent meanwhile was refused, not half taken.
#[tokio::test]
async fn a_minute_without_the_store_interrupts_nothing() -> anyhow::Result<()> {
    let world = World::start().await?;
    let gates = ["first", "last"].map(|name| world.machine.data.path().join(name));
    let text = format!(
        "{SAY_TOKEN} [[deltas:100:40]] [[tool:1]] [[gate:{}]] [[deltas:20:50]] [[file:late.txt:hi]] [[tool:1]] [[gate:{}]] [[deltas:3:1]]",
        gates[0].display(),
        gates[1].display()
    );
    let mut socket = world.person.socket(&world.api).await?;
    let mut seen = Seen::default();
    // The workspace lives somewhere by now, where the api finds what is live.
    socket.say(None, "hello").await?;
    let accepted = socket.accepted().await?;
    let conversation = accepted["conversation_id"].as_str().context("an id")?;
    let ends = |frame: &Value| is_event(frame, "finished");
    read(&mut socket, &mut seen, ends).await?;
    let _another = world.another().await?;
    socket.say(Some(conversation), &text).await?;
    let is_accepted = |frame: &Value| frame["type"] == "accepted";
    let accepted = read(&mut socket, &mut seen, is_accepted).await?;
    let run: RunId = accepted["run_id"].as_str().context("an id")?.parse()?;
    let is_live = |frame: &Value| frame["type"] == "delta";
    read(&mut socket, &mut seen, is_live).await?;
    let said = read(&mut socket, &mut seen, |frame| is_event(frame, "text")).await?;
    read(&mut socket, &mut seen, |frame| {
        is_event(frame, "tool_result")
    })
    .await?;
    let claude = Claude::of(world.machine.data.path(), world.person.id, &said)?;
    assert_eq!(claude.call().await?, 200);
    world.recorded(run, 1).await?;

    world.cable.pull();
    let over = tokio::time::sleep(OUTAGE);
    std::fs::write(&gates[0], "")?;
    let claude = Arc::new(claude);
    let call = || {
        let claude = claude.clone();
        tokio::spawn(async move { claude.call().await })
    };
    // The gateway learns from the first that nothing can be written down; the others wait.
    let mut made = 1;
    let held = loop {
        let mut held = call();
        match timeout(HELD, &mut held).await {
            Ok(answered) => assert_eq!(answered??, 200),
            Err(_) => break held,
        }
        made += 1;
    };
    let mut calls = try_join_all([held, call(), call(), call()]);
    read(&mut socket, &mut seen, is_live).await?;
    world.page_is_told_to_come_again().await?;
    let unsent = id();
    socket
        .say_as(&unsent, Some(conversation), "meanwhile")
        .await?;
    let refused = |frame: &Value| frame["type"] == "error" && frame["id"] == *unsent;
    let refused = read(&mut socket, &mut seen, refused).await?;
    assert_eq!(refused["code"], "store.unavailable", "{refused}");
    let watching = read(&mut socket, &mut seen, |_| false);
    tokio::select! {
        () = over => {}
        broken = watching => anyhow::bail!("the socket did not live through it: {broken:?}"),
        made = &mut calls => anyhow::bail!("calls were made that nobody wrote down: {made:?}"),
    }
    world.cable.plug_in();

    for answered in calls.await? {
        assert_eq!(answered?, 200);
    }
    std::fs::write(&gates[1], "")?;
    let end = read(&mut socket, &mut seen, ends).await?;
    assert_eq!(end["event"]["state"], "succeeded", "{end}");
    let cost = world.recorded(run, made + 4).await?;
    let path = format!("/api/runs/{run}");
    let stored = world.person.get(&world.api, &path).await?;
    assert_eq!(stored["attempt"], 1, "{stored}");
    #[expect(clippy::cast_precision_loss, reason = "a few cents")]
    let cost = cost as f64 / 1e6;
    let told = stored["usage"]["cost_usd"].as_f64().context("a cost")?;
    assert!((told - cost).abs() < 1e-9, "{stored}: {cost}");
    // What was refused is sent again under its id, as a client does.
    socket
        .say_as(&unsent, Some(conversation), "meanwhile")
        .await?;
    let end = read(&mut socket, &mut seen, ends).await?;
    assert_eq!(end["event"]["state"], "succeeded", "{end}");
    let events = world
        .person
        .checked_events(&world.api, conversation)
        .await?;
    assert_eq!(events.len() as u64, seen.last);
    assert_eq!(
        (count(&events, "started"), count(&events, "finished")),
        (3, 3)
    );
    Ok(())
}
