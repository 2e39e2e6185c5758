//! Several apis, and one taken away in the middle of work.

use anyhow::{Context as _, ensure};
use berth_emulators::Balancer;
use berth_harness::id;
use serde_json::Value;

use super::machine::{Machine, Person};
use super::seen::Seen;
use super::{Cloud, Role};

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
