//! A runner as a process: what is asked of an api is done in a workspace of its machine.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use berth_domain::ids::{AgentId, UserId};
use berth_domain::ports::schedules::{PutResult, PutSchedule, Schedules as _};
use berth_harness::{DEADLINE, id};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::machine::{Machine, Person};
use super::{Cloud, now};

/// Between two looks at something that another process does.
const LOOK: Duration = Duration::from_millis(100);

/// A message at one api: its live text, events and end are seen at the other, and the file it has made.
#[tokio::test]
async fn a_message_is_answered_and_its_file_comes_over_the_link() -> anyhow::Result<()> {
    let cloud = Cloud::start().await?;
    let machine = Machine::new(&cloud, "machine-1").await?;
    let (one, two, runner) = tokio::try_join!(cloud.api(), cloud.api(), machine.runner(&cloud))?;
    assert_eq!(runner.get("/healthz").await?.status(), 204);
    runner.until_ready().await?;
    let person = Person::sign_in(&cloud, &one).await?;
    // The workspace is on the runner from here on.
    let files = person.get(&two, "/api/files").await?;
    assert!(!files.to_string().contains("note.txt"), "{files}");

    let mut speaker = person.socket(&one).await?;
    let text = "[[file:note.txt:hi]] [[deltas:5:200]]";
    speaker.say(None, text).await?;
    let accepted = speaker.accepted().await?;
    let conversation = accepted["conversation_id"].as_str().context("an id")?;
    let mut watcher = person.socket(&two).await?;
    watcher.subscribe(conversation, 0).await?;
    watcher.until(|frame| frame["type"] == "delta").await?;
    let end = watcher.finished(&accepted["run_id"]).await?;
    assert_eq!(end["state"], "succeeded", "{end}");

    let files = person.get(&one, "/api/files").await?;
    assert!(files.to_string().contains("note.txt"), "{files}");
    let run = accepted["run_id"].as_str().context("an id")?;
    let events = person.get(&one, &format!("/api/runs/{run}/events")).await?;
    let of_run = events["items"].as_array().context("a list")?;
    let kind = |event: &Value| event["event"]["kind"].clone();
    assert_eq!(of_run.last().map(kind), Some(json!("finished")), "{events}");
    person.checked_events(&one, conversation).await?;
    assert!(runner.terminate().await?.success());
    Ok(())
}

/// An agent whose time has come runs because the hook is called, with nobody at any api; its owner is told by the runner.
#[tokio::test]
async fn a_scheduled_agent_runs_when_the_hook_is_called() -> anyhow::Result<()> {
    let cloud = Cloud::start().await?;
    let machine = Machine::new(&cloud, "machine-1").await?;
    let (api, hook, _runner) = tokio::try_join!(cloud.api(), cloud.hook(), machine.runner(&cloud))?;
    let person = Person::sign_in(&cloud, &api).await?;
    let body = json!({"name": "Brief", "prompt": "Say hello.", "notify": {"success": true}});
    let made = api.post_as("/api/agents", &person.session, &body).await?;
    let made: Value = made.json().await?;
    due(&cloud, person.id, made["id"].as_str().context("an id")?).await?;

    assert_eq!(hook.call("/tick", &cloud.caller_token()).await?, 200);
    let runs = person.get(&api, "/api/runs").await?;
    let run = &runs["items"][0];
    assert_eq!(run["trigger"], "schedule", "{runs}");
    let mut socket = person.socket(&api).await?;
    let conversation = run["conversation_id"].as_str().context("an id")?;
    socket.subscribe(conversation, 0).await?;
    let end = socket.finished(&run["id"]).await?;
    assert_eq!(end["state"], "succeeded", "{end}");
    let told = async {
        while !person
            .get(&api, "/api/notifications")
            .await?
            .to_string()
            .contains("Brief")
        {
            tokio::time::sleep(LOOK).await;
        }
        anyhow::Ok(())
    };
    timeout(DEADLINE, told).await??;
    Ok(())
}

/// Lets the first time of an hourly schedule have come a moment ago.
async fn due(cloud: &Cloud, user: UserId, agent: &str) -> anyhow::Result<()> {
    let agent: AgentId = agent.parse()?;
    let now = Timestamp::from_second(now())?;
    let hour = SignedDuration::from_hours(1);
    let put = PutSchedule {
        id: id().parse()?,
        user_id: user,
        agent_id: agent,
        spec: serde_json::from_value(json!({"frequency": "hourly", "time_zone": "UTC"}))?,
        expected_revision: None,
        slots: Vec::new(),
        cursor: now - hour,
        next_due_at: Some(now - SignedDuration::from_secs(1)),
        paused: None,
        now: now - hour,
    };
    let saved = cloud.store().await?.put_schedule(&put).await?;
    ensure!(matches!(saved, PutResult::Saved(_)), "{saved:?}");
    Ok(())
}

/// Whoever is not the api is let into no workspace, also inside the network.
#[tokio::test]
async fn a_runner_answers_the_api_alone() -> anyhow::Result<()> {
    let cloud = Cloud::start().await?;
    let machine = Machine::new(&cloud, "machine-1").await?;
    let runner = machine.runner(&cloud).await?;
    let path = format!("/v1/workspaces/{}/files", id());
    for token in ["", "x", &cloud.caller_token()] {
        let request = reqwest::Client::new().get(format!("http://{}{path}", runner.address()));
        let answer = request.bearer_auth(token).send().await?;
        assert_eq!(answer.status(), 401, "{token}");
    }
    Ok(())
}
