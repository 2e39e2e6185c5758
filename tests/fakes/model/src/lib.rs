//! The demo model: the Messages API, spoken by a script instead of a model.
//!
//! `berth up --demo` serves it so that the whole product can be tried with no key: the real CLI runs, real Python
//! runs, only the words come from here. The tests use the same server, because it can also be slow, wrong or gone on
//! demand. What it answers follows from the request alone (see `scripts`), so a conversation survives a restart of
//! the server and a `--resume` of the CLI.
//!
//! Deliberately absent: authentication beyond an optional fixed key, rate limits of its own, thinking blocks, images.

mod control;
mod conversation;
mod directives;
mod error;
mod faults;
mod options;
mod record;
mod reply;
mod routes;
mod scripts;
mod state;
mod stream;
mod usage;

use std::future::Future;

use tokio::net::TcpListener;

pub use faults::{Fault, UnknownFault};
pub use options::Options;
pub use record::Received;
pub use state::Model;

/// The sample that the sales script analyses, so that the dashboard can offer it as a file too. 208 rows of six months.
pub const SAMPLE_SALES_CSV: &str = include_str!("../assets/sales.csv");

/// Serves a demo model until `shutdown` resolves. Answers in progress are cut short then.
///
/// # Errors
/// When the listener fails for good.
pub async fn serve(
    listener: TcpListener,
    options: Options,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    Model::new(options).serve(listener, shutdown).await
}
