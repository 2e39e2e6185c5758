//! `berth run`: starts an agent, and shows what it does where that is wanted.

use std::process::ExitCode;

use berth_domain::clock::Clock as _;
use uuid::Uuid;

use crate::client::{
    self, Accepted, Client, End, Failure, LEFT, Lines, Run, UNPROVED, duration, money, note, print,
    reason, state,
};
use crate::config::client::RunOptions;
use crate::wiring::clock::SystemClock;

pub(crate) async fn run(options: RunOptions) -> Result<ExitCode, Failure> {
    let client = Client::new(&options.agent.connection)?;
    let agent = client::agent(&client, &options.agent.agent).await?;
    let key = options
        .idempotency_key
        .unwrap_or_else(|| SystemClock.uuid().to_string());
    let answer = client.start(&agent, &key).await?;
    let Accepted { run_id } = answer.read()?;
    if options.follow {
        note(&format!("Run {run_id} has been accepted."));
        return follow(&client, run_id).await;
    }
    if client.json {
        print(&answer.text)?;
    } else {
        print(&format!(
            "Run {run_id} has been accepted.\nSee what it does with `berth runs logs -f {run_id}`."
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows a run until it ends; the exit status says how it did.
pub(crate) async fn follow(client: &Client, run: Uuid) -> Result<ExitCode, Failure> {
    let mut lines = Lines::new(client.zone.clone());
    let end = client::follow(client, run, |text, record| {
        if client.json {
            return print(text);
        }
        lines.of(&record).map_or(Ok(()), |line| print(&line))
    })
    .await?;
    match end {
        End::Left => {
            note(&format!(
                "\nThe run goes on. Stop it with `berth runs cancel {run}`, see more with `berth runs logs -f {run}`."
            ));
            Ok(ExitCode::from(LEFT))
        }
        End::Over(run) => {
            if !client.json {
                note(&summary(&run));
            }
            Ok(status_of(&run))
        }
    }
}

/// 0 done, 3 done but unproved, 1 anything else.
fn status_of(run: &Run) -> ExitCode {
    match (run.state.as_str(), run.proved) {
        ("succeeded", Some(false)) => ExitCode::from(UNPROVED),
        ("succeeded", _) => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn summary(run: &Run) -> String {
    let state = state(&run.state, run.reason.as_deref(), run.proved);
    let why = run.reason.as_deref().and_then(reason);
    let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
    let took = run.duration_ms.map(|time| format!(" · {}", duration(time)));
    format!(
        "{state}{why}{} · {}",
        took.unwrap_or_default(),
        money(run.usage.cost_usd)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(state: &str, proved: &str) -> Run {
        let text = format!(
            r#"{{"id":"019ab2c0-0000-7000-8000-000000000001","trigger":"api","state":"{state}","reason":"completed","proved":{proved},
                "queued_at":"2026-11-22T23:00:00Z","duration_ms":14000,"usage":{{"input_tokens":1,"output_tokens":1,
                "cache_read_tokens":0,"cache_write_tokens":0,"cost_usd":0.0123,"calls":1}}}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn the_exit_status_tells_good_from_unproved_from_bad() {
        for (state, proved, status) in [
            ("succeeded", "null", ExitCode::SUCCESS),
            ("succeeded", "true", ExitCode::SUCCESS),
            ("succeeded", "false", ExitCode::from(3)),
            ("failed", "null", ExitCode::FAILURE),
            ("cancelled", "null", ExitCode::FAILURE),
        ] {
            assert_eq!(status_of(&run(state, proved)), status, "{state} {proved}");
        }
    }

    #[test]
    fn the_summary_is_one_line() {
        assert_eq!(
            summary(&run("succeeded", "false")),
            "Done, unproved · 14 s · $0.01"
        );
    }
}
