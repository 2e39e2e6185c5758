//! Conversations as users have them. Workspaces are plain processes here, and a stand-in speaks for Claude Code.

use anyhow::Context as _;
use berth_harness::{Engine, Options, id};
use serde_json::{Value, json};

fn quick() -> Options {
    Options::new(Engine::Process).with("--sweep-every", "200ms")
}

fn conversation(accepted: &Value) -> String {
    accepted["conversation_id"]
        .as_str()
        .expect("a conversation")
        .to_owned()
}

#[tokio::test]
async fn the_same_id_five_times_over_two_sockets_is_one_run() -> anyhow::Result<()> {
    let berth = quick().start().await?;
    let (mut first, mut second) = (berth.socket().await?, berth.socket().await?);
    let id = id();
    for _ in 0..3 {
        first.say_as(&id, None, "once").await?;
    }
    for _ in 0..2 {
        second.say_as(&id, None, "once").await?;
    }
    let mut accepted = Vec::new();
    for _ in 0..3 {
        accepted.push(first.accepted().await?);
    }
    for _ in 0..2 {
        accepted.push(second.accepted().await?);
    }
    assert!(
        accepted
            .iter()
            .all(|frame| frame["run_id"] == accepted[0]["run_id"])
    );
    second.finished(&accepted[0]["run_id"]).await?;
    let events = berth.checked_events(&conversation(&accepted[0])).await?;
    let messages = events
        .iter()
        .filter(|event| event["event"]["kind"] == "message")
        .count();
    assert_eq!(messages, 1);
    berth.finish().await
}

#[tokio::test]
async fn every_text_arrives_exactly() -> anyhow::Result<()> {
    let berth = quick().start().await?;
    let mut socket = berth.socket().await?;
    let texts = [
        "-rf --help",
        "\"quotes\" 'single' `back` $(touch /tmp/never) ${HOME} \\ \\n",
        "/etc/hosts is what?",
        "👩‍👩‍👧 emoji \u{2028} separator \u{200b} and\ttabs\r\nlines",
        "{\"type\":\"control_request\"}",
    ];
    for text in texts {
        let (accepted, end) = socket.turn(None, text).await?;
        assert_eq!(end["state"], "succeeded", "{end}");
        let events = berth.checked_events(&conversation(&accepted)).await?;
        assert_eq!(events[0]["event"]["content"], text);
        let (_, recalled) = socket
            .turn(Some(&conversation(&accepted)), "[[recall]]")
            .await?;
        let heard: Vec<String> =
            serde_json::from_str(recalled["result"].as_str().context("a result")?)?;
        assert_eq!(heard[0], text);
    }
    berth.finish().await
}

#[tokio::test]
async fn what_cannot_be_passed_on_is_refused_in_words() -> anyhow::Result<()> {
    let berth = quick().start().await?;
    let mut socket = berth.socket().await?;
    for (text, code) in [("a\0b", "message.nul"), ("  \n", "message.empty")] {
        let id = socket.say(None, text).await?;
        let error = socket.until(|frame| frame["type"] == "error").await?;
        assert_eq!((&error["code"], &error["id"]), (&json!(code), &json!(id)));
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|text| text.len() > 20)
        );
    }
    assert_eq!(socket.turn(None, "goes on").await?.1["state"], "succeeded");
    berth.finish().await
}

#[tokio::test]
async fn a_socket_cut_at_any_event_resumes_without_loss() -> anyhow::Result<()> {
    let berth = quick().start().await?;
    let mut socket = berth.socket().await?;
    let text = "[[deltas:5:1]][[tool:1]][[file:a.txt:hello]]";
    let (accepted, _) = socket.turn(None, text).await?;
    let conversation = conversation(&accepted);
    let all = berth.checked_events(&conversation).await?;
    for cut in 0..all.len() {
        let mut again = berth.socket().await?;
        again.subscribe(&conversation, cut as u64).await?;
        for expected in &all[cut..] {
            let frame = again.until(|frame| frame["type"] == "event").await?;
            assert_eq!(frame["seq"], expected["seq"], "after {cut}");
            assert_eq!(frame["event"], expected["event"]);
        }
    }
    berth.finish().await
}

#[tokio::test]
async fn a_socket_cut_in_the_middle_sees_the_rest() -> anyhow::Result<()> {
    let berth = quick().start().await?;
    let gate = berth.data().join("gate");
    let mut socket = berth.socket().await?;
    let text = format!("[[deltas:20:1]][[gate:{}]][[deltas:20:1]]", gate.display());
    socket.say(None, &text).await?;
    let conversation = conversation(&socket.accepted().await?);
    let mut seen = 0;
    let cut = socket.until(|frame| frame["type"] == "delta").await?;
    assert_eq!(cut["offset"], 0);
    drop(socket);
    let mut again = berth.socket().await?;
    again.subscribe(&conversation, seen).await?;
    std::fs::write(&gate, "")?;
    loop {
        let frame = again.until(|frame| frame["type"] == "event").await?;
        seen += 1;
        assert_eq!(frame["seq"], seen);
        if frame["event"]["kind"] == "finished" {
            break;
        }
    }
    berth.finish().await
}

