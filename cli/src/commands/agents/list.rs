//! `berth agents list`

use std::process::ExitCode;

use crate::client::{
    Agent, Align, Client, Failure, Items, Table, local, money, note, paused, print, state,
};
use crate::config::client::{Connection, Page};

pub(super) async fn list(page: Page, connection: &Connection) -> Result<ExitCode, Failure> {
    let client = Client::new(connection)?;
    let mut query = vec![("limit", page.limit.to_string())];
    query.extend(page.cursor.map(|cursor| ("cursor", cursor)));
    let answer = client.get("/api/agents", &query).await?;
    if client.json {
        print(&answer.text)?;
        return Ok(ExitCode::SUCCESS);
    }
    let page: Items<Agent> = answer.read()?;
    if page.items.is_empty() {
        note(
            "No agents. Make one from a file with `berth agents apply -f FILE`, or in the dashboard.",
        );
        return Ok(ExitCode::SUCCESS);
    }
    print(&table(&page.items, &client).to_string())?;
    if let Some(next) = page.next {
        note(&format!("There are more: add --cursor {next}"));
    }
    Ok(ExitCode::SUCCESS)
}

fn table(agents: &[Agent], client: &Client) -> Table {
    let mut table = Table::new(&[
        ("NAME", Align::Left),
        ("NEXT RUN", Align::Left),
        ("LAST RUN", Align::Left),
        ("", Align::Left),
        ("THIS MONTH", Align::Right),
        ("ID", Align::Left),
    ]);
    for agent in agents {
        let last = agent.last_run.as_ref();
        let ended =
            |last: &crate::client::Run| state(&last.state, last.reason.as_deref(), last.proved);
        table.row(&[
            agent.name.clone(),
            next_run(agent, client),
            last.map(|last| local(last.queued_at, &client.zone))
                .unwrap_or_default(),
            last.map(ended).unwrap_or_default(),
            money(agent.usage.month.cost_usd),
            agent.id.clone(),
        ]);
    }
    table
}

/// When it runs next, or why it does not.
pub(super) fn next_run(agent: &Agent, client: &Client) -> String {
    let schedule = agent.schedule.as_ref();
    match (agent.next_run_at, agent.status.as_str(), schedule) {
        (Some(at), ..) => local(at, &client.zone),
        (None, "inactive", _) => "inactive".to_owned(),
        (None, _, Some(schedule)) => {
            let why = schedule.paused_reason.as_deref();
            why.map_or("never again".to_owned(), paused)
        }
        (None, _, None) => "when started".to_owned(),
    }
}
