//! What a hostile or broken workspace, a missing engine or a full disk does to a run: each has an outcome with its reason,
//! and the server goes on.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use berth_harness::{Berth, Engine, Options};
use serde_json::json;

fn quick() -> Options {
    Options::new(Engine::Process).with("--sweep-every", "200ms")
}

/// The message ends like this, and the next one works.
async fn ends(berth: &Berth, text: &str, state: &str, reason: &str) -> anyhow::Result<()> {
    let mut socket = berth.socket().await?;
    let (accepted, end) = socket.turn(None, text).await?;
    let expected = (&json!(state), &json!(reason));
    assert_eq!((&end["state"], &end["reason"]), expected, "{text}");
    let conversation = accepted["conversation_id"]
        .as_str()
        .context("a conversation")?;
    berth.checked_events(conversation).await?;
    let (_, next) = socket.turn(Some(conversation), "next").await?;
    assert_eq!(next["state"], "succeeded", "after {text}: {next}");
    Ok(())
}

#[tokio::test]
async fn a_line_of_ten_megabytes_is_read_and_cut() -> anyhow::Result<()> {
    let berth = quick().start().await?;
    ends(&berth, "[[line:10000000]]", "succeeded", "completed").await?;
    berth.finish().await
}

#[tokio::test]
async fn a_line_beyond_every_bound_is_passed_over() -> anyhow::Result<()> {
    let berth = quick().start().await?;
    ends(&berth, "[[line:30000000]]", "succeeded", "completed").await?;
    berth.finish().await
}

#[tokio::test]
async fn output_without_end_and_without_lines_is_stopped() -> anyhow::Result<()> {
    let berth = quick().start().await?;
    ends(&berth, "[[endless]]", "failed", "output_limit").await?;
    let memory = peak_memory(&berth)?;
    assert!(memory < 300 * 1024 * 1024, "{memory} bytes at the peak");
    berth.finish().await
}

#[tokio::test]
async fn lines_without_end_are_stopped() -> anyhow::Result<()> {
    let berth = quick().with("--run-limit", "20s").start().await?;
    let mut socket = berth.socket().await?;
    let (_, end) = socket.turn(None, "[[endless:lines]]").await?;
    assert!(
        end["state"] == "failed" || end["state"] == "timed_out",
        "{end}"
    );
    assert_eq!(socket.turn(None, "next").await?.1["state"], "succeeded");
    berth.finish().await
}

/// The most memory the server has used, in bytes.
fn peak_memory(berth: &Berth) -> anyhow::Result<u64> {
    let pid = berth.pid().context("berth runs")?;
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.trim().strip_suffix(" kB"))
        .context("the kernel tells the peak")?;
    Ok(peak.trim().parse::<u64>()? * 1024)
}

#[tokio::test]
async fn lines_that_are_not_the_protocol_are_survived() -> anyhow::Result<()> {
    let berth = quick().start().await?;
    ends(&berth, "[[garbage]]", "succeeded", "completed").await?;
    berth.finish().await
}

#[tokio::test]
async fn a_claude_that_dies_is_replaced() -> anyhow::Result<()> {
    let berth = quick().start().await?;
    for text in ["[[die]]", "[[die:3]]"] {
        ends(&berth, text, "failed", "claude_died").await?;
    }
    berth.finish().await
}

#[tokio::test]
async fn a_turn_without_a_result_ends_at_the_time_limit() -> anyhow::Result<()> {
    let berth = quick().with("--run-limit", "1s").start().await?;
    ends(&berth, "[[noresult]]", "timed_out", "time_limit").await?;
    berth.finish().await
}

#[tokio::test]
async fn text_that_is_broken_off_and_said_again_is_stored_once() -> anyhow::Result<()> {
    let berth = quick().start().await?;
    let mut socket = berth.socket().await?;
    let (accepted, end) = socket.turn(None, "[[drop]]").await?;
    assert_eq!(end["state"], "succeeded");
    let events = berth
        .checked_events(
            accepted["conversation_id"]
                .as_str()
                .context("a conversation")?,
        )
        .await?;
    let texts: Vec<_> = events
        .iter()
        .filter(|event| event["event"]["kind"] == "text")
        .collect();
    assert_eq!(texts.len(), 1);
    assert_eq!(texts[0]["event"]["block"], 0);
    assert!(
        events
            .iter()
            .any(|event| event["event"]["kind"] == "retrying")
    );
    berth.finish().await
}

#[tokio::test]
async fn a_turn_that_nobody_asked_for_ends_no_run_and_spoils_none() -> anyhow::Result<()> {
    let berth = quick().start().await?;
    ends(&berth, "[[notify]]", "succeeded", "completed").await?;
    berth.finish().await
}

#[tokio::test]
async fn an_engine_that_is_down_is_named() -> anyhow::Result<()> {
    let options =
        Options::new(Engine::Docker).with("--docker-host", "unix:///nonexistent/docker.sock");
    let berth = options.start().await?;
    let mut socket = berth.socket().await?;
    let (_, end) = socket.turn(None, "hello").await?;
    assert_eq!(
        (&end["state"], &end["reason"]),
        (&json!("failed"), &json!("engine_down"))
    );
    assert_eq!(berth.get("/health").await?["status"], "ok");
    berth.finish().await
}

/// A small file system of its own, unmounted at the end.
struct Small {
    folder: tempfile::TempDir,
}

impl Small {
    fn new(size: &str) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        mount(
            &["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"],
            folder.path(),
        )?;
        Ok(Self { folder })
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        // Lazily: a supervisor may still have a file open in it.
        let _ = Command::new("umount")
            .arg("--lazy")
            .arg(self.folder.path())
            .status();
    }
}

fn mount(arguments: &[&str], at: &Path) -> anyhow::Result<()> {
    let status = Command::new("mount").args(arguments).arg(at).status()?;
    anyhow::ensure!(
        status.success(),
        "a file system could not be mounted: this test needs root"
    );
    Ok(())
}

#[tokio::test]
async fn a_full_disk_refuses_in_words_and_the_server_goes_on() -> anyhow::Result<()> {
    let small = Small::new("24m")?;
    let mut berth = quick().start_in(small.folder.path()).await?;
    let mut socket = berth.socket().await?;
    assert_eq!(
        socket.turn(None, "there is room").await?.1["state"],
        "succeeded"
    );
    let ballast = small.folder.path().join("ballast");
    // Filled until nothing fits any more.
    let _ = Command::new("dd")
        .args([
            "if=/dev/zero",
            "bs=4k",
            &format!("of={}", ballast.display()),
        ])
        .stderr(std::process::Stdio::null())
        .status()?;
    let long = "x".repeat(300_000);
    let id = socket.say(None, &long).await?;
    let refused = socket.until(|frame| frame["type"] == "error").await?;
    assert_eq!(
        (&refused["code"], &refused["id"]),
        (&json!("store.full"), &json!(id))
    );
    assert_eq!(berth.get("/health").await?["status"], "ok");
    std::fs::remove_file(ballast)?;
    socket.say_as(&id, None, "now there is room").await?;
    let accepted = socket.accepted().await?;
    assert_eq!(
        socket.finished(&accepted["run_id"]).await?["state"],
        "succeeded"
    );
    // Its log rightly holds errors, so only an orderly end is asked for.
    berth.terminate().await
}
