//! Agents that run by themselves. Workspaces are plain processes here, and a stand-in speaks for Claude Code; what only real
//! containers show is in `engine_agents.rs`.

#[path = "support/agents.rs"]
mod agents;
mod support;

use std::time::Duration;

use agents::{Desk, checks, end_of};
use berth_domain::run::Trigger;
use berth_harness::{Berth, DEADLINE, Engine, Options};
use serde_json::{Value, json};
use support::{quick, until};
use tokio::time::Instant;

/// Within this nothing is left of a run that must stop.
const GONE_WITHIN: Duration = Duration::from_secs(5);

fn end(state: &str, reason: &str, result: &str) -> (String, String, String) {
    (state.to_owned(), reason.to_owned(), result.to_owned())
}

/// Whether a stand-in for Claude Code, or something it has started, runs.
fn works(berth: &Berth) -> bool {
    let commands = berth.commands();
    commands
        .iter()
        .any(|command| command.contains("berth-fake-cli") || command.contains("trap '' TERM"))
}

async fn gone(berth: &Berth) -> anyhow::Result<()> {
    until("the run's process is gone", || !works(berth)).await
}

#[tokio::test]
async fn a_run_that_makes_what_it_should_is_proved_and_leaves_no_process() -> anyhow::Result<()> {
    // Nothing ends for being idle here: what is gone was ended by its run's end.
    let idle = Options::new(Engine::Process).with("--sweep-every", "200ms");
    let berth = idle.start().await?;
    let desk = Desk::open(&berth).await?;
    let report =
        r#"[[call:mcp__berth__publish_result:{"markdown":"\# 합계 2"}]]"#.replace("\\#", "#");
    let prompt = format!("[[file:out/table-1.csv:name,note\nA,\"1\n2\"\nB,3\n]]{report}");
    let done = json!([
        {"kind": "newer_than_start", "path": "out/*.csv"},
        {"kind": "min_rows", "path": "out/table-*.csv", "rows": 2},
        {"kind": "contains", "text": "합계"},
    ]);
    let agent = desk.agent(&prompt, json!({"done": done})).await?;
    let (run, events) = desk.run(&berth, &agent).await?;
    assert_eq!(end_of(&run), end("succeeded", "completed", "# 합계 2"));
    assert_eq!(run.proved, Some(true));
    assert_eq!(checks(&events), vec![(true, "met".to_owned()); 3]);
    let folder = format!("agent-{}/out/table-1.csv", agent.id);
    assert!(berth.workspace_of_first_user()?.join(folder).is_file());
    gone(&berth).await?;
    berth.finish().await
}

#[tokio::test]
async fn a_run_that_does_nothing_ends_well_and_unproved() -> anyhow::Result<()> {
    let berth = quick().start().await?;
    let desk = Desk::open(&berth).await?;
    let done = json!([
        {"kind": "file_exists", "path": "report.md"},
        {"kind": "min_rows", "path": "/workspace/old.csv", "rows": 3},
        {"kind": "newer_than_start", "path": "/workspace/old.csv"},
    ]);
    let agent = desk.agent("do nothing", json!({"done": done})).await?;
    let put = berth.request(reqwest::Method::PUT, "/api/files/old.csv");
    put.body("h\n1\n").send().await?.error_for_status()?;
    let (run, events) = desk.run(&berth, &agent).await?;
    assert_eq!(end_of(&run).0, "succeeded");
    assert_eq!(run.proved, Some(false));
    let reasons: Vec<String> = checks(&events)
        .into_iter()
        .map(|(_, reason)| reason)
        .collect();
    assert_eq!(reasons, ["missing", "too_few_rows", "old"]);
    let nothing_to_prove = desk.agent("do nothing", json!({})).await?;
    let (run, _) = desk.run(&berth, &nothing_to_prove).await?;
    assert_eq!((end_of(&run).0.as_str(), run.proved), ("succeeded", None));
    berth.finish_when_idle().await
}

