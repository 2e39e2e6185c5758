//! `berth agents show`

use std::process::ExitCode;

use super::list::next_run;
use super::path_of;
use crate::client::{
    Agent, Client, Facts, Failure, check, duration, local_with_zone, money, network, paused, print,
    printable, schedule, state,
};
use crate::config::client::AgentArgument;

pub(super) async fn show(argument: &AgentArgument) -> Result<ExitCode, Failure> {
    let client = Client::new(&argument.connection)?;
    let path = path_of(&client, argument).await?;
    let answer = client.get(&path, &[]).await?;
    if client.json {
        print(&answer.text)?;
    } else {
        print(&text(&answer.read()?, &client))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn text(agent: &Agent, client: &Client) -> String {
    let last = agent.last_run.as_ref().map(|run| {
        let word = state(&run.state, run.reason.as_deref(), run.proved);
        format!(
            "{}, {word} ({})",
            local_with_zone(run.queued_at, &client.zone),
            run.id
        )
    });
    let when = agent
        .schedule
        .as_ref()
        .map(|it| match it.paused_reason.as_deref() {
            Some(why) => format!("{} ({})", schedule(it), paused(why)),
            None => schedule(it),
        });
    let usage = &agent.usage;
    let mut facts = Facts::default();
    facts
        .add("Agent", Some(agent.name.clone()))
        .add("Id", Some(agent.id.clone()))
        .add("Status", Some(agent.status.clone()))
        .add("Schedule", when)
        .add("Next run", Some(next_run(agent, client)))
        .add("Last run", last)
        .add("Model", agent.model.clone())
        .add(
            "Time limit",
            Some(duration(agent.time_limit_seconds * 1000)),
        )
        .add(
            "Cost limit",
            agent
                .cost_limit_usd
                .map(|limit| format!("{} a run", money(limit))),
        )
        .add("Network", Some(network(&agent.network)))
        .add(
            "Cost",
            Some(format!(
                "{} this month, {} ever",
                money(usage.month.cost_usd),
                money(usage.total.cost_usd)
            )),
        )
        .add("Folder", Some(agent.folder.clone()))
        .add(
            "Version",
            Some(format!(
                "{}, of {}",
                agent.version,
                local_with_zone(agent.updated_at, &client.zone)
            )),
        );
    let mut text = facts.to_string();
    if !agent.done.is_empty() {
        text.push_str("\nDefinition of done\n");
        text.extend(agent.done.iter().map(|it| format!("  {}\n", check(it))));
    }
    text.push_str("\nWhat it does\n\n");
    text.push_str(printable(&agent.prompt).trim_end());
    text.push('\n');
    text
}
