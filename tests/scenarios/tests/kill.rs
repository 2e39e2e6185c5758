//! The server is killed while Claude Code works, and while a workspace starts. Afterwards each accepted message has exactly one
//! end, events are numbered densely, work that went on meanwhile is taken up without losing a byte, and nothing runs that the
//! server does not know. `kill_store.rs` kills it between two writes.

mod support;

use std::os::unix::fs::PermissionsExt as _;

use berth_harness::{Berth, Engine, Options};
use serde_json::Value;
use support::quick;

async fn words_of(berth: &Berth, conversation: &str) -> anyhow::Result<String> {
    let events = berth.checked_events(conversation).await?;
    Ok(events
        .iter()
        .filter(|event| event["event"]["kind"] == "text")
        .filter_map(|event| event["event"]["text"].as_str())
        .collect::<Vec<_>>()
        .join(" "))
}

/// A supervisor that comes up only when the file `gate` is beside its script; `began` says that it was started.
fn slow_supervisor(folder: &std::path::Path) -> anyhow::Result<String> {
    let script = folder.join("supervisor.sh");
    let text = format!(
        "#!/bin/sh\ncd {} && touch began && while [ -d . ] && [ ! -e gate ]; do sleep 0.01; done; exec {} \"$@\"\n",
        folder.display(),
        berth_harness::program("berth-supervisor").display()
    );
    std::fs::write(&script, text)?;
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755))?;
    Ok(script.display().to_string())
}

#[tokio::test]
async fn while_a_supervisor_starts() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let supervisor = slow_supervisor(folder.path())?;
    let mut berth = quick().with("--supervisor", &supervisor).start().await?;
    let mut socket = berth.socket().await?;
    socket.say(None, "survive").await?;
    let accepted = socket.accepted().await?;
    let began = folder.path().join("began");
    support::until("the supervisor is started", || began.exists()).await?;
    berth.kill().await?;
    std::fs::remove_file(&began)?;
    berth.restart().await?;
    std::fs::write(folder.path().join("gate"), "")?;
    berth.ends_once(&accepted, "succeeded").await?;
    assert!(!began.exists(), "a second supervisor was started");
    berth.finish_when_idle().await
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
    berth.ends_once(&accepted, "succeeded").await?;
    berth.finish_when_idle().await
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
    berth.ends_once(&accepted, "succeeded").await?;
    let words = words_of(&berth, accepted["conversation_id"].as_str().unwrap()).await?;
    let undisturbed = {
        let mut other = berth.socket().await?;
        let (accepted, _) = other.turn(None, &text).await?;
        words_of(&berth, accepted["conversation_id"].as_str().unwrap()).await?
    };
    assert_eq!(words, undisturbed, "bytes were lost or doubled");
    berth.finish_when_idle().await
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
    berth.ends_once(&accepted, "succeeded").await?;
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
    berth.finish_when_idle().await
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
    let (mut socket, _) = berth.ends_once(&accepted, "interrupted").await?;
    let conversation = accepted["conversation_id"].as_str().unwrap();
    assert_eq!(
        socket.turn(Some(conversation), "next").await?.1["state"],
        "succeeded"
    );
    berth.finish_when_idle().await
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
    berth.finish_when_idle().await
}

#[tokio::test]
async fn what_was_idle_is_taken_over_and_ended_without_another_message() -> anyhow::Result<()> {
    let mut berth = Options::new(Engine::Process).start().await?;
    let mut socket = berth.socket().await?;
    socket.turn(None, "one process stays warm").await?;
    berth.kill().await?;
    assert_eq!(berth.supervisors().len(), 1);
    let idle = ["--process-idle", "100ms", "--workspace-idle", "200ms"];
    berth.restart_with(&idle).await?;
    berth.finish_when_idle().await
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
    berth.ends_once(&accepted, "succeeded").await?;
    berth.finish_when_idle().await
}

#[tokio::test]
async fn two_servers_on_one_folder_are_refused() -> anyhow::Result<()> {
    let berth = quick().start().await?;
    let second = berth.command().output().await?;
    assert!(!second.status.success());
    assert!(String::from_utf8_lossy(&second.stderr).contains("another Berth is running"));
    berth.finish_when_idle().await
}
