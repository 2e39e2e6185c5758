//! `berth`: all roles and client commands in one binary. This crate chooses adapters, reads flags and the environment, and
//! owns the process; everything else is a library.

#![expect(clippy::print_stdout, reason = "a command line program prints")]

mod client;
mod commands;
mod config;
mod lifecycle;
mod logging;
mod wiring;

use std::process::ExitCode;

use clap::Parser as _;

use config::{Cli, Command};

fn main() -> ExitCode {
    let cli = Cli::parse();
    logging::start(cli.log_format, &cli.log, cli.log_project.as_deref());
    // Installed before anything opens a connection; the second call of a process could only fail by being a second call.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let outcome = match cli.command {
        #[cfg(feature = "embedded")]
        Command::Up(options) => commands::up::run(*options),
        #[cfg(feature = "embedded")]
        Command::Token(command) => commands::token::run(command),
        #[cfg(feature = "embedded")]
        Command::Doctor(options) => commands::doctor::run(*options),
        #[cfg(feature = "gcp")]
        Command::Api(options) => commands::api::run(*options),
        #[cfg(feature = "gcp")]
        Command::Runner(options) => commands::runner::run(*options),
        #[cfg(feature = "gcp")]
        Command::Gateway(options) => commands::gateway::run(*options),
        #[cfg(feature = "gcp")]
        Command::SchedulerHook(options) => commands::hook::run(*options),
        Command::Openapi => commands::openapi::run(),
        Command::Completions(options) => commands::completions::run(&options),
        Command::Agents(command) => return client::block_on(commands::agents::run(command)),
        Command::Run(options) => return client::block_on(commands::run::run(options)),
        Command::Runs(command) => return client::block_on(commands::runs::run(command)),
        Command::Schedule(command) => return client::block_on(commands::schedule::run(command)),
        Command::Usage(options) => return client::block_on(commands::usage::run(options)),
    };
    match outcome {
        Ok(code) => code,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
