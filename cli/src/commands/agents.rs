//! `berth agents`: list, show, save from a file, export, delete.

mod apply;
mod list;
mod show;

use std::path::Path;
use std::process::ExitCode;

use reqwest::Method;
use serde_json::Value;

use crate::client::{self, Agent, Client, Failure, confirm, note, print, printable};
use crate::config::client::{AgentArgument, AgentsCommand};

pub(crate) async fn run(command: AgentsCommand) -> Result<ExitCode, Failure> {
    match command {
        AgentsCommand::List { page, connection } => list::list(page, &connection).await,
        AgentsCommand::Show(agent) => show::show(&agent).await,
        AgentsCommand::Apply(options) => apply::apply(options).await,
        AgentsCommand::Export { agent, output } => export(&agent, output.as_deref()).await,
        AgentsCommand::Delete { agent, yes } => delete(&agent, yes).await,
    }
}

/// The agent's path in the API.
async fn path_of(client: &Client, argument: &AgentArgument) -> Result<String, Failure> {
    let id = client::agent(client, &argument.agent).await?;
    Ok(format!("/api/agents/{id}"))
}

/// `berth agents export`: with line ends, for a file is made to be read and edited too.
async fn export(argument: &AgentArgument, output: Option<&Path>) -> Result<ExitCode, Failure> {
    let client = Client::new(&argument.connection)?;
    let path = path_of(&client, argument).await?;
    let answer = client.get(&format!("{path}/export"), &[]).await?;
    let text = if client.json {
        answer.text
    } else {
        format!("{:#}\n", answer.read::<Value>()?)
    };
    match output {
        None => print(&text)?,
        Some(file) => {
            std::fs::write(file, text).map_err(|error| {
                Failure::Input(format!("{} cannot be written: {error}", file.display()))
            })?;
            note(&format!("Written to {}.", file.display()));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// `berth agents delete`
async fn delete(argument: &AgentArgument, yes: bool) -> Result<ExitCode, Failure> {
    let client = Client::new(&argument.connection)?;
    let path = path_of(&client, argument).await?;
    let agent: Agent = client.get(&path, &[]).await?.read()?;
    let name = printable(&agent.name);
    let question =
        format!("Delete “{name}” with its schedule and secrets? Its runs and files stay.");
    if !yes && !confirm(&question)? {
        note("Nothing was deleted.");
        return Ok(ExitCode::FAILURE);
    }
    client.send(Method::DELETE, &path, None).await?;
    if !client.json {
        print(&format!("Deleted “{name}”."))?;
    }
    Ok(ExitCode::SUCCESS)
}
