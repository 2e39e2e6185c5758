//! The client commands against a real server: plain processes for workspaces, a stand-in for Claude Code.

mod support;

use berth_harness::{Berth, Engine, Options};
use serde_json::Value;
use support::Said;

const FILE: &str = r"
name: 주간 요약
prompt: |
  [[file:report.csv:name,count]]
  Write a report.
time_limit_seconds: 60
done:
  - {kind: file_exists, path: report.csv}
schedule:
  frequency: weekly
  weekdays: [mon]
  time: 08:00
  time_zone: Asia/Seoul
";

/// A server, and somebody with a token and a folder for files.
struct Person {
    berth: Berth,
    token: String,
    folder: tempfile::TempDir,
}

impl Person {
    async fn start() -> anyhow::Result<Self> {
        let options = Options::new(Engine::Process).with("--sweep-every", "200ms");
        let berth = options.start().await?;
        Ok(Self {
            token: berth.token_for("local").await?,
            folder: tempfile::tempdir()?,
            berth,
        })
    }

    async fn say(&self, arguments: &[&str]) -> Said {
        let server = format!("http://{}", self.berth.address());
        support::say(&server, &self.token, arguments).await
    }

    /// What a command answers that must succeed.
    async fn out(&self, arguments: &[&str]) -> String {
        let said = self.say(arguments).await;
        assert_eq!(said.status, 0, "{arguments:?}: {}{}", said.out, said.err);
        said.out
    }

    async fn json(&self, arguments: &[&str]) -> Value {
        let text = self.out(&[arguments, &["--json"]].concat()).await;
        serde_json::from_str(&text).expect("JSON")
    }

    fn file(&self, name: &str, content: &str) -> String {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).expect("a file");
        path.to_str().expect("a path").to_owned()
    }
}

#[tokio::test]
async fn a_file_becomes_an_agent_once_and_changes_it_afterwards() -> anyhow::Result<()> {
    let person = Person::start().await?;
    let file = person.file("agent.yaml", FILE);
    let dry = person
        .out(&["agents", "apply", "-f", &file, "--dry-run"])
        .await;
    assert!(dry.contains("would be created"), "{dry}");
    let created = person.out(&["agents", "apply", "-f", &file]).await;
    assert!(created.starts_with("Created “주간 요약”"), "{created}");
    let same = person.out(&["agents", "apply", "-f", &file]).await;
    assert!(same.contains("as the file says already"), "{same}");
    let other = FILE
        .replace("time: 08:00", "time: 09:00")
        .replace("a report", "a list");
    let changed = person
        .out(&["agents", "apply", "-f", &person.file("other.yaml", &other)])
        .await;
    for expected in [
        "(version 2)",
        "+ Write a list.",
        "schedule.time: 08:00 → 09:00",
        "09:00\n",
    ] {
        assert!(changed.contains(expected), "{expected}: {changed}");
    }
    let agents = person.json(&["agents", "list"]).await;
    assert_eq!(agents["items"].as_array().map(Vec::len), Some(1));
    person.berth.finish().await
}

#[tokio::test]
async fn an_export_applied_again_changes_nothing_and_elsewhere_makes_the_same() -> anyhow::Result<()>
{
    let person = Person::start().await?;
    person
        .out(&["agents", "apply", "-f", &person.file("agent.yaml", FILE)])
        .await;
    let export = person.folder.path().join("export.json");
    let export = export.to_str().expect("a path");
    person
        .out(&["agents", "export", "주간 요약", "-o", export])
        .await;
    let same = person.out(&["agents", "apply", "-f", export]).await;
    assert!(same.contains("as the file says already"), "{same}");
    let before = person.json(&["agents", "export", "주간 요약"]).await;
    person
        .out(&["agents", "delete", "주간 요약", "--yes"])
        .await;
    person.out(&["agents", "apply", "-f", export]).await;
    assert_eq!(
        person.json(&["agents", "export", "주간 요약"]).await,
        before
    );
    person.berth.finish().await
}

#[tokio::test]
async fn a_refused_file_changes_nothing_and_names_the_fields() -> anyhow::Result<()> {
    let person = Person::start().await?;
    person
        .out(&["agents", "apply", "-f", &person.file("agent.yaml", FILE)])
        .await;
    let before = person.json(&["agents", "show", "주간 요약"]).await;
    let bad = FILE
        .replace("time: 08:00", "time: 25:00")
        .replace("a report", "a list");
    let said = person
        .say(&["agents", "apply", "-f", &person.file("bad.yaml", &bad)])
        .await;
    assert!(said.err.contains("schedule.invalid"), "{}", said.err);
    assert_eq!(said.status, 1);
    assert_eq!(person.json(&["agents", "show", "주간 요약"]).await, before);
    person.berth.finish().await
}

