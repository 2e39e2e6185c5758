//! What scenarios about kills and stops share.

use anyhow::Context as _;
use berth_harness::{DEADLINE, Engine, Options};

/// Plain processes; what nobody uses ends soon, so that what stays is what the server does not know.
pub(crate) fn quick() -> Options {
    Options::new(Engine::Process)
        .with("--sweep-every", "200ms")
        .with("--process-idle", "300ms")
        .with("--workspace-idle", "600ms")
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
