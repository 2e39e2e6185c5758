//! `berth runs logs`

use std::process::ExitCode;

use serde_json::value::RawValue;

use crate::client::{Client, EventPage, Failure, Lines, print};
use crate::commands::run::follow;
use crate::config::client::RunArgument;

/// Events asked for at once.
const PAGE: &str = "200";

pub(super) async fn logs(argument: &RunArgument, and_on: bool) -> Result<ExitCode, Failure> {
    let client = Client::new(&argument.connection)?;
    if and_on {
        return follow(&client, argument.run).await;
    }
    let path = format!("/api/runs/{}/events", argument.run);
    let mut lines = Lines::new(client.zone.clone());
    let mut after = 0;
    loop {
        let query = [("after", after.to_string()), ("limit", PAGE.to_owned())];
        let page: EventPage = client.get(&path, &query).await?.read()?;
        for event in &page.items {
            show(&client, &mut lines, event)?;
        }
        match page.next {
            Some(next) => after = next,
            None => return Ok(ExitCode::SUCCESS),
        }
    }
}

/// One event: a line of JSON as it came, or lines for people.
fn show(client: &Client, lines: &mut Lines, event: &RawValue) -> Result<(), Failure> {
    if client.json {
        return print(event.get());
    }
    let record =
        serde_json::from_str(event.get()).map_err(|error| client.foreign(&error.to_string()))?;
    lines.of(&record).map_or(Ok(()), |line| print(&line))
}
