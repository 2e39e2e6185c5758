//! Logs go to standard error; standard output is for what a command answers.

use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// Starts logging. A filter that cannot be read becomes `info`.
pub(crate) fn start(format: LogFormat, filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => logs.init(),
        LogFormat::Json => logs.json().flatten_event(true).init(),
    }
}
