//! What scenarios about killing share.

use anyhow::Context as _;
use berth_harness::{Berth, DEADLINE, Engine, Options, Socket};
use serde_json::Value;

/// Plain processes; what nobody uses ends soon, so that what stays is what the server does not know.
pub(crate) fn quick() -> Options {
    Options::new(Engine::Process)
        .with("--sweep-every", "200ms")
        .with("--process-idle", "300ms")
        .with("--workspace-idle", "600ms")
}

/// Nothing runs that the server does not end by itself, and nothing is wrong.
pub(crate) async fn done(berth: Berth) -> anyhow::Result<()> {
    berth.until_nothing_runs().await?;
    berth.finish().await
}

/// Waits for something that nobody tells us of.
pub(crate) async fn until(what: &str, holds: impl Fn() -> bool) -> anyhow::Result<()> {
    let wait = async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(DEADLINE, wait)
        .await
        .with_context(|| format!("waited in vain until {what}"))
}

/// After a restart: the run ends once, and as `state`.
pub(crate) async fn ends_once(
    berth: &Berth,
    accepted: &Value,
    state: &str,
) -> anyhow::Result<Socket> {
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
