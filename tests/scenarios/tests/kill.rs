//! The server is killed, at every point of a run that matters. Afterwards each accepted message has exactly one end, events
//! are numbered densely, and work that went on meanwhile is taken up without losing a byte.

use std::path::Path;

use anyhow::Context as _;
use berth_harness::{Berth, Engine, Options, Socket};
use rusqlite::Connection;
use serde_json::Value;

fn quick() -> Options {
    Options::new(Engine::Process).with("--sweep-every", "200ms")
}

/// Keeps anybody from writing to the database: what the server wants to store next waits.
fn hold_the_store(data: &Path) -> anyhow::Result<Connection> {
    let connection = Connection::open(data.join("berth.db"))?;
    connection.busy_timeout(berth_harness::DEADLINE)?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    Ok(connection)
}

async fn words_of(berth: &Berth, conversation: &str) -> anyhow::Result<String> {
    let events = berth.checked_events(conversation).await?;
    Ok(events
        .iter()
        .filter(|event| event["event"]["kind"] == "text")
        .filter_map(|event| event["event"]["text"].as_str())
        .collect::<Vec<_>>()
        .join(" "))
}

/// After a restart: the run ends once, and as `state`.
async fn ends_once(berth: &Berth, accepted: &Value, state: &str) -> anyhow::Result<Socket> {
    let conversation = accepted["conversation_id"]
        .as_str()
        .context("a conversation")?;
    let mut socket = berth.socket().await?;
    socket.subscribe(conversation, 0).await?;
    let end = socket.finished(&accepted["run_id"]).await?;
    assert_eq!(end["state"], state, "{end}");
    let events = berth.checked_events(conversation).await?;
    let ends = events
        .iter()
        .filter(|event| event["event"]["kind"] == "finished")
        .count();
    assert_eq!(ends, 1);
    Ok(socket)
}

#[tokio::test]
async fn before_the_claim() -> anyhow::Result<()> {
    let mut berth = quick().start().await?;
    let mut socket = berth.socket().await?;
    socket
        .turn(None, "first, so that everything is warm")
        .await?;
    // The submission commits; with the store held right behind it, the claim cannot.
    let id = berth_harness::id();
    socket.say_as(&id, None, "survive").await?;
    let accepted = socket.accepted().await?;
    let held = hold_the_store(berth.data())?;
    berth.kill().await?;
    drop(held);
    berth.restart().await?;
    ends_once(&berth, &accepted, "succeeded").await?;
    berth.finish().await
}

#[tokio::test]
async fn after_the_claim() -> anyhow::Result<()> {
    let mut berth = quick().start().await?;
    let mut socket = berth.socket().await?;
    socket.say(None, "survive").await?;
    let accepted = socket.accepted().await?;
    socket.event("started").await?;
    berth.kill().await?;
    berth.restart().await?;
    ends_once(&berth, &accepted, "succeeded").await?;
    berth.finish().await
}

#[tokio::test]
async fn in_mid_stream() -> anyhow::Result<()> {
    let mut berth = quick().start().await?;
    let gate = berth.data().join("gate");
    let mut socket = berth.socket().await?;
    let text = format!(
        "[[deltas:500:0]][[gate:{}]][[deltas:500:0]]",
        gate.display()
    );
    socket.say(None, &text).await?;
    let accepted = socket.accepted().await?;
    socket.until(|frame| frame["type"] == "delta").await?;
    berth.kill().await?;
    std::fs::write(&gate, "")?;
    berth.restart().await?;
    ends_once(&berth, &accepted, "succeeded").await?;
    let words = words_of(&berth, accepted["conversation_id"].as_str().unwrap()).await?;
    let undisturbed = {
        let mut other = berth.socket().await?;
        let (accepted, _) = other.turn(None, &text).await?;
        words_of(&berth, accepted["conversation_id"].as_str().unwrap()).await?
    };
    assert_eq!(words, undisturbed, "bytes were lost or doubled");
    berth.finish().await
}

