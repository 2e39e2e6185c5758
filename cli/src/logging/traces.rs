//! Spans of runs, sent in the OpenTelemetry protocol (OTLP over HTTP). See [`super::spans`] for how they become one trace.

use std::fmt::Debug;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use bytes::Bytes;
use google_cloud_auth::credentials::{AccessTokenCredentials, Builder};
use opentelemetry::trace::{
    SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    BatchSpanProcessor, SpanData, SpanEvents, SpanLinks, SpanProcessor,
};
use serde_json::Value;
use tokio::runtime::Handle;
use tracing::Subscriber;
use tracing::span::Id;
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;
use url::Url;

use super::spans::{Open, Place, now};

/// Host of Google's own receiver, which wants a token of the service account.
const GOOGLE: &str = "telemetry.googleapis.com";
const SCOPE: &str = "https://www.googleapis.com/auth/trace.append";
/// How long one request may take, and the last one at the end of the process.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where spans go; empty until [`export`], and for good in a process that sends none.
static RECEIVER: OnceLock<Arc<BatchSpanProcessor>> = OnceLock::new();

/// Begins to send the spans of runs to `endpoint`, the address of a receiver of OTLP over HTTP. What a receiver does not take in time
/// is dropped: work never waits for it.
pub(crate) fn export(endpoint: &Url, project: &str, role: &'static str) -> anyhow::Result<Sending> {
    let processor = Arc::new(processor(endpoint, project, role)?);
    let _ = RECEIVER.set(processor.clone());
    Ok(Sending(Some(processor)))
}

/// Spans are being sent, or go nowhere.
#[derive(Debug, Default)]
pub(crate) struct Sending(Option<Arc<BatchSpanProcessor>>);

impl Sending {
    /// Sends what is left.
    pub(crate) async fn end(self) {
        let Some(processor) = self.0 else { return };
        let ended = tokio::task::spawn_blocking(move || processor.shutdown_with_timeout(PATIENCE));
        if let Ok(Err(error)) = ended.await {
            tracing::debug!(%error, "the last spans were not sent");
        }
    }
}

fn processor(
    endpoint: &Url,
    project: &str,
    role: &'static str,
) -> anyhow::Result<BatchSpanProcessor> {
    let google = (endpoint.host_str() == Some(GOOGLE))
        .then(|| {
            Builder::default()
                .with_scopes([SCOPE])
                .build_access_token_credentials()
        })
        .transpose()
        .context("no service account that may send traces")?;
    let client = Client {
        http: reqwest::Client::builder().timeout(PATIENCE).build()?,
        runtime: Handle::current(),
        google,
        project: project.to_owned(),
    };
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(client)
        .with_endpoint(endpoint.as_str())
        .build()
        .context("the receiver of traces")?;
    let mut processor = BatchSpanProcessor::builder(exporter).build();
    let resource = Resource::builder_empty()
        .with_service_name(format!("berth-{role}"))
        .with_attributes([
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("gcp.project_id", project.to_owned()),
        ])
        .build();
    processor.set_resource(&resource);
    Ok(processor)
}

/// Hands each closed span of a run on.
#[derive(Debug)]
pub(super) struct Traces;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Traces {
    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let (Some(receiver), Some(span)) = (RECEIVER.get(), context.span(&id)) else {
            return;
        };
        let extensions = span.extensions();
        let open = extensions.get::<Open>();
        if let Some((open, place)) = open.and_then(|open| Some((open, open.place?))) {
            receiver.on_end(data(span.name(), open, place));
        }
    }
}

fn data(name: &'static str, open: &Open, place: Place) -> SpanData {
    let trace = TraceId::from_bytes(*place.run.as_bytes());
    let id = SpanId::from_bytes(place.id.to_be_bytes());
    let flags = TraceFlags::SAMPLED;
    SpanData {
        span_context: SpanContext::new(trace, id, flags, false, TraceState::NONE),
        parent_span_id: place.parent.map_or(SpanId::INVALID, |parent| {
            SpanId::from_bytes(parent.to_be_bytes())
        }),
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: name.into(),
        start_time: open.began,
        end_time: now(),
        attributes: open.fields.0.iter().map(attribute).collect(),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::builder("berth").build(),
    }
}

fn attribute((name, value): (&String, &Value)) -> KeyValue {
    let name = name.clone();
    match value {
        Value::Bool(value) => KeyValue::new(name, *value),
        Value::String(value) => KeyValue::new(name, value.clone()),
        other => match other.as_i64() {
            Some(number) => KeyValue::new(name, number),
            None => KeyValue::new(name, other.to_string()),
        },
    }
}

/// Sends requests on the process's own runtime: spans are gathered on a thread that has none.
#[derive(Debug, Clone)]
struct Client {
    http: reqwest::Client,
    runtime: Handle,
    google: Option<AccessTokenCredentials>,
    project: String,
}

impl Client {
    async fn send(self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let mut request = reqwest::Request::try_from(request)?;
        if let Some(google) = &self.google {
            let token = google.access_token().await?.token;
            let headers = request.headers_mut();
            headers.insert("authorization", format!("Bearer {token}").parse()?);
            headers.insert("x-goog-user-project", self.project.parse()?);
        }
        let answer = self.http.execute(request).await?;
        let status = answer.status();
        Ok(Response::builder()
            .status(status)
            .body(answer.bytes().await?)?)
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        self.runtime.spawn(self.clone().send(request)).await?
    }
}
