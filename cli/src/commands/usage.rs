//! `berth usage`: tokens and cost.

use std::process::ExitCode;

use crate::client::{
    Align, Client, Failure, Table, Usage, UsageSummary, local_with_zone, money, print,
};
use crate::config::client::{Grouping, UsageOptions};

pub(crate) async fn run(options: UsageOptions) -> Result<ExitCode, Failure> {
    let client = Client::new(&options.connection)?;
    let mut query = vec![("by", options.by.as_str().to_owned())];
    query.extend(options.from.map(|from| ("from", from)));
    query.extend(options.to.map(|to| ("to", to)));
    // Days begin where the person is.
    let zone = client.zone.iana_name().map(str::to_owned);
    query.extend(zone.map(|zone| ("time_zone", zone)));
    let answer = client.get("/api/usage", &query).await?;
    if client.json {
        print(&answer.text)?;
    } else {
        print(&table(&answer.read()?, options.by, &client))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn table(summary: &UsageSummary, by: Grouping, client: &Client) -> String {
    let period = format!(
        "{} to {}",
        local_with_zone(summary.from, &client.zone),
        local_with_zone(summary.to, &client.zone)
    );
    if summary.items.is_empty() {
        return format!("No model was asked from {period}.");
    }
    let head = match by {
        Grouping::Day => "DAY",
        Grouping::Agent => "AGENT",
        Grouping::Model => "MODEL",
    };
    let mut table = Table::new(&[
        (head, Align::Left),
        ("CALLS", Align::Right),
        ("IN", Align::Right),
        ("OUT", Align::Right),
        ("CACHE READ", Align::Right),
        ("CACHE WRITTEN", Align::Right),
        ("COST", Align::Right),
    ]);
    for row in &summary.items {
        let name = match by {
            Grouping::Day => row.day.map(|day| day.to_string()),
            Grouping::Model => row.model.clone(),
            Grouping::Agent => {
                let id = row.agent_id.map(|id| id.to_string());
                row.agent_name.clone().or(id).or(Some("(chats)".to_owned()))
            }
        };
        table.row(&cells(name.unwrap_or_default(), &row.usage));
    }
    table.row(&cells("Total".to_owned(), &summary.total));
    format!("{period}\n\n{table}")
}

fn cells(name: String, usage: &Usage) -> [String; 7] {
    [
        name,
        usage.calls.to_string(),
        usage.input_tokens.to_string(),
        usage.output_tokens.to_string(),
        usage.cache_read_tokens.to_string(),
        usage.cache_write_tokens.to_string(),
        money(usage.cost_usd),
    ]
}