#[tokio::test]
async fn during_a_tool() -> anyhow::Result<()> {
    let mut berth = quick().start().await?;
    let mut socket = berth.socket().await?;
    socket.say(None, "[[tool:1500]]done").await?;
    let accepted = socket.accepted().await?;
    socket.event("tool_use").await?;
    berth.kill().await?;
    berth.restart().await?;
    ends_once(&berth, &accepted, "succeeded").await?;
    let events = berth
        .checked_events(accepted["conversation_id"].as_str().unwrap())
        .await?;
    for kind in ["tool_use", "tool_result"] {
        let count = events
            .iter()
            .filter(|event| event["event"]["kind"] == kind)
            .count();
        assert_eq!(count, 1, "{kind}");
    }
    berth.finish().await
}

#[tokio::test]
async fn before_the_end_is_stored() -> anyhow::Result<()> {
    let mut berth = quick().start().await?;
    let (gate, marker) = (berth.data().join("gate"), "after.txt");
    let mut socket = berth.socket().await?;
    socket
        .say(
            None,
            &format!(
                "[[deltas:3:0]][[gate:{}]][[file:{marker}:written]]",
                gate.display()
            ),
        )
        .await?;
    let accepted = socket.accepted().await?;
    socket.until(|frame| frame["type"] == "delta").await?;
    let held = hold_the_store(berth.data())?;
    std::fs::write(&gate, "")?;
    let written = berth.workspace_of_first_user()?.join(marker);
    let wait = async {
        while !written.exists() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(berth_harness::DEADLINE, wait).await?;
    berth.kill().await?;
    drop(held);
    berth.restart().await?;
    ends_once(&berth, &accepted, "succeeded").await?;
    let events = berth
        .checked_events(accepted["conversation_id"].as_str().unwrap())
        .await?;
    let files = events
        .iter()
        .filter(|event| event["event"]["path"] == marker)
        .count();
    assert_eq!(files, 1, "the file is told of once");
    berth.finish().await
}

#[tokio::test]
async fn a_lost_workspace_interrupts_the_run() -> anyhow::Result<()> {
    let mut berth = quick().start().await?;
    let mut socket = berth.socket().await?;
    socket.say(None, "[[sleep:600000]]").await?;
    let accepted = socket.accepted().await?;
    socket
        .until(|frame| frame["event"]["label"] == "thinking")
        .await?;
    berth.kill().await?;
    berth.kill_supervisors()?;
    berth.restart().await?;
    let mut socket = ends_once(&berth, &accepted, "interrupted").await?;
    let conversation = accepted["conversation_id"].as_str().unwrap();
    assert_eq!(
        socket.turn(Some(conversation), "next").await?.1["state"],
        "succeeded"
    );
    berth.finish().await
}

#[tokio::test]
async fn a_workspace_that_stops_in_the_middle_interrupts_the_run() -> anyhow::Result<()> {
    let berth = quick().start().await?;
    let mut socket = berth.socket().await?;
    for _ in 0..5 {
        socket.say(None, "[[sleep:600000]]").await?;
        let accepted = socket.accepted().await?;
        socket
            .until(|frame| {
                frame["event"]["kind"] == "usage" || frame["event"]["label"] == "thinking"
            })
            .await?;
        berth.kill_supervisors()?;
        let end = socket.finished(&accepted["run_id"]).await?;
        let reason = (&end["state"], &end["reason"]);
        assert_eq!(
            reason,
            (&Value::from("interrupted"), &Value::from("workspace_lost"))
        );
    }
    assert_eq!(socket.turn(None, "next").await?.1["state"], "succeeded");
    berth.finish().await
}

#[tokio::test]
async fn an_orderly_end_leaves_the_work_to_the_next_start() -> anyhow::Result<()> {
    let mut berth = quick().start().await?;
    let gate = berth.data().join("gate");
    let mut socket = berth.socket().await?;
    socket
        .say(None, &format!("[[gate:{}]]done", gate.display()))
        .await?;
    let accepted = socket.accepted().await?;
    socket
        .until(|frame| frame["event"]["label"] == "thinking")
        .await?;
    berth.terminate().await?;
    std::fs::write(&gate, "")?;
    berth.restart().await?;
    ends_once(&berth, &accepted, "succeeded").await?;
    berth.finish().await
}

#[tokio::test]
async fn two_servers_on_one_folder_are_refused() -> anyhow::Result<()> {
    let berth = quick().start().await?;
    let second = berth.command().output().await?;
    assert!(!second.status.success());
    assert!(String::from_utf8_lossy(&second.stderr).contains("another Berth is running"));
    berth.finish().await
}
