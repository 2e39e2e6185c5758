//! What is remembered of a span while it is open: its fields, and its place in the trace of its run.
//!
//! The trace of a run has the run's own id, and its first span an id that follows from it. So everything that is done for a run, in
//! whichever process, is one trace without anything being handed on: also where the message that announced the run was lost, and a
//! sweep found it.

use std::time::SystemTime;

use tracing::Subscriber;
use tracing::span::{Attributes, Id, Record};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;
use uuid::Uuid;

use super::fields::Fields;

/// Name of the span that begins a run's trace: it was stored, because somebody asked for it or its time had come.
pub(super) const BEGIN: &str = "run.submit";

/// Keeps an [`Open`] with each span.
#[derive(Debug)]
pub(super) struct Spans;

/// An open span.
#[derive(Debug, Clone)]
pub(super) struct Open {
    /// Its own fields.
    pub(super) fields: Fields,
    /// When it was opened.
    #[cfg_attr(
        not(feature = "gcp"),
        expect(
            dead_code,
            reason = "only traces have a beginning, and only these roles send them"
        )
    )]
    pub(super) began: SystemTime,
    /// Where it belongs, once it or a span around it has named its run.
    pub(super) place: Option<Place>,
}

/// A span's place in a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The run, whose id is the trace's.
    pub(super) run: Uuid,
    /// The span's id.
    pub(super) id: u64,
    /// The span around it; `None` for the first of the trace.
    pub(super) parent: Option<u64>,
}

impl Place {
    /// The place of a span of this run, inside a span with the place `around`.
    fn of(run: Uuid, name: &str, around: Option<Self>) -> Self {
        let first = first_of(run);
        if name == BEGIN {
            return Self {
                run,
                id: first,
                parent: None,
            };
        }
        let around = around.filter(|around| around.run == run);
        Self {
            run,
            id: getrandom::u64().unwrap_or_default().max(1),
            parent: Some(around.map_or(first, |around| around.id)),
        }
    }
}

/// Id of the first span of a run's trace: the half of the run's id that is not its time, and never zero, which is no id.
fn first_of(run: Uuid) -> u64 {
    run.as_u64_pair().1.max(1)
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let around = span.parent().and_then(|parent| place(&parent));
        let run = run_of(&fields).or(around.map(|around| around.run));
        span.extensions_mut().insert(Open {
            place: run.map(|run| Place::of(run, span.name(), around)),
            fields,
            began: now(),
        });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let around = span.parent().and_then(|parent| place(&parent));
        let mut extensions = span.extensions_mut();
        if let Some(open) = extensions.get_mut::<Open>() {
            values.record(&mut open.fields);
            if open.place.is_none() {
                let run = run_of(&open.fields);
                open.place = run.map(|run| Place::of(run, span.name(), around));
            }
        }
    }
}

fn place<'a, S: LookupSpan<'a>>(
    span: &tracing_subscriber::registry::SpanRef<'a, S>,
) -> Option<Place> {
    span.extensions().get::<Open>().and_then(|open| open.place)
}

fn run_of(fields: &Fields) -> Option<Uuid> {
    fields.text("run.id")?.parse().ok()
}

/// The time of logs and traces, which nothing depends on.
#[expect(
    clippy::disallowed_methods,
    reason = "what is logged has the time of the wall"
)]
pub(super) fn now() -> SystemTime {
    SystemTime::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> Uuid {
        "01932f00-0000-7000-8000-00000000000a".parse().unwrap()
    }

    #[test]
    fn the_first_span_is_the_same_for_everybody() {
        let begin = Place::of(run(), BEGIN, None);
        assert_eq!((begin.id, begin.parent), (first_of(run()), None));
        let elsewhere = Place::of(run(), "runner.session", None);
        assert_eq!(elsewhere.parent, Some(begin.id));
        assert_ne!(elsewhere.id, begin.id);
    }

    #[test]
    fn a_span_lies_in_the_one_around_it_if_that_is_of_the_same_run() {
        let session = Place::of(run(), "runner.session", None);
        let inside = Place::of(run(), "runner.workspace", Some(session));
        assert_eq!(inside.parent, Some(session.id));
        let another = Place::of(Uuid::from_u128(7), "gateway.model", Some(session));
        assert_eq!(another.parent, Some(7));
    }

    #[test]
    fn no_id_is_zero() {
        assert_eq!(first_of(Uuid::from_u128(1 << 100)), 1);
    }
}
