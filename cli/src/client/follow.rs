//! A run's events as they happen, over lost connections and server restarts.

use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use uuid::Uuid;

use super::shapes::Event;
use super::sse::Parser;
use super::{Client, EventRecord, Failure, Run, note};

/// Waits between two tries, the last one over and over.
const PAUSES: [Duration; 5] = [
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
];
/// Tries in a row that may fail; together about three minutes.
const TRIES: usize = 25;

/// How following ended.
#[derive(Debug)]
pub(crate) enum End {
    /// The run is over, and this is how.
    Over(Box<Run>),
    /// The person left with Ctrl-C; the run goes on.
    Left,
}

/// Shows a run's events, each as its JSON text and its content, until the run ends or the person leaves.
pub(crate) async fn follow(
    client: &Client,
    run: Uuid,
    show: impl FnMut(&str, EventRecord) -> Result<(), Failure>,
) -> Result<End, Failure> {
    let mut interrupt = signal(SignalKind::interrupt())
        .map_err(|error| Failure::Input(format!("Ctrl-C cannot be watched: {error}")))?;
    let following = Follow {
        client,
        run,
        last: 0,
        show,
    };
    tokio::select! {
        ended = following.until_the_end() => Ok(End::Over(Box::new(ended?))),
        _ = interrupt.recv() => Ok(End::Left),
    }
}

struct Follow<'a, S> {
    client: &'a Client,
    run: Uuid,
    /// The number of the last event that was shown: a new connection goes on after it.
    last: u64,
    show: S,
}

/// How a stream ended.
enum Stream {
    /// With the run's last event.
    Finished,
    /// In the middle.
    Cut,
}

impl<S: FnMut(&str, EventRecord) -> Result<(), Failure>> Follow<'_, S> {
    async fn until_the_end(mut self) -> Result<Run, Failure> {
        let mut failed = 0;
        loop {
            let before = self.last;
            let cause = match self.stream().await {
                Ok(Stream::Finished) => return self.outcome().await,
                Ok(Stream::Cut) => None,
                Err(failure) if failure.is_passing() => Some(failure),
                Err(failure) => return Err(failure),
            };
            if self.last > before {
                failed = 0;
            } else if cause.is_none() {
                // A log without an end: the run is asked itself, or this would go on for ever.
                let run = self.outcome().await?;
                if run.is_over() {
                    return Ok(run);
                }
            }
            if let Some(cause) = cause.filter(|_| failed + 1 >= TRIES || self.is_new(failed)) {
                return Err(cause);
            }
            if failed == 0 {
                note("The connection was lost; trying again. The run goes on.");
            }
            tokio::time::sleep(PAUSES[failed.min(PAUSES.len() - 1)]).await;
            failed += 1;
        }
    }

    /// Whether nothing has worked so far: then a wrong address is likelier than a lost connection.
    const fn is_new(&self, failed: usize) -> bool {
        self.last == 0 && failed == 0
    }

    async fn stream(&mut self) -> Result<Stream, Failure> {
        let mut response = self.client.stream(self.run, self.last).await?;
        let mut parser = Parser::default();
        loop {
            let piece = match response.chunk().await {
                Ok(Some(piece)) => piece,
                Ok(None) => return Ok(Stream::Cut),
                Err(error) => return Err(self.client.unreachable(&error)),
            };
            let events = parser
                .push(&piece)
                .map_err(|_| self.client.foreign("an event without an end"))?;
            for text in events {
                if self.take(&text)? {
                    return Ok(Stream::Finished);
                }
            }
        }
    }

    /// Shows an event; true when it was the last.
    fn take(&mut self, text: &str) -> Result<bool, Failure> {
        let record: EventRecord =
            serde_json::from_str(text).map_err(|error| self.client.foreign(&error.to_string()))?;
        self.last = record.seq;
        let finished = matches!(record.event, Event::Finished { .. });
        (self.show)(text, record)?;
        Ok(finished)
    }

    async fn outcome(&self) -> Result<Run, Failure> {
        let path = format!("/api/runs/{}", self.run);
        self.client.get(&path, &[]).await?.read()
    }
}
