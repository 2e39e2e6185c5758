//! Spans that several processes send of one run.

use std::sync::{Arc, Mutex};

use anyhow::Context as _;
use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use tokio::net::TcpListener;
use uuid::Uuid;

use super::Cloud;
use super::machine::{Machine, Person};

/// What has come, with the service that sent it.
pub(super) type Received = Arc<Mutex<Vec<(String, Span)>>>;

/// A receiver of OpenTelemetry's protocol; answers its address.
pub(super) async fn receiver(received: Received) -> anyhow::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/v1/traces", listener.local_addr()?);
    let take = move |body: Bytes| async move {
        let request = ExportTraceServiceRequest::decode(body).expect("a request");
        let mut received = received.lock().expect("a lock");
        for of_resource in request.resource_spans {
            let service = format!("{:?}", of_resource.resource);
            let spans = of_resource.scope_spans.into_iter();
            received.extend(
                spans
                    .flat_map(|of_scope| of_scope.spans)
                    .map(|span| (service.clone(), span)),
            );
        }
    };
    let router = Router::new().route("/v1/traces", post(take));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(url)
}

/// From the request at an api to the end of Claude Code on a runner, with a message of Pub/Sub in between that carries no trace.
#[tokio::test]
async fn a_run_is_one_trace_through_all_processes() -> anyhow::Result<()> {
    let cloud = Cloud::start().await?;
    let machine = Machine::new(&cloud, "machine-1").await?;
    let received = Received::default();
    let url = receiver(received.clone()).await?;
    let told = [("BERTH_TRACES", url.as_str())];
    let (api, runner) =
        tokio::try_join!(cloud.role("api", &told), machine.runner_told(&cloud, &told))?;
    let person = Person::sign_in(&cloud, &api).await?;
    let mut socket = person.socket(&api).await?;
    socket.say(None, "Hello").await?;
    let accepted = socket.accepted().await?;
    socket.finished(&accepted["run_id"]).await?;
    drop(socket);
    // What is left is sent at the end.
    assert!(runner.terminate().await?.success());
    assert!(api.terminate().await?.success());

    let run: Uuid = accepted["run_id"].as_str().context("an id")?.parse()?;
    let received = received.lock().expect("a lock");
    let span = |name: &str, service: &str| {
        let mut named = received.iter().filter(|(_, span)| span.name == name);
        let (from, span) = named.next().unwrap_or_else(|| panic!("no {name}"));
        assert!(named.next().is_none(), "{name} came twice");
        assert!(from.contains(service), "{name} is of {from}");
        assert_eq!(span.trace_id, run.as_bytes(), "{name}");
        assert!(
            span.start_time_unix_nano <= span.end_time_unix_nano,
            "{name}"
        );
        span
    };
    let submit = span("run.submit", "berth-api");
    assert_eq!(submit.parent_span_id, Vec::<u8>::new());
    let session = span("runner.session", "berth-runner");
    assert_eq!(session.parent_span_id, submit.span_id);
    let begin = span("runner.begin", "berth-runner");
    assert_eq!(begin.parent_span_id, session.span_id);
    assert!(
        received
            .iter()
            .all(|(_, span)| span.trace_id == run.as_bytes())
    );
    Ok(())
}