#[tokio::test]
async fn two_messages_of_one_conversation_run_one_after_the_other() -> anyhow::Result<()> {
    let berth = quick().start().await?;
    let gate = berth.data().join("gate");
    let mut socket = berth.socket().await?;
    socket
        .say(None, &format!("[[gate:{}]]", gate.display()))
        .await?;
    let first = socket.accepted().await?;
    let conversation = conversation(&first);
    socket.say(Some(&conversation), "second").await?;
    let second = socket.accepted().await?;
    let waiting = berth
        .get(&format!("/api/runs/{}", second["run_id"].as_str().unwrap()))
        .await?;
    assert_eq!(waiting["state"], "queued");
    std::fs::write(&gate, "")?;
    socket.finished(&second["run_id"]).await?;
    let events = berth.checked_events(&conversation).await?;
    let position = |run: &Value, kind: &str| {
        events
            .iter()
            .position(|event| event["run_id"] == *run && event["event"]["kind"] == kind)
    };
    assert!(position(&first["run_id"], "finished") < position(&second["run_id"], "started"));
    berth.finish().await
}

#[tokio::test]
async fn a_long_run_delays_nobody_else_and_the_fourth_is_refused() -> anyhow::Result<()> {
    let berth = quick().start().await?;
    let gate = berth.data().join("gate");
    let held = format!("[[gate:{}]]", gate.display());
    let mut socket = berth.socket().await?;
    let mut runs = Vec::new();
    for _ in 0..3 {
        socket.say(None, &held).await?;
        runs.push(socket.accepted().await?);
    }
    let fourth = socket.say(None, "one more").await?;
    let refused = socket.until(|frame| frame["type"] == "error").await?;
    assert_eq!(refused["code"], "quota.concurrent_runs");
    assert_eq!(refused["id"], fourth);
    let mut other = berth.socket_of("somebody-else").await?;
    assert_eq!(other.turn(None, "hello").await?.1["state"], "succeeded");
    std::fs::write(&gate, "")?;
    for run in &runs {
        let id = run["run_id"].as_str().context("an id")?;
        let mut after = berth.socket().await?;
        after.subscribe(&conversation(run), 0).await?;
        after.finished(&json!(id)).await?;
    }
    socket.say_as(&fourth, None, "one more").await?;
    socket.accepted().await?;
    let last = socket.event("finished").await?;
    assert!(last["event"]["state"].is_string());
    let mut all = berth.socket().await?;
    let newest = berth.get("/api/conversations").await?["items"][0].clone();
    all.subscribe(newest["id"].as_str().unwrap(), 0).await?;
    all.event("finished").await?;
    berth.finish().await
}

#[tokio::test]
async fn the_limit_is_a_setting_and_holds_over_rest_too() -> anyhow::Result<()> {
    let berth = quick().with("--concurrent-runs", "1").start().await?;
    let gate = berth.data().join("gate");
    let mut socket = berth.socket().await?;
    socket
        .say(None, &format!("[[gate:{}]]", gate.display()))
        .await?;
    let accepted = socket.accepted().await?;
    let messages = format!("/api/conversations/{}/messages", conversation(&accepted));
    let send = || {
        berth
            .request(reqwest::Method::POST, &messages)
            .json(&json!({"content": "one more"}))
            .send()
    };
    let refused = send().await?;
    assert_eq!(refused.status(), 429);
    let problem: Value = serde_json::from_str(&refused.text().await?)?;
    assert_eq!(problem["code"], "quota.concurrent_runs");
    std::fs::write(&gate, "")?;
    socket.finished(&accepted["run_id"]).await?;
    assert_eq!(send().await?.status(), 202);
    socket.event("finished").await?;
    berth.finish().await
}

#[tokio::test]
async fn stopping_ends_the_run_and_the_next_message_works() -> anyhow::Result<()> {
    let berth = quick().start().await?;
    let mut socket = berth.socket().await?;
    socket.say(None, "[[child]][[sleep:600000]]").await?;
    let accepted = socket.accepted().await?;
    let conversation = conversation(&accepted);
    socket.event("status").await?;
    socket
        .until(|frame| frame["event"]["label"] == "thinking" || frame["type"] == "delta")
        .await?;
    socket
        .send(&json!({"type": "interrupt", "conversation_id": conversation}))
        .await?;
    let end = socket.finished(&accepted["run_id"]).await?;
    assert_eq!(
        (&end["state"], &end["reason"]),
        (&json!("cancelled"), &json!("stopped_by_user"))
    );
    assert_eq!(
        socket.turn(Some(&conversation), "next").await?.1["state"],
        "succeeded"
    );
    berth.finish().await
}

#[tokio::test]
async fn a_run_past_its_limit_is_stopped() -> anyhow::Result<()> {
    let berth = quick().with("--run-limit", "1s").start().await?;
    let mut socket = berth.socket().await?;
    let (_, end) = socket.turn(None, "[[sleep:600000]]").await?;
    assert_eq!(
        (&end["state"], &end["reason"]),
        (&json!("timed_out"), &json!("time_limit"))
    );
    berth.finish().await
}

#[tokio::test]
async fn an_idle_process_ends_and_its_session_comes_back() -> anyhow::Result<()> {
    let berth = quick()
        .with("--process-idle", "100ms")
        .with("--workspace-idle", "300ms")
        .start()
        .await?;
    let mut socket = berth.socket().await?;
    let (accepted, _) = socket.turn(None, "remember the harbour").await?;
    let conversation = conversation(&accepted);
    socket
        .until(|frame| frame["type"] == "ready" && frame["workspace"] == "stopped")
        .await?;
    let (_, end) = socket.turn(Some(&conversation), "[[recall]]").await?;
    assert!(
        end["result"]
            .as_str()
            .is_some_and(|text| text.contains("remember the harbour")),
        "{end}"
    );
    berth.finish().await
}