#[tokio::test]
async fn a_question_ends_the_run_at_once_and_is_its_result() -> anyhow::Result<()> {
    let berth = quick().start().await?;
    let desk = Desk::open(&berth).await?;
    let choice = r#"{"questions":[{"question":"Which year?","options":[{"label":"2024"},{"label":"2025"}] }] }"#;
    for (call, question) in [
        (
            format!("AskUserQuestion:{choice}"),
            "Which year?\n\n- 2024\n- 2025",
        ),
        (
            r#"mcp__berth__ask_owner:{"question":"비밀번호는요?"}"#.to_owned(),
            "비밀번호는요?",
        ),
        (r#"ExitPlanMode:{"plan":"Shall I?"}"#.to_owned(), "Shall I?"),
    ] {
        let prompt = format!("[[call:{call}]][[sleep:600000]]");
        let agent = desk
            .agent(
                &prompt,
                json!({"done": [{"kind": "file_exists", "path": "a"}]}),
            )
            .await?;
        let asked = Instant::now();
        let (run, _) = desk.run(&berth, &agent).await?;
        assert_eq!(end_of(&run), end("failed", "needs_you", question));
        assert_eq!(run.proved, None);
        assert!(asked.elapsed() < DEADLINE / 2, "nobody waits for an answer");
    }
    gone(&berth).await?;
    berth.finish_when_idle().await
}

#[tokio::test]
async fn a_run_past_its_own_limit_is_stopped_with_all_it_started() -> anyhow::Result<()> {
    let berth = quick().start().await?;
    let desk = Desk::open(&berth).await?;
    let agent = desk
        .agent(
            "[[child]][[sleep:600000]]",
            json!({"time_limit_seconds": 1}),
        )
        .await?;
    let (run, _) = desk.run(&berth, &agent).await?;
    assert_eq!(end_of(&run), end("timed_out", "time_limit", ""));
    let ended = Instant::now();
    gone(&berth).await?;
    let took = run
        .finished_at
        .zip(run.started_at)
        .map(|(end, start)| end.duration_since(start));
    let limit = jiff::SignedDuration::from_secs(1);
    let late = took.map_or(limit, |took| took - limit).unsigned_abs() + ended.elapsed();
    assert!(late < GONE_WITHIN, "{late:?}");
    berth.finish_when_idle().await
}

#[tokio::test]
async fn a_cancelled_run_leaves_nothing() -> anyhow::Result<()> {
    let berth = quick().start().await?;
    let desk = Desk::open(&berth).await?;
    let agent = desk.agent("[[child]][[sleep:600000]]", json!({})).await?;
    let started = desk.start(&agent, Trigger::Manual).await?;
    until("the child runs", || works(&berth)).await?;
    let mut socket = desk.follow(&berth, &started).await?;
    socket
        .until(|frame| frame["event"]["label"] == "thinking" || frame["type"] == "delta")
        .await?;
    let asked = Instant::now();
    let path = format!("/api/runs/{}/cancel", started.run);
    let answer = berth.request(reqwest::Method::POST, &path).send().await?;
    answer.error_for_status()?;
    let (run, _) = desk.ended(&berth, &started).await?;
    assert_eq!(end_of(&run), end("cancelled", "stopped_by_user", ""));
    gone(&berth).await?;
    assert!(asked.elapsed() < GONE_WITHIN, "{:?}", asked.elapsed());
    berth.finish_when_idle().await
}

#[tokio::test]
async fn secrets_are_the_agents_own_and_are_told_to_nobody() -> anyhow::Result<()> {
    let berth = quick().start().await?;
    let desk = Desk::open(&berth).await?;
    let says = "[[env:SHOP_TOKEN]][[env:PATH]][[env:ANTHROPIC_BASE_URL]]";
    let first = desk.agent(says, json!({})).await?;
    for (name, value) in [
        ("SHOP_TOKEN", "hunter2-hunter2"),
        ("PATH", "/secret-path"),
        ("ANTHROPIC_BASE_URL", "http://evil"),
    ] {
        desk.secret(&first, name, value).await?;
    }
    let started = desk.start(&first, Trigger::Manual).await?;
    let mut socket = desk.follow(&berth, &started).await?;
    let mut live = String::new();
    loop {
        let frame = socket.next().await?;
        live.push_str(&frame.to_string());
        if frame["event"]["kind"] == "finished" {
            break;
        }
    }
    let (run, events) = desk.ended(&berth, &started).await?;
    let result = run.result.unwrap_or_default();
    assert!(result.contains("SHOP_TOKEN=•••"), "{result}");
    assert!(
        !result.contains("evil") && result.contains("/usr/bin"),
        "{result}"
    );
    for told in [live, Value::from(events).to_string(), berth.log()] {
        assert!(!told.contains("hunter2"), "{told}");
    }
    let second = desk.agent("[[env:SHOP_TOKEN]]", json!({})).await?;
    let (run, _) = desk.run(&berth, &second).await?;
    assert_eq!(run.result.as_deref(), Some("SHOP_TOKEN=unset"));
    berth.finish_when_idle().await
}

#[tokio::test]
async fn killed_in_the_middle_the_run_goes_on_and_is_judged_once() -> anyhow::Result<()> {
    let mut berth = quick().start().await?;
    let desk = Desk::open(&berth).await?;
    let gate = berth.data().join("gate");
    let prompt = format!(
        "[[call:mcp__berth__publish_result:{{\"markdown\":\"whole\"}}]][[gate:{}]][[file:a.csv:h\n1\n]]",
        gate.display()
    );
    let done = json!([{"kind": "min_rows", "path": "a.csv", "rows": 1}]);
    let agent = desk.agent(&prompt, json!({"done": done})).await?;
    let started = desk.start(&agent, Trigger::Manual).await?;
    desk.follow(&berth, &started)
        .await?
        .event("tool_result")
        .await?;
    berth.kill().await?;
    std::fs::write(&gate, "")?;
    berth.restart().await?;
    let (run, events) = desk.ended(&berth, &started).await?;
    assert_eq!(end_of(&run), end("succeeded", "completed", "whole"));
    assert_eq!(run.proved, Some(true));
    let judged = events
        .iter()
        .filter(|event| event["event"]["kind"] == "checked");
    assert_eq!(judged.count(), 1);
    gone(&berth).await?;
    berth.finish_when_idle().await
}

#[tokio::test]
async fn a_scheduled_run_that_waits_for_room_begins_when_there_is() -> anyhow::Result<()> {
    // One look through the store at the start, and then no more: what begins later was told to.
    let mut berth = Options::new(Engine::Process)
        .with("--sweep-every", "1h")
        .with("--concurrent-runs", "1")
        .start()
        .await?;
    let desk = Desk::open(&berth).await?;
    let gate = berth.data().join("gate");
    let first = desk
        .agent(&format!("[[gate:{}]]", gate.display()), json!({}))
        .await?;
    let second = desk.agent("second", json!({})).await?;
    berth.terminate().await?;
    let first = desk.start(&first, Trigger::Schedule).await?;
    let second = desk.start(&second, Trigger::Schedule).await?;
    berth.restart().await?;
    desk.follow(&berth, &first).await?.event("started").await?;
    let waiting = berth.get(&format!("/api/runs/{}", second.run)).await?;
    assert_eq!(waiting["state"], "queued");
    std::fs::write(&gate, "")?;
    for started in [&first, &second] {
        let (run, _) = desk.ended(&berth, started).await?;
        assert_eq!(end_of(&run).0, "succeeded");
    }
    berth.finish().await
}
