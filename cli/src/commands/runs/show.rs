//! `berth runs show`

use std::process::ExitCode;

use crate::client::{
    Client, Facts, Failure, Run, checked, duration, local_with_zone, money, print, printable,
    reason, state,
};
use crate::config::client::RunArgument;

pub(super) async fn show(argument: &RunArgument) -> Result<ExitCode, Failure> {
    let client = Client::new(&argument.connection)?;
    let answer = client
        .get(&format!("/api/runs/{}", argument.run), &[])
        .await?;
    if client.json {
        print(&answer.text)?;
    } else {
        print(&text(&answer.read()?, &client))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn text(run: &Run, client: &Client) -> String {
    let time = |at| local_with_zone(at, &client.zone);
    let agent = run.agent_name.as_ref().map(|name| match run.agent_version {
        Some(version) => format!("{name} (version {version})"),
        None => format!("{name} (a draft)"),
    });
    let tokens = format!(
        "{} in, {} out",
        run.usage.input_tokens, run.usage.output_tokens
    );
    let mut facts = Facts::default();
    facts
        .add("Run", Some(run.id.to_string()))
        .add("Agent", agent)
        .add(
            "State",
            Some(state(&run.state, run.reason.as_deref(), run.proved)),
        )
        .add("Reason", run.reason.as_deref().and_then(reason))
        .add("Set off by", Some(run.trigger.clone()))
        .add("Retry of", run.retry_of.map(|id| id.to_string()))
        .add("Due", run.scheduled_at.map(time))
        .add("Accepted", Some(time(run.queued_at)))
        .add("Started", run.started_at.map(time))
        .add("Finished", run.finished_at.map(time))
        .add("Took", run.duration_ms.map(duration))
        .add("Tokens", Some(tokens))
        .add("Cost", Some(money(run.usage.cost_usd)));
    let mut text = facts.to_string();
    let checks = run.checks.iter().flatten();
    let checks: Vec<String> = checks
        .map(|check| format!("  {}\n", checked(check)))
        .collect();
    if !checks.is_empty() {
        text.push_str("\nDefinition of done\n");
        text.extend(checks);
    }
    if let Some(result) = &run.result {
        text.push_str("\nResult\n\n");
        text.push_str(printable(result).trim_end());
        text.push('\n');
    }
    text
}
