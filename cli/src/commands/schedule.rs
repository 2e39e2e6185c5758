//! `berth schedule preview`: when a schedule would fire, and what it would cost.

use std::process::ExitCode;

use jiff::tz::TimeZone;
use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::client::{self, Align, Client, Failure, Preview, Table, local, money, print, printable};
use crate::config::client::{PreviewOptions, ScheduleCommand};

pub(crate) async fn run(command: ScheduleCommand) -> Result<ExitCode, Failure> {
    let ScheduleCommand::Preview(options) = command;
    let client = Client::new(&options.connection)?;
    let agent = match &options.agent {
        Some(text) => Some(client::agent(&client, text).await?),
        None => None,
    };
    let mut body = match (given(&options), &agent) {
        (Some(schedule), _) => schedule,
        (None, Some(agent)) => saved(&client, agent).await?,
        (None, None) => {
            return Err(Failure::Input(
                "say when: --frequency with --time, or --cron, or --agent for an agent's own schedule".to_owned(),
            ));
        }
    };
    if !body.contains_key("time_zone") {
        body.insert("time_zone".to_owned(), zone_name(&client.zone)?.into());
    }
    body.insert("count".to_owned(), options.count.into());
    if let Some(from) = options.from {
        body.insert("from".to_owned(), from.to_string().into());
    }
    if let Some(agent) = agent {
        body.insert("agent_id".to_owned(), agent.into());
    }
    let zone = body["time_zone"].as_str().unwrap_or_default().to_owned();
    let body = Value::Object(body);
    let path = "/api/schedules/preview";
    let answer = client.send(Method::POST, path, Some(&body)).await?;
    if client.json {
        print(&answer.text)?;
    } else {
        let text = shown(&answer.read()?, &zone, &client, options.agent.is_some());
        print(&text)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The schedule of the flags; `None` when they name none.
fn given(options: &PreviewOptions) -> Option<Map<String, Value>> {
    let frequency = options
        .frequency
        .clone()
        .or_else(|| options.cron.as_ref().map(|_| "cron".to_owned()))?;
    let fields = json!({
        "frequency": frequency,
        "time": options.time,
        "weekdays": options.weekdays,
        "day_of_month": options.day_of_month,
        "cron": options.cron,
        "time_zone": options.time_zone,
    });
    let mut fields = match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    };
    fields.retain(|_, value| !value.is_null());
    Some(fields)
}

/// The agent's own schedule.
async fn saved(client: &Client, agent: &str) -> Result<Map<String, Value>, Failure> {
    let path = format!("/api/agents/{agent}/schedule");
    client.get(&path, &[]).await?.read()
}

fn zone_name(zone: &TimeZone) -> Result<String, Failure> {
    let name = zone.iana_name().map(str::to_owned);
    name.ok_or_else(|| {
        Failure::Input(
            "this machine's time zone has no name; give one such as --time-zone Asia/Seoul"
                .to_owned(),
        )
    })
}

fn shown(preview: &Preview, zone: &str, client: &Client, for_agent: bool) -> String {
    let zone = printable(zone);
    let here = client.zone.iana_name() == Some(zone.as_str());
    let there = format!("IN {zone}");
    let mut table = Table::new(&[
        (&there, Align::Left),
        ("HERE", Align::Left),
        ("", Align::Left),
    ]);
    for fire in &preview.fires {
        table.row(&[
            fire.local.strftime("%a %Y-%m-%d %H:%M").to_string(),
            if here {
                "the same".to_owned()
            } else {
                local(fire.at, &client.zone)
            },
            match fire.note.as_deref() {
                Some("gap") => "the clocks skip this time: next minute",
                Some("repeated") => "comes twice that day: the first one",
                Some(other) => other,
                None => "",
            }
            .to_owned(),
        ]);
    }
    let cost = match &preview.expected_cost {
        Some(cost) => format!(
            "Expected cost of the next thirty days: {} for {} runs, up to {} if all are as dear as the dearest",
            money(cost.p50_usd),
            cost.fires_per_month,
            money(cost.p95_usd)
        ),
        None if for_agent => "Expected cost: unknown before the first run".to_owned(),
        None => "Expected cost: unknown without --agent".to_owned(),
    };
    format!("{table}\n{cost}")
}
