//! What must be true of a server, whatever a test is about.

use anyhow::Context as _;
use serde_json::Value;

use crate::berth::Berth;
use crate::{Held, Refused, Socket, StoredRun, Write, leftovers, owned, store};

impl Berth {
    /// All stored events of a conversation.
    pub async fn events(&self, conversation: &str) -> anyhow::Result<Vec<Value>> {
        let mut events: Vec<Value> = Vec::new();
        loop {
            let after = events
                .last()
                .map_or(0, |event| event["seq"].as_u64().unwrap_or(0));
            let page = self
                .get(&format!(
                    "/api/conversations/{conversation}/events?after={after}&limit=500"
                ))
                .await?;
            let items = page["items"].as_array().context("a page has items")?;
            if items.is_empty() {
                return Ok(events);
            }
            events.extend(items.iter().cloned());
        }
    }

    /// The events of a conversation, which must be numbered densely from 1 and hold one end for each run that is not under
    /// way, as its run's last event.
    pub async fn checked_events(&self, conversation: &str) -> anyhow::Result<Vec<Value>> {
        let events = self.events(conversation).await?;
        for (index, event) in events.iter().enumerate() {
            anyhow::ensure!(
                event["seq"].as_u64() == Some(index as u64 + 1),
                "event {index} has the number {}",
                event["seq"]
            );
        }
        let runs: std::collections::BTreeSet<&str> = events
            .iter()
            .filter_map(|event| event["run_id"].as_str())
            .collect();
        for run in runs {
            let of_run: Vec<&Value> = events
                .iter()
                .filter(|event| event["run_id"] == *run)
                .collect();
            let ends = of_run
                .iter()
                .filter(|event| event["event"]["kind"] == "finished")
                .count();
            anyhow::ensure!(ends <= 1, "run {run} has {ends} ends");
            let last = of_run.last().context("a run has events")?;
            anyhow::ensure!(
                ends == 0 || last["event"]["kind"] == "finished",
                "something follows the end of run {run}: {last}"
            );
        }
        Ok(events)
    }

    /// Waits until the run that was accepted ends, as `state` and once, also when it began before a restart. Answers a
    /// socket that has seen it, and the end.
    pub async fn ends_once(
        &self,
        accepted: &Value,
        state: &str,
    ) -> anyhow::Result<(Socket, Value)> {
        let conversation = accepted["conversation_id"]
            .as_str()
            .context("a conversation")?;
        let mut socket = self.socket().await?;
        socket.subscribe(conversation, 0).await?;
        let end = socket.finished(&accepted["run_id"]).await?;
        anyhow::ensure!(end["state"] == state, "not {state}: {end}");
        // Which says that there is no second end.
        self.checked_events(conversation).await?;
        Ok((socket, end))
    }

    /// Whose containers of this installation run.
    pub fn containers(&self) -> anyhow::Result<Vec<String>> {
        leftovers::containers(self.data())
    }

    /// Keeps the server from storing anything while the answer lives.
    pub fn hold_the_store(&self) -> anyhow::Result<Held> {
        Held::new(self.data())
    }

    /// Refuses one kind of write while the answer lives, which must end before another one begins.
    pub fn refuse(&self, write: Write) -> anyhow::Result<Refused> {
        Refused::new(self.data(), write)
    }

    /// A run as the database has it, whether or not the server runs.
    pub fn stored_run(&self, id: &Value) -> anyhow::Result<StoredRun> {
        store::run(self.data(), id.as_str().context("an id")?)
    }

    /// Kinds of a run's stored events, whether or not the server runs.
    pub fn stored_kinds(&self, id: &Value) -> anyhow::Result<Vec<String>> {
        store::kinds(self.data(), id.as_str().context("an id")?)
    }

    /// [`Berth::finish`], once the server has ended all that nobody uses, which with short idle times is everything: what it does
    /// not know of would stay. Work must not be under way.
    pub async fn finish_when_idle(self) -> anyhow::Result<()> {
        owned::nothing(self.engine(), self.data())
            .await
            .context("the server knows nothing of something that runs")?;
        self.finish().await
    }

    /// Ends the server, and fails where something is wrong that no assertion looked at: an error in the log, a run without
    /// an end, something that runs unowned.
    pub async fn finish(mut self) -> anyhow::Result<()> {
        let runs = self.get("/api/runs?limit=500").await?;
        let open: Vec<&Value> = runs["items"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|run| run["finished_at"].is_null())
            .collect();
        anyhow::ensure!(open.is_empty(), "runs without an end: {open:?}");
        owned::check(self.engine(), self.data()).await?;
        self.terminate().await?;
        owned::check(self.engine(), self.data())
            .await
            .context("after the server's end")?;
        let log = self.log();
        anyhow::ensure!(
            !log.contains("ERROR") && !log.contains("panicked"),
            "errors in the log:\n{log}"
        );
        Ok(())
    }
}
