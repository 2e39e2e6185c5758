//! What the client commands do with what servers answer now and then.

mod stub;
mod support;

use axum::response::Response;
use serde_json::{Value, json};
use stub::{AGENT, RUN, Stub, agent, ok, page, problem, run, stream};
use support::{berth, say};

fn agents(line: &str) -> Response {
    match line {
        "GET /api/agents?limit=500" | "GET /api/agents?limit=50" => {
            page(&json!([agent("주간 요약"), agent("Brief")]))
        }
        _ => problem(404, "agent.not_found"),
    }
}

#[tokio::test]
async fn a_list_is_a_table_for_people_and_the_answer_itself_for_programs() {
    let stub = Stub::start(|line, _| agents(line)).await;
    let table = say(&stub.url, "t", &["agents", "list"]).await;
    let id = AGENT;
    assert_eq!(
        table.out,
        format!(
            "NAME       NEXT RUN          LAST RUN                          THIS MONTH  ID\n\
             주간 요약  2026-11-23 08:00  2026-11-23 08:00  Done, unproved          $0  {id}\n\
             Brief      2026-11-23 08:00  2026-11-23 08:00  Done, unproved          $0  {id}\n"
        )
    );
    let json = say(&stub.url, "t", &["agents", "list", "--json"]).await;
    let read: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(read["items"][0], agent("주간 요약"));
    assert_eq!((table.status, json.status), (0, 0));
}

#[tokio::test]
async fn failures_say_what_to_do_and_have_an_exit_status_each() {
    let stub = Stub::start(|line, _| agents(line)).await;
    let refused = say(&stub.url, "t", &["agents", "show", AGENT]).await;
    assert_eq!(
        refused.err,
        "error: What happened.\n(404 Title, agent.not_found)\n"
    );
    assert_eq!(refused.status, 1);
    let program = say(&stub.url, "t", &["agents", "show", AGENT, "--json"]).await;
    let read: Value = serde_json::from_str(&program.err).unwrap();
    assert_eq!(read["code"], "agent.not_found");
    let nobody = say(&stub.url, "t", &["agents", "show", "Nobody"]).await;
    assert!(
        nobody.err.contains("no agent named “Nobody”"),
        "{}",
        nobody.err
    );
    assert_eq!(nobody.status, 2);
    let stranger = say(&stub.url, "wrong", &["agents", "list"]).await;
    assert!(
        stranger.err.contains("berth token create"),
        "{}",
        stranger.err
    );
    assert_eq!(stranger.status, 5);
    // Port 1 is one that nothing listens on.
    let nothing = say("http://127.0.0.1:1", "t", &["agents", "list"]).await;
    assert!(nothing.err.contains("berth up"), "{}", nothing.err);
    assert_eq!(nothing.status, 4);
}

#[tokio::test]
async fn a_token_may_be_in_a_file() {
    let stub = Stub::start(|line, _| agents(line)).await;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "t\n").unwrap();
    let path = file.path().to_str().unwrap();
    let said = say(&stub.url, "", &["agents", "list", "--token-file", path]).await;
    assert_eq!(said.status, 0, "{}", said.err);
}

#[tokio::test]
async fn two_agents_of_one_name_are_told_apart_by_id() {
    let stub = Stub::start(|_, _| page(&json!([agent("Brief"), agent("Brief")]))).await;
    let said = say(&stub.url, "t", &["run", "Brief"]).await;
    assert!(said.err.contains("several agents"), "{}", said.err);
    assert!(said.err.contains(AGENT), "{}", said.err);
    assert_eq!(said.status, 2);
}

/// Breaks off after the second event, then goes on after it.
fn broken(line: &str, last: &str) -> Response {
    let text = |text| json!({"kind": "text", "block": 0, "text": text});
    let end = json!({"kind": "finished", "state": "succeeded", "reason": "completed", "result": "two", "duration_ms": 14000});
    if line.starts_with("POST /api/agents/") {
        return ok(&json!({"id": RUN, "conversation_id": RUN, "run_id": RUN}));
    }
    match (line.ends_with("/events"), last) {
        (true, "0") => stream(&[(1, json!({"kind": "queued"})), (2, text("one"))]),
        (true, "2") => stream(&[(3, text("two")), (4, end)]),
        (false, _) => ok(&run("succeeded", "completed", Some(false))),
        other => panic!("{line} {other:?}"),
    }
}

