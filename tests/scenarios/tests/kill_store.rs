//! The server is killed between two writes. Each time a gate decides what has been stored and what cannot have been, and the
//! database says so before the next start.

mod support;

use std::path::Path;

use anyhow::Context as _;
use berth_harness::{Berth, Write};
use berth_supervisor_protocol::{Client, ProcessId, Signal, SignalTarget};
use futures::StreamExt as _;
use serde_json::Value;
use support::{quick, until};

/// What a [`Gated`] run writes at last.
const FILE: &str = "after.txt";

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
    berth.ends_once(&accepted, "succeeded").await?;
    assert_eq!(berth.stored_run(&accepted["run_id"])?.attempts, 1);
    berth.finish_when_idle().await
}

fn said(gate: &Path) -> String {
    format!(
        "[[deltas:3:0]][[gate:{}]][[file:{FILE}:written]]",
        gate.display()
    )
}

/// A run whose Claude Code waits at a gate before it writes a file and ends.
struct Gated {
    berth: Berth,
    accepted: Value,
    gate: std::path::PathBuf,
    process: String,
}

impl Gated {
    async fn new() -> anyhow::Result<Self> {
        let berth = quick().start().await?;
        let gate = berth.data().join("gate");
        let mut socket = berth.socket().await?;
        socket.say(None, &said(&gate)).await?;
        let accepted = socket.accepted().await?;
        socket.until(|frame| frame["type"] == "delta").await?;
        let process = || berth.stored_run(&accepted["run_id"]).ok()?.process;
        until("the process is stored", || process().is_some()).await?;
        let process = process().context("a process")?;
        Ok(Self {
            berth,
            accepted,
            gate,
            process,
        })
    }

    /// The same, with a server that has been killed before it could store which process has the message.
    async fn unstored() -> anyhow::Result<Self> {
        let mut berth = quick().start().await?;
        let refused = berth.refuse(Write::Progress)?;
        let gate = berth.data().join("gate");
        let mut socket = berth.socket().await?;
        socket.say(None, &said(&gate)).await?;
        let accepted = socket.accepted().await?;
        socket.until(|frame| frame["type"] == "delta").await?;
        berth.kill().await?;
        drop(refused);
        assert!(berth.stored_run(&accepted["run_id"])?.process.is_none());
        let [(_, supervisor)] = &berth.supervisors()[..] else {
            anyhow::bail!("one supervisor");
        };
        let processes = supervisor.processes().await?;
        let process = processes.first().context("a process")?.id.to_string();
        Ok(Self {
            berth,
            accepted,
            gate,
            process,
        })
    }

    /// Lets Claude Code go on, and waits until all it has to say is in its supervisor's hands.
    async fn open(&self) -> anyhow::Result<()> {
        std::fs::write(&self.gate, "")?;
        let [(_, supervisor)] = &self.berth.supervisors()[..] else {
            anyhow::bail!("one supervisor");
        };
        until_the_result_is_written(supervisor, &self.process).await
    }

    /// The run is under way in the database, and this is what is told of it.
    fn stored(&self) -> anyhow::Result<Vec<String>> {
        let run = &self.accepted["run_id"];
        assert_eq!(self.berth.stored_run(run)?.state, "running");
        self.berth.stored_kinds(run)
    }

    /// The next start ends the run, with nothing lost and nothing told twice.
    async fn ends(mut self) -> anyhow::Result<()> {
        self.berth.restart().await?;
        self.berth.ends_once(&self.accepted, "succeeded").await?;
        let conversation = self.accepted["conversation_id"].as_str();
        let events = self
            .berth
            .checked_events(conversation.context("an id")?)
            .await?;
        for kind in ["text", "tool_use", "tool_result", "file"] {
            let count = events
                .iter()
                .filter(|event| event["event"]["kind"] == kind)
                .count();
            assert_eq!(count, 1 + usize::from(kind == "text"), "{kind}");
        }
        self.berth.finish_when_idle().await
    }
}

/// The process has the message and the store does not know it: the next start finds it by its name, and says nothing twice.
#[tokio::test]
async fn before_the_process_is_stored() -> anyhow::Result<()> {
    let run = Gated::unstored().await?;
    run.open().await?;
    run.ends().await
}

/// The same, and the process has ended since. What it has done nobody knows: its message is given to no other.
#[tokio::test]
async fn before_a_process_that_dies_is_stored() -> anyhow::Result<()> {
    let mut run = Gated::unstored().await?;
    let [(_, supervisor)] = &run.berth.supervisors()[..] else {
        anyhow::bail!("one supervisor");
    };
    let process = ProcessId::new(run.process.clone())?;
    supervisor
        .signal(&process, Signal::Kill, SignalTarget::Tree)
        .await?;
    run.berth.restart().await?;
    run.berth.ends_once(&run.accepted, "interrupted").await?;
    run.berth.finish_when_idle().await
}

/// Nothing of what Claude Code has written since the gate opened is stored, its result included.
#[tokio::test]
async fn before_anything_of_the_end_is_stored() -> anyhow::Result<()> {
    let mut run = Gated::new().await?;
    let held = run.berth.hold_the_store()?;
    run.open().await?;
    run.berth.kill().await?;
    drop(held);
    let kinds = run.stored()?;
    assert!(!kinds.iter().any(|kind| kind == "tool_use"), "{kinds:?}");
    run.ends().await
}

/// The server has read the result, and the end is not stored. What came before it may be, with the place where reading goes on, or
/// is to be stored with the end, whichever is quicker. Were that place behind the result's line, the next start would wait for a
/// result for ever.
#[tokio::test]
async fn between_the_last_events_and_the_end() -> anyhow::Result<()> {
    let mut run = Gated::new().await?;
    run.berth.kill().await?;
    run.open().await?;
    // The next start finds everything at once, so that the last events are to be stored when the result has been read already.
    let refused = run.berth.refuse(Write::End)?;
    run.berth.restart().await?;
    let tried = || run.berth.log().contains("runs.finish");
    until("the end was tried", tried).await?;
    run.berth.kill().await?;
    run.stored()?;
    drop(refused);
    run.ends().await
}
