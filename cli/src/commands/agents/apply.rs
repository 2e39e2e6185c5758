//! `berth agents apply`: makes an agent what a file says, and shows what changed.

use std::process::ExitCode;

use reqwest::Method;
use serde_json::{Map, Value};

use super::list::next_run;
use crate::client::{
    self, Agent, Changes, Client, Failure, ScheduleChange, Wanted, WantedSchedule, print, printable,
};
use crate::config::client::ApplyOptions;

pub(super) async fn apply(options: ApplyOptions) -> Result<ExitCode, Failure> {
    let client = Client::new(&options.connection)?;
    let wanted = Wanted::read(&options.file)?;
    let id = match &options.agent {
        Some(text) => Some(client::agent(&client, text).await?),
        None => client::agent_named(&client, &wanted.name)
            .await?
            .map(|agent| agent.id),
    };
    match id {
        Some(id) => update(&client, &id, &wanted, options.dry_run).await,
        None => create(&client, wanted, options.dry_run).await,
    }?;
    Ok(ExitCode::SUCCESS)
}

async fn create(client: &Client, wanted: Wanted, dry_run: bool) -> Result<(), Failure> {
    let name = printable(&wanted.name);
    let mut body: Map<String, Value> = wanted.fields;
    if let WantedSchedule::Fields(schedule) = wanted.schedule {
        body.insert("schedule".to_owned(), schedule.into());
    }
    body.extend(wanted.status.map(|status| ("status".to_owned(), status)));
    if dry_run {
        return print(&format!("“{name}” would be created."));
    }
    let body = Value::Object(body);
    let answer = client
        .send(Method::POST, "/api/agents", Some(&body))
        .await?;
    if client.json {
        return print(&answer.text);
    }
    let agent: Agent = answer.read()?;
    print(&format!(
        "Created “{name}” ({}).\n{}",
        agent.id,
        next_line(&agent, client)
    ))
}

async fn update(client: &Client, id: &str, wanted: &Wanted, dry_run: bool) -> Result<(), Failure> {
    let path = format!("/api/agents/{id}");
    let before = client.get(&path, &[]).await?;
    let current: Value = before.read()?;
    let changes = Changes::between(&current, wanted);
    let name = printable(&wanted.name);
    if changes.is_empty() || dry_run {
        return print(&if client.json {
            before.text
        } else if changes.is_empty() {
            format!("“{name}” is as the file says already.")
        } else {
            report(&format!("“{name}” would change:"), &changes)
        });
    }
    carry_out(client, &path, &current, &changes).await?;
    let after = client.get(&path, &[]).await?;
    if client.json {
        return print(&after.text);
    }
    let agent: Agent = after.read()?;
    print(&format!(
        "{}\n{}",
        report(
            &format!("Changed “{name}” (version {}):", agent.version),
            &changes
        ),
        next_line(&agent, client)
    ))
}

/// A schedule that would be refused is found before anything is saved, so that a file is applied whole or not at all.
async fn carry_out(
    client: &Client,
    agent: &str,
    current: &Value,
    changes: &Changes,
) -> Result<(), Failure> {
    if let ScheduleChange::Put(wanted) = &changes.schedule {
        let preview = "/api/schedules/preview";
        client.send(Method::POST, preview, Some(wanted)).await?;
    }
    if !changes.fields.is_empty() {
        let mut body = changes.fields.clone();
        // Somebody else's change in between is theirs to keep: the server refuses, and the next apply sees it.
        body.insert("expected_version".to_owned(), current["version"].clone());
        let body = Value::Object(body);
        client.send(Method::PATCH, agent, Some(&body)).await?;
    }
    let schedule = format!("{agent}/schedule");
    match &changes.schedule {
        ScheduleChange::Keep => Ok(()),
        ScheduleChange::Put(wanted) => {
            let put = client.send(Method::PUT, &schedule, Some(wanted));
            put.await.map(drop)
        }
        ScheduleChange::Remove => {
            let removed = client.send(Method::DELETE, &schedule, None);
            removed.await.map(drop)
        }
    }
}

fn report(head: &str, changes: &Changes) -> String {
    let lines = changes.lines.iter().map(|line| format!("\n  {line}"));
    head.to_owned() + &lines.collect::<String>()
}

fn next_line(agent: &Agent, client: &Client) -> String {
    format!("Next run: {}", next_run(agent, client))
}