#[tokio::test]
async fn following_survives_a_lost_connection_and_tells_unproved_by_its_exit_status() {
    let stub = Stub::start(broken).await;
    let said = say(&stub.url, "t", &["run", AGENT, "--follow"]).await;
    assert_eq!(
        said.out,
        "08:00:05  waiting\n08:00:05  one\n08:00:05  two\n08:00:05  Done after 14 s\n"
    );
    assert!(said.err.contains("trying again"), "{}", said.err);
    assert!(
        said.err.ends_with("Done, unproved · 14 s · $0\n"),
        "{}",
        said.err
    );
    assert_eq!(said.status, 3);
}

#[tokio::test]
async fn programs_get_each_event_as_a_line() {
    let stub = Stub::start(broken).await;
    let said = say(&stub.url, "t", &["run", AGENT, "--follow", "--json"]).await;
    let events = said
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let seqs: Vec<Value> = events.map(|event: Value| event["seq"].clone()).collect();
    assert_eq!(seqs, [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_log_without_an_end_does_not_keep_its_reader() {
    fn cut(line: &str, last: &str) -> Response {
        match (line.ends_with("/events"), last) {
            (true, "0") => stream(&[(1, json!({"kind": "queued"}))]),
            (true, _) => stream(&[]),
            (false, _) => ok(&run("interrupted", "runner_lost", None)),
        }
    }
    let stub = Stub::start(cut).await;
    let said = say(&stub.url, "t", &["runs", "logs", "-f", RUN]).await;
    assert!(said.err.contains("Interrupted"), "{}", said.err);
    assert_eq!(said.status, 1);
}

#[tokio::test]
async fn leaving_leaves_the_run_alone_and_says_so() {
    use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
    fn endless(_: &str, _: &str) -> Response {
        let first =
            "data: {\"seq\":1,\"at\":\"2026-11-22T23:00:05Z\",\"event\":{\"kind\":\"queued\"}}\n\n";
        let first = futures::stream::iter([Ok::<_, std::io::Error>(first)]);
        let body = futures::StreamExt::chain(first, futures::stream::pending());
        Response::new(axum::body::Body::from_stream(body))
    }
    let stub = Stub::start(endless).await;
    let mut command = berth(&stub.url, "t", &["runs", "logs", "-f", RUN]);
    command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next_line().await.unwrap();
    assert_eq!(first.as_deref(), Some("08:00:05  waiting"));
    let pid = nix::unistd::Pid::from_raw(child.id().unwrap().try_into().unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
    let mut err = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut err)
        .await
        .unwrap();
    assert!(err.contains(&format!("berth runs cancel {RUN}")), "{err}");
    assert_eq!(child.wait().await.unwrap().code(), Some(130));
    let seen = stub.seen.lock().unwrap().clone();
    assert!(
        seen.iter().all(|(line, ..)| line.starts_with("GET ")),
        "{seen:?}"
    );
}

#[tokio::test]
async fn deleting_needs_a_yes() {
    let stub = Stub::start(|line, _| match line.split(' ').next() {
        Some("DELETE") => Response::builder()
            .status(204)
            .body(axum::body::Body::empty())
            .unwrap(),
        _ => ok(&agent("Brief")),
    })
    .await;
    let unasked = say(&stub.url, "t", &["agents", "delete", AGENT]).await;
    assert!(unasked.err.contains("--yes"), "{}", unasked.err);
    assert_eq!(unasked.status, 2);
    let meant = say(&stub.url, "t", &["agents", "delete", AGENT, "-y"]).await;
    assert_eq!(meant.out, "Deleted “Brief”.\n");
    let deleted = |seen: &[(String, String, Value)]| {
        seen.iter()
            .filter(|(line, ..)| line.starts_with("DELETE"))
            .count()
    };
    assert_eq!(deleted(&stub.seen.lock().unwrap()), 1);
}
