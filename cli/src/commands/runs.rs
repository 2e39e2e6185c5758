//! `berth runs`: what agents and chats have done.

mod list;
mod logs;
mod show;

use std::process::ExitCode;

use reqwest::Method;

use crate::client::{Client, Failure, Run, print, state};
use crate::config::client::{RunArgument, RunsCommand};

pub(crate) async fn run(command: RunsCommand) -> Result<ExitCode, Failure> {
    match command {
        RunsCommand::List(options) => list::list(*options).await,
        RunsCommand::Show(run) => show::show(&run).await,
        RunsCommand::Logs { run, follow } => logs::logs(&run, follow).await,
        RunsCommand::Cancel(run) => cancel(&run).await,
    }
}

/// `berth runs cancel`
async fn cancel(argument: &RunArgument) -> Result<ExitCode, Failure> {
    let client = Client::new(&argument.connection)?;
    let path = format!("/api/runs/{}/cancel", argument.run);
    let answer = client.send(Method::POST, &path, None).await?;
    if client.json {
        print(&answer.text)?;
        return Ok(ExitCode::SUCCESS);
    }
    let run: Run = answer.read()?;
    print(&if run.is_over() {
        let state = state(&run.state, run.reason.as_deref(), run.proved);
        format!("Run {} is over: {state}.", run.id)
    } else {
        format!(
            "Run {} is being stopped; that takes a few seconds at most.",
            run.id
        )
    })?;
    Ok(ExitCode::SUCCESS)
}
