//! Receives the spans of runs, as a collector of OpenTelemetry does, and says which of a run's time was Firestore's.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::clock;

/// What has come so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Spans(Arc<Mutex<Vec<Span>>>);

/// What became known of a message's way.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    /// Time in calls of Firestore that the way waited for, in milliseconds.
    pub(super) store: f64,
    /// Those calls.
    pub(super) calls: usize,
    /// Hints that had to arrive for it: one a runner that tried to claim.
    pub(super) hints: usize,
}

impl Spans {
    /// Begins to receive; answers the address to send to.
    pub(super) async fn receive(&self) -> anyhow::Result<String> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/v1/traces", listener.local_addr()?);
        let received = self.0.clone();
        let take = move |body: Bytes| async move {
            let Ok(request) = ExportTraceServiceRequest::decode(body) else {
                return StatusCode::BAD_REQUEST;
            };
            let of_scopes = request.resource_spans.into_iter();
            let of_scopes = of_scopes.flat_map(|resource| resource.scope_spans);
            let mut received = received.lock().unwrap_or_else(PoisonError::into_inner);
            received.extend(of_scopes.flat_map(|scope| scope.spans));
            StatusCode::OK
        };
        let router = Router::new().route("/v1/traces", post(take));
        let router = router.layer(DefaultBodyLimit::disable());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(url)
    }

    /// Whether the run's session has ended, after which no call before its message is unknown.
    pub(super) fn is_complete(&self, run: Uuid) -> bool {
        let of_run = self.of(run);
        of_run.iter().any(|span| span.name == "runner.session")
            && of_run.iter().any(|span| span.name == "run.submit")
    }

    /// What stood between the message and the model, from `sent` to `asked`. Only calls within `firestore.submit` and `runner.claim` count: what
    /// the runner writes while it works, it does beside the way, and nobody waits for it.
    pub(super) fn way(&self, run: Uuid, sent: u64, asked: u64) -> Way {
        let of_run = self.of(run);
        let before = |span: &&Span| span.start_time_unix_nano < asked;
        let named = |name: &'static str| {
            let of_run = of_run.iter().filter(before);
            of_run.filter(move |span| span.name == name)
        };
        let steps: Vec<&[u8]> = named("firestore.submit")
            .chain(named("runner.claim"))
            .map(|span| span.span_id.as_slice())
            .collect();
        let calls: Vec<(u64, u64)> = named("firestore.read")
            .chain(named("firestore.write"))
            .filter(|span| steps.contains(&span.parent_span_id.as_slice()))
            .map(|span| {
                (
                    span.start_time_unix_nano,
                    span.end_time_unix_nano.min(asked),
                )
            })
            .collect();
        Way {
            store: covered(&calls, sent),
            calls: calls.len(),
            hints: named("runner.claim").count(),
        }
    }

    fn of(&self, run: Uuid) -> Vec<Span> {
        let received = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_run = received
            .iter()
            .filter(|span| span.trace_id == run.as_bytes());
        of_run.cloned().collect()
    }
}

/// How much time these cover after `from`, in milliseconds: what two of them share counts once.
fn covered(calls: &[(u64, u64)], from: u64) -> f64 {
    let mut sorted = calls.to_vec();
    sorted.sort_unstable();
    let (mut end, mut sum) = (from, 0.0);
    for (start, until) in sorted {
        let start = start.max(end);
        if until > start {
            sum += clock::ms(start, until);
            end = until;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_that_two_calls_share_counts_once() {
        let ms = |from: u64, to: u64| (from * 1_000_000, to * 1_000_000);
        let calls = [ms(5, 9), ms(1, 3), ms(2, 6), ms(2, 3), ms(20, 21)];
        assert!((covered(&calls, 0) - 9.0).abs() < 1e-9);
        assert!((covered(&calls, 2_000_000) - 8.0).abs() < 1e-9);
        assert!(covered(&[], 0).abs() < 1e-9);
    }
}
