//! `berth runs list`

use std::process::ExitCode;

use crate::client::{
    self, Align, Client, Failure, Items, Run, Table, duration, local, money, note, print, state,
};
use crate::config::client::{RunKind, RunsListOptions};

pub(super) async fn list(options: RunsListOptions) -> Result<ExitCode, Failure> {
    let client = Client::new(&options.connection)?;
    let query = query(&client, options).await?;
    let answer = client.get("/api/runs", &query).await?;
    if client.json {
        print(&answer.text)?;
        return Ok(ExitCode::SUCCESS);
    }
    let page: Items<Run> = answer.read()?;
    if page.items.is_empty() {
        note("No runs.");
        return Ok(ExitCode::SUCCESS);
    }
    print(&table(&page.items, &client).to_string())?;
    if let Some(next) = page.next {
        note(&format!("There are more: add --cursor {next}"));
    }
    Ok(ExitCode::SUCCESS)
}

async fn query(
    client: &Client,
    options: RunsListOptions,
) -> Result<Vec<(&'static str, String)>, Failure> {
    let mut query = vec![("limit", options.page.limit.to_string())];
    query.extend(options.page.cursor.map(|cursor| ("cursor", cursor)));
    if let Some(agent) = &options.agent {
        query.push(("agent_id", client::agent(client, agent).await?));
    }
    let kind = options.kind.map(|kind| match kind {
        RunKind::Agent => "agent",
        RunKind::Chat => "chat",
    });
    query.extend(kind.map(|kind| ("kind", kind.to_owned())));
    for (name, words) in [("state", options.state), ("trigger", options.trigger)] {
        if !words.is_empty() {
            query.push((name, words.join(",")));
        }
    }
    if options.unproved {
        query.push(("proved", "false".to_owned()));
    }
    query.extend(options.from.map(|from| ("from", from.to_string())));
    query.extend(options.to.map(|to| ("to", to.to_string())));
    Ok(query)
}

fn table(runs: &[Run], client: &Client) -> Table {
    let mut table = Table::new(&[
        ("ACCEPTED", Align::Left),
        ("AGENT", Align::Left),
        ("STATE", Align::Left),
        ("BY", Align::Left),
        ("TOOK", Align::Right),
        ("COST", Align::Right),
        ("ID", Align::Left),
    ]);
    for run in runs {
        table.row(&[
            local(run.queued_at, &client.zone),
            run.agent_name
                .clone()
                .unwrap_or_else(|| "(chat)".to_owned()),
            state(&run.state, run.reason.as_deref(), run.proved),
            run.trigger.clone(),
            run.duration_ms.map(duration).unwrap_or_default(),
            money(run.usage.cost_usd),
            run.id.to_string(),
        ]);
    }
    table
}
