//! The server is killed while containers run: the next start finds them by their label and knows all that runs in them.

use berth_harness::{DEADLINE, Engine, Options};
use serde_json::{Value, json};

/// What nobody uses ends soon, so that what stays is what the server does not know.
const IDLE: [&str; 4] = ["--process-idle", "1s", "--workspace-idle", "2s"];

fn real() -> Options {
    Options::new(Engine::Docker).with("--sweep-every", "200ms")
}

#[tokio::test]
async fn in_mid_stream_and_in_a_tool_the_work_goes_on() -> anyhow::Result<()> {
    let mut berth = real().start().await?;
    let mut socket = berth.socket().await?;
    socket
        .say(
            None,
            "[[bash:python3 -c 'import time; time.sleep(3); print(42)']]",
        )
        .await?;
    let accepted = socket.accepted().await?;
    socket.event("tool_use").await?;
    berth.kill().await?;
    berth.restart().await?;
    let (mut socket, end) = berth.ends_once(&accepted, "succeeded").await?;
    assert_eq!(end["result"], json!("42"));
    socket.say(None, "[[say:LONG:300]][[slow:5]]").await?;
    let accepted = socket.accepted().await?;
    socket.until(|frame| frame["type"] == "delta").await?;
    berth.kill().await?;
    berth.restart_with(&IDLE).await?;
    let (_, end) = berth.ends_once(&accepted, "succeeded").await?;
    let said = end["result"].as_str().unwrap_or_default();
    assert!(said.trim_end().ends_with("word300"), "{end}");
    berth.finish_when_idle().await
}

#[tokio::test]
async fn while_the_container_starts() -> anyhow::Result<()> {
    let mut berth = real().start().await?;
    let mut socket = berth.socket().await?;
    socket.say(None, "[[say:survived]]").await?;
    let accepted = socket.accepted().await?;
    let starting = async {
        while berth.containers()?.is_empty() {
            tokio::task::yield_now().await;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(DEADLINE, starting).await??;
    berth.kill().await?;
    berth.restart_with(&IDLE).await?;
    berth.ends_once(&accepted, "succeeded").await?;
    berth.finish_when_idle().await
}

#[tokio::test]
async fn what_was_idle_is_taken_over_and_ended_without_another_message() -> anyhow::Result<()> {
    let mut berth = real().start().await?;
    let mut socket = berth.socket().await?;
    let (_, end): (Value, Value) = socket.turn(None, "one process stays warm").await?;
    assert_eq!(end["state"], "succeeded", "{end}");
    berth.kill().await?;
    assert_eq!(berth.containers()?.len(), 1);
    berth.restart_with(&IDLE).await?;
    berth.finish_when_idle().await
}
