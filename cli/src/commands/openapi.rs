//! `berth openapi`: the document that clients are generated from.

use std::process::ExitCode;

use anyhow::Context as _;

pub(crate) fn run() -> anyhow::Result<ExitCode> {
    let document = berth_api::openapi();
    let text = document
        .to_pretty_json()
        .context("the OpenAPI document cannot be written as JSON")?;
    println!("{text}");
    Ok(ExitCode::SUCCESS)
}
