//! A run's events over plain HTTP, as server-sent events.

use anyhow::Context as _;
use berth_harness::{Berth, DEADLINE, Engine, Options};
use reqwest::Method;
use serde_json::Value;

/// One connection.
struct Stream {
    response: reqwest::Response,
    received: String,
}

impl Stream {
    /// Goes on after the event of that number, where there is one.
    async fn open(berth: &Berth, run: &str, last: Option<u64>) -> anyhow::Result<Self> {
        let mut request = berth
            .request(Method::GET, &format!("/api/runs/{run}/events"))
            .header("accept", "text/event-stream");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        Ok(Self {
            response: request.send().await?.error_for_status()?,
            received: String::new(),
        })
    }

    /// The next event and its id; `None` when the server has ended the stream.
    async fn next(&mut self) -> anyhow::Result<Option<(u64, Value)>> {
        loop {
            if let Some(end) = self.received.find("\n\n") {
                let event = read(&self.received[..end])?;
                self.received.drain(..end + 2);
                // A comment keeps the connection alive.
                if event.is_some() {
                    return Ok(event);
                }
            }
            let chunk = tokio::time::timeout(DEADLINE, self.response.chunk()).await??;
            let Some(chunk) = chunk else {
                anyhow::ensure!(self.received.is_empty(), "cut: {}", self.received);
                return Ok(None);
            };
            self.received.push_str(std::str::from_utf8(&chunk)?);
        }
    }
}

fn read(event: &str) -> anyhow::Result<Option<(u64, Value)>> {
    let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
    let Some(data) = field("data: ") else {
        return Ok(None);
    };
    let id = field("id: ").context("an event without an id")?;
    Ok(Some((id.parse()?, serde_json::from_str(data)?)))
}

/// Every event is the last of its connection: the next one is asked for in a new stream that names it.
#[tokio::test]
async fn a_stream_cut_at_every_event_of_a_run_under_way_loses_and_doubles_nothing()
-> anyhow::Result<()> {
    let berth = Options::new(Engine::Process).start().await?;
    let gate = berth.data().join("gate");
    let mut socket = berth.socket().await?;
    let text = format!(
        "[[deltas:5:1]][[tool:1]][[gate:{}]][[file:a.txt:hello]]",
        gate.display()
    );
    socket.say(None, &text).await?;
    let accepted = socket.accepted().await?;
    let run = accepted["run_id"].as_str().context("an id")?;

    let mut last = None;
    let mut seen = Vec::new();
    loop {
        let mut stream = Stream::open(&berth, run, last).await?;
        let Some((id, event)) = stream.next().await? else {
            break;
        };
        last = Some(id);
        if event["event"]["kind"] == "tool_result" {
            std::fs::write(&gate, "")?;
        }
        seen.push(event);
    }
    let conversation = accepted["conversation_id"].as_str().context("an id")?;
    let stored = berth.checked_events(conversation).await?;
    assert_eq!(
        stored.last().context("an event")?["event"]["kind"],
        "finished"
    );
    assert_eq!(seen, stored);

    // And once it has ended, from every event to the end in one go.
    for cut in 0..=stored.len() {
        let mut stream = Stream::open(&berth, run, Some(cut as u64)).await?;
        let mut rest = Vec::new();
        while let Some((id, event)) = stream.next().await? {
            assert_eq!(event["seq"], id);
            rest.push(event);
        }
        assert_eq!(rest, stored[cut..], "after {cut}");
    }
    berth.finish().await
}
