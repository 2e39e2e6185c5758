//! A stand-in for the real CLI where a test wants neither a model nor a container: it starts in a few milliseconds, needs
//! a few megabytes, and misbehaves on demand (see `directives`).
//!
//! It speaks the persistent stream-json mode of the pinned version. Field names and order of lines were taken from runs of
//! the real one. Unlike it, it refuses a session that another process has, so that a broken invariant shows.

mod args;
mod directives;
mod host;
mod input;
mod lines;
mod message;
mod output;
mod process;
mod session;
mod totals;
mod turn;

use crate::args::Args;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    host::tell_start();
    let code = match Args::read(std::env::args().skip(1)) {
        Ok(args) => process::run(args).await,
        Err(error) => Err(error),
    };
    let code = code.unwrap_or_else(|error| {
        complain(&error);
        1
    });
    // Not a return: the thread that reads stdin cannot be woken.
    std::process::exit(code)
}

#[expect(
    clippy::print_stderr,
    reason = "stderr is where the real CLI says why it ends"
)]
fn complain(error: &anyhow::Error) {
    eprintln!("{error:#}");
}
