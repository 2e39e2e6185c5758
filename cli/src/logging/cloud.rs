//! Lines as Cloud Logging takes them apart: <https://cloud.google.com/logging/docs/structured-logging>, special fields.

use std::io::Write as _;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::fields::Fields;
use super::spans::{Open, now};

/// One JSON object a line, with what is known of the spans around: the innermost says last.
#[derive(Debug)]
pub(super) struct CloudLogging<W> {
    /// `projects/PROJECT/traces`; without it a line names no trace.
    traces: Option<String>,
    writer: W,
}

impl<W> CloudLogging<W> {
    pub(super) fn new(project: Option<&str>, writer: W) -> Self {
        let traces = project.map(|project| format!("projects/{project}/traces"));
        Self { traces, writer }
    }
}

impl<S, W> Layer<S> for CloudLogging<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'w> MakeWriter<'w> + 'static,
{
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut line = Map::new();
        let mut span = None;
        for around in context
            .event_scope(event)
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .iter()
            .rev()
        {
            let extensions = around.extensions();
            if let Some(open) = extensions.get::<Open>() {
                line.extend(open.fields.0.clone());
                span = open.place.or(span);
            }
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        line.extend(fields.0);
        let metadata = event.metadata();
        line.entry("message")
            .or_insert_with(|| metadata.name().into());
        line.insert("severity".into(), severity(*metadata.level()).into());
        line.insert("target".into(), metadata.target().into());
        if let Ok(time) = Timestamp::try_from(now()) {
            line.insert("time".into(), time.to_string().into());
        }
        if let (Some(traces), Some(place)) = (&self.traces, span) {
            let trace = format!("{traces}/{}", place.run.simple());
            line.insert("logging.googleapis.com/trace".into(), trace.into());
            let id = format!("{:016x}", place.id);
            line.insert("logging.googleapis.com/spanId".into(), id.into());
            line.insert("logging.googleapis.com/trace_sampled".into(), true.into());
        }
        if let (Some(file), Some(number)) = (metadata.file(), metadata.line()) {
            // As text: the field is a 64-bit integer of Google's, which JSON writes in quotes.
            let place = json!({ "file": file, "line": number.to_string() });
            line.insert("logging.googleapis.com/sourceLocation".into(), place);
        }
        let mut text = Value::Object(line).to_string();
        text.push('\n');
        // Nobody can be told that nothing can be told.
        let _ = self
            .writer
            .make_writer_for(metadata)
            .write_all(text.as_bytes());
    }
}

/// The word for a level in Cloud Logging's `LogSeverity`.
const fn severity(level: Level) -> &'static str {
    match level {
        Level::ERROR => "ERROR",
        Level::WARN => "WARNING",
        Level::INFO => "INFO",
        _ => "DEBUG",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing::{info_span, subscriber, warn};
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::super::spans::Spans;
    use super::*;

    /// What was written, a line each.
    #[derive(Debug, Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn lines(project: Option<&str>, work: impl FnOnce()) -> Vec<Value> {
        let written = Written::default();
        let writer = written.clone();
        let layer = CloudLogging::new(project, move || writer.clone());
        let subscriber = tracing_subscriber::registry().with(Spans).with(layer);
        subscriber::with_default(subscriber, work);
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn a_line_has_severity_time_and_the_fields_of_its_spans() {
        let lines = lines(None, || {
            let outer = info_span!("outer", user.id = "u", attempt = 1).entered();
            let inner = info_span!(parent: &outer, "inner", attempt = 2).entered();
            warn!(kind = "Full", "the store\nis full");
            drop(inner);
            warn!("again");
        });
        let [first, again] = &lines[..] else {
            panic!("{lines:?}")
        };
        assert_eq!(first["severity"], "WARNING");
        assert_eq!(first["message"], "the store\nis full");
        assert_eq!(
            (&first["user.id"], &first["attempt"], &first["kind"]),
            (&json!("u"), &json!(2), &json!("Full"))
        );
        first["time"]
            .as_str()
            .unwrap()
            .parse::<Timestamp>()
            .unwrap();
        assert!(first["logging.googleapis.com/sourceLocation"]["line"].is_string());
        assert_eq!(first.get("logging.googleapis.com/trace"), None);
        assert_eq!(again["attempt"], 1);
    }

    #[test]
    fn a_line_of_a_run_names_its_trace() {
        let lines = lines(Some("acme"), || {
            let _session = info_span!(
                "runner.session",
                run.id = "01932f00-0000-7000-8000-00000000000a"
            )
            .entered();
            let _inside = info_span!("runner.workspace").entered();
            warn!("slow");
        });
        let expected = "projects/acme/traces/01932f00000070008000".to_owned() + "00000000000a";
        assert_eq!(lines[0]["logging.googleapis.com/trace"], expected);
        assert_eq!(
            lines[0]["logging.googleapis.com/spanId"]
                .as_str()
                .unwrap()
                .len(),
            16
        );
    }
}
