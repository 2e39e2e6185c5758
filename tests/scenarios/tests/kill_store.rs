//! The server is killed between two writes. Each time a gate decides what has been stored and what cannot have been, and the
//! database says so before the next start.

mod support;

use anyhow::Context as _;
use berth_harness::{Berth, Write};
use berth_supervisor_protocol::{Client, ProcessId};
use futures::StreamExt as _;
use serde_json::Value;
use support::{done, ends_once, quick, until};

/// Reads a process's output from its first byte until Claude Code has written a turn's result.
async fn until_the_result_is_written(client: &Client, process: &str) -> anyhow::Result<()> {
    let mut output = client.stdout(&ProcessId::new(process)?, 0).await?;
    let read = async {
        let mut written = Vec::new();
        while !lines(&written).any(|line| line["type"] == "result") {
            written.extend(output.next().await.context("the output has ended")??);
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(berth_harness::DEADLINE, read).await?
}

/// The complete lines.
fn lines(written: &[u8]) -> impl Iterator<Item = Value> {
    let complete = written.split_inclusive(|byte| *byte == b'\n');
    complete
        .filter(|line| line.ends_with(b"\n"))
        .filter_map(|line| serde_json::from_slice(line).ok())
}

/// The file is told of once, and so is everything else of this turn.
async fn told_once(berth: &Berth, accepted: &Value, file: &str) -> anyhow::Result<()> {
    let conversation = accepted["conversation_id"].as_str().context("an id")?;
    let events = berth.checked_events(conversation).await?;
    for (what, count) in [
        (
            "file",
            events
                .iter()
                .filter(|event| event["event"]["path"] == *file)
                .count(),
        ),
        ("tool_use", of_kind(&events, "tool_use")),
        ("tool_result", of_kind(&events, "tool_result")),
    ] {
        assert_eq!(count, 1, "{what}");
    }
    Ok(())
}

fn of_kind(events: &[Value], kind: &str) -> usize {
    let of_kind = events.iter().filter(|event| event["event"]["kind"] == kind);
    of_kind.count()
}

#[tokio::test]
async fn before_the_claim() -> anyhow::Result<()> {
    let mut berth = quick().start().await?;
    let refused = berth.refuse(Write::Claim)?;
    let mut socket = berth.socket().await?;
    socket.say(None, "survive").await?;
    let accepted = socket.accepted().await?;
    until("the claim was tried", || {
        berth.log().contains("claim failed")
    })
    .await?;
    berth.kill().await?;
    let stored = berth.stored_run(&accepted["run_id"])?;
    assert_eq!((stored.state.as_str(), stored.attempts), ("queued", 0));
    drop(refused);
    berth.restart().await?;
    ends_once(&berth, &accepted, "succeeded").await?;
    assert_eq!(berth.stored_run(&accepted["run_id"])?.attempts, 1);
    done(berth).await
}

/// Nothing of what Claude Code has written since the gate opened is stored, its result included.
#[tokio::test]
async fn before_anything_of_the_end_is_stored() -> anyhow::Result<()> {
    let mut berth = quick().start().await?;
    let (gate, file) = (berth.data().join("gate"), "after.txt");
    let mut socket = berth.socket().await?;
    let text = format!(
        "[[deltas:3:0]][[gate:{}]][[file:{file}:written]]",
        gate.display()
    );
    socket.say(None, &text).await?;
    let accepted = socket.accepted().await?;
    socket.until(|frame| frame["type"] == "delta").await?;
    let run = &accepted["run_id"];
    let given = || berth.stored_run(run).is_ok_and(|run| run.process.is_some());
    until("the message's process is stored", given).await?;
    let process = berth.stored_run(run)?.process.context("a process")?;
    let held = berth.hold_the_store()?;
    std::fs::write(&gate, "")?;
    let [(_, supervisor)] = &berth.supervisors()[..] else {
        anyhow::bail!("one supervisor");
    };
    until_the_result_is_written(supervisor, &process).await?;
    berth.kill().await?;
    drop(held);
    assert_eq!(berth.stored_run(run)?.state, "running");
    let kinds = berth.stored_kinds(run)?;
    assert!(
        !kinds
            .iter()
            .any(|kind| kind == "file" || kind == "finished"),
        "{kinds:?}"
    );
    berth.restart().await?;
    ends_once(&berth, &accepted, "succeeded").await?;
    told_once(&berth, &accepted, file).await?;
    done(berth).await
}

/// The server has read the result, has stored all that came before it and where it has got to, and only the end is not stored.
/// Had it stored a place after the result's line, its next start would wait for a result for ever.
#[tokio::test]
async fn between_the_last_events_and_the_end() -> anyhow::Result<()> {
    let mut berth = quick().start().await?;
    let refused = berth.refuse(Write::End)?;
    let mut socket = berth.socket().await?;
    let file = "last.txt";
    socket
        .say(None, &format!("[[file:{file}:written]]"))
        .await?;
    let accepted = socket.accepted().await?;
    let tried = || berth.log().contains("runs.finish");
    until("the end was tried", tried).await?;
    berth.kill().await?;
    let run = &accepted["run_id"];
    assert_eq!(berth.stored_run(run)?.state, "running");
    let kinds = berth.stored_kinds(run)?;
    assert!(kinds.iter().any(|kind| kind == "file"), "{kinds:?}");
    assert!(!kinds.iter().any(|kind| kind == "finished"), "{kinds:?}");
    drop(refused);
    berth.restart().await?;
    ends_once(&berth, &accepted, "succeeded").await?;
    told_once(&berth, &accepted, file).await?;
    done(berth).await
}
