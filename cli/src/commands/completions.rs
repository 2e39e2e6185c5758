//! `berth completions`: what a shell needs to complete commands and flags.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::CommandFactory as _;
use std::io::Write as _;

use crate::config::Cli;
use crate::config::client::CompletionsOptions;

pub(crate) fn run(options: &CompletionsOptions) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Cli::command(), "berth", &mut script);
    std::io::stdout()
        .write_all(&script)
        .context("the script cannot be written")?;
    Ok(ExitCode::SUCCESS)
}
