//! Logs go to standard error; standard output is for what a command answers. Spans of runs go where [`traces`] says.

mod cloud;
mod fields;
mod spans;
#[cfg(feature = "gcp")]
pub(crate) mod traces;

use std::io::stderr;

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::config::LogFormat;

type Boxed = Box<dyn Layer<Registry> + Send + Sync>;

/// Starts logging. A filter that cannot be read becomes `info`. `project` is that of Google Cloud, to whose traces lines belong.
pub(crate) fn start(format: LogFormat, filter: &str, project: Option<&str>) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let text = || tracing_subscriber::fmt::layer().with_writer(stderr);
    let mut layers: Vec<Boxed> = Vec::new();
    if format == LogFormat::Cloud || cfg!(feature = "gcp") {
        layers.push(Box::new(spans::Spans));
    }
    layers.push(match format {
        LogFormat::Text => Box::new(text()),
        LogFormat::Json => Box::new(text().json().flatten_event(true)),
        LogFormat::Cloud => Box::new(cloud::CloudLogging::new(project, stderr)),
    });
    #[cfg(feature = "gcp")]
    layers.push(Box::new(traces::Traces));
    // The filter is the outermost: what it leaves out no layer sees.
    tracing_subscriber::registry()
        .with(layers)
        .with(filter)
        .init();
}
