//! Somebody presses Stop, and what runs does not want to.

mod support;

use std::time::Duration;

use anyhow::Context as _;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;
use support::{quick, until};
use tokio::time::Instant;

/// Within this the run has ended, whatever Claude Code does.
const STOPPED_WITHIN: Duration = Duration::from_secs(5);

/// Claude Code does not answer, and a child of its tool is in a session of its own and deaf to SIGTERM.
#[tokio::test]
async fn a_claude_that_does_not_stop_is_ended_with_all_it_started() -> anyhow::Result<()> {
    let berth = quick().start().await?;
    let mut socket = berth.socket().await?;
    socket.say(None, "[[child]][[sleep:600000]]").await?;
    let accepted = socket.accepted().await?;
    let child = || {
        let commands = berth.commands();
        commands
            .iter()
            .any(|command| command.contains("trap '' TERM"))
    };
    until("the child runs", child).await?;
    let supervisors = berth.supervisors();
    let [(_, supervisor)] = &supervisors[..] else {
        anyhow::bail!("one supervisor");
    };
    let processes = supervisor.processes().await?;
    let claude = processes.first().context("a process")?.pid;
    kill(Pid::from_raw(claude), Signal::SIGSTOP)?;

    let conversation = &accepted["conversation_id"];
    let asked = Instant::now();
    socket
        .send(&json!({"type": "interrupt", "conversation_id": conversation}))
        .await?;
    let end = socket.finished(&accepted["run_id"]).await?;
    assert!(asked.elapsed() < STOPPED_WITHIN, "{:?}", asked.elapsed());
    assert_eq!(
        (&end["state"], &end["reason"]),
        (&json!("cancelled"), &json!("stopped_by_user"))
    );
    assert!(!child(), "the child outlived the run");
    assert!(supervisor.processes().await?.is_empty());
    let (_, end) = socket.turn(conversation.as_str(), "next").await?;
    assert_eq!(end["state"], "succeeded");
    berth.finish_when_idle().await
}