#[tokio::test]
async fn a_run_is_followed_to_its_end_and_can_be_read_afterwards() -> anyhow::Result<()> {
    let person = Person::start().await?;
    person
        .out(&["agents", "apply", "-f", &person.file("agent.yaml", FILE)])
        .await;
    let log = person.out(&["run", "주간 요약", "--follow"]).await;
    for expected in [
        "waiting",
        "Write  ",
        "met      report.csv exists",
        "Done after",
    ] {
        assert!(log.contains(expected), "{expected}: {log}");
    }
    let runs = person.json(&["runs", "list", "--agent", "주간 요약"]).await;
    let run = runs["items"][0]["id"].as_str().expect("a run");
    let shown = person.out(&["runs", "show", run]).await;
    for expected in ["주간 요약 (version 1)", "Done", "api", "report.csv exists"] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    assert_eq!(person.out(&["runs", "logs", run]).await, log);
    assert_eq!(person.out(&["runs", "logs", run, "-f"]).await, log);
    let usage = person.json(&["usage", "--by", "agent"]).await;
    assert_eq!(usage["by"], "agent");
    person.berth.finish().await
}

#[tokio::test]
async fn what_was_not_done_is_told_by_the_exit_status() -> anyhow::Result<()> {
    let person = Person::start().await?;
    let unproved = FILE.replace("path: report.csv}", "path: missing.csv}");
    person
        .out(&[
            "agents",
            "apply",
            "-f",
            &person.file("agent.yaml", &unproved),
        ])
        .await;
    let said = person.say(&["run", "주간 요약", "--follow"]).await;
    assert_eq!(said.status, 3, "{}{}", said.out, said.err);
    assert!(said.err.contains("Done, unproved"), "{}", said.err);
    assert!(
        said.out.contains("not met  missing.csv exists (missing)"),
        "{}",
        said.out
    );
    person.berth.finish().await
}

#[tokio::test]
async fn a_run_is_cancelled() -> anyhow::Result<()> {
    let person = Person::start().await?;
    let long = FILE.replace("Write a report.", "[[sleep:600000]]");
    person
        .out(&["agents", "apply", "-f", &person.file("agent.yaml", &long)])
        .await;
    let accepted = person.json(&["run", "주간 요약"]).await;
    let run = accepted["run_id"].as_str().expect("a run");
    person.out(&["runs", "cancel", run]).await;
    let said = person.say(&["runs", "logs", "-f", run]).await;
    assert!(said.out.contains("Cancelled"), "{}{}", said.out, said.err);
    assert_eq!(said.status, 1);
    let again = person.out(&["runs", "cancel", run]).await;
    assert!(again.contains("is over: Cancelled"), "{again}");
    person.berth.finish().await
}

#[tokio::test]
async fn a_schedule_is_previewed_before_it_is_saved() -> anyhow::Result<()> {
    let person = Person::start().await?;
    let from = ["--from", "2026-10-20T00:00:00Z", "--count", "2"];
    let cron = [
        "schedule",
        "preview",
        "--cron",
        "30 1 * * 0",
        "--time-zone",
        "America/New_York",
    ];
    let table = person.out(&[&cron[..], &from[..]].concat()).await;
    assert!(
        table.contains("Sun 2026-10-25 01:30  2026-10-25 14:30\n"),
        "{table}"
    );
    assert!(
        table.contains("Sun 2026-11-01 01:30  2026-11-01 14:30  comes twice"),
        "{table}"
    );
    person
        .out(&["agents", "apply", "-f", &person.file("agent.yaml", FILE)])
        .await;
    let own = person
        .out(
            &[
                &["schedule", "preview", "--agent", "주간 요약"][..],
                &from[..],
            ]
            .concat(),
        )
        .await;
    assert!(own.contains("Mon 2026-10-26 08:00  the same\n"), "{own}");
    assert!(own.contains("unknown before the first run"), "{own}");
    let never = ["schedule", "preview", "--cron", "0 0 31 2 *"];
    let said = person.say(&never).await;
    assert!(
        said.err.contains("cron: This never happens"),
        "{}",
        said.err
    );
    person.berth.finish().await
}

#[tokio::test]
async fn others_are_let_in_only_with_an_identity_provider() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().to_str().expect("a path");
    let everywhere = ["up", "--listen", "0.0.0.0:0", "--data", data];
    let said = support::say("", "", &everywhere).await;
    assert_eq!(said.status, 1, "{}", said.err);
    assert!(said.err.contains("--google-client-id"), "{}", said.err);
    let google = [
        "--google-client-id",
        "id",
        "--public-url",
        "https://b.example",
    ];
    let said = support::say("", "", &[&everywhere[..], &google].concat()).await;
    assert_eq!(said.status, 1, "{}", said.err);
    assert!(said.err.contains("--allowed-domain"), "{}", said.err);
}
