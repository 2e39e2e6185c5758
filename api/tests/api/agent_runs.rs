//! Runs of agents: starting, trying out, filtering, what they made.

use berth_domain::done::{Check, CheckResult};
use berth_domain::event::Event;
use berth_domain::ports::audit::{AuditEntry, AuditSink, Verdict};
use berth_domain::run::{Outcome, Reason, RunState};
use http::Method;
use serde_json::{Value, json};

use crate::support::Rig;

fn done(result: &str) -> Outcome {
    Outcome::new(
        RunState::Succeeded,
        Reason::Completed,
        Some(result.to_owned()),
    )
}

#[tokio::test]
async fn one_key_starts_one_run_with_the_saved_prompt() {
    let rig = Rig::new().await;
    let path = format!("/api/agents/{}/runs", rig.agent("A").await);
    let headers = [
        ("authorization", "Bearer token"),
        ("idempotency-key", "once"),
    ];
    let mut runs = Vec::new();
    for _ in 0..2 {
        let accepted = rig.call_with(Method::POST, &path, &headers, "").await;
        assert_eq!(accepted.status, 202);
        runs.push(accepted.json()["run_id"].clone());
    }
    assert_eq!(runs[0], runs[1]);
    let run = rig
        .get(&format!("/api/runs/{}", runs[0].as_str().unwrap()))
        .await
        .json();
    assert_eq!(
        (&run["trigger"], &run["agent_version"]),
        (&json!("api"), &json!(1))
    );
    assert_eq!(run["agent_name"], "A");
    let list = rig.get("/api/conversations").await.json();
    assert_eq!(list["items"], json!([]), "a run's log is no conversation");
    let say = format!(
        "/api/conversations/{}/messages",
        run["conversation_id"].as_str().unwrap()
    );
    let refused = rig.post(&say, json!({"content": "hello"})).await;
    assert_eq!(refused.problem(), (409, "conversation.of_run".to_owned()));
}

#[tokio::test]
async fn a_draft_is_tried_out_without_being_saved() {
    let rig = Rig::new().await;
    let agent = rig.agent("A").await;
    let path = format!("/api/agents/{agent}/runs");
    let accepted = rig
        .post(&path, json!({"spec": {"prompt": "Something else"}}))
        .await
        .json();
    let id: berth_domain::ids::RunId = accepted["run_id"].as_str().unwrap().parse().unwrap();
    let run = rig.get(&format!("/api/runs/{id}")).await.json();
    assert_eq!(
        (&run["agent_version"], &run["agent_id"]),
        (&Value::Null, &json!(agent))
    );
    let given = berth_domain::ports::runs::Runs::run_agent(&rig.store, rig.user, id).await;
    assert_eq!(given.unwrap().unwrap().spec.prompt, "Something else");
    let bad = rig.post(&path, json!({"spec": {"prompt": ""}})).await;
    assert_eq!(bad.problem(), (400, "agent.invalid".to_owned()));
    assert_eq!(bad.json()["errors"][0]["field"], "spec/prompt");
}

#[tokio::test]
async fn runs_are_filtered() {
    let rig = Rig::new().await;
    let agent = rig.agent("A").await;
    rig.run_agent(agent, &done("fine"), &[]).await;
    rig.run_agent(agent, &done("hm").judged(Some(false)), &[])
        .await;
    rig.run_agent(agent, &Outcome::failed(Reason::NeedsYou), &[])
        .await;
    let (_, chat) = rig.begin("hello").await;
    let epoch = rig.claim(chat).await;
    rig.finish(chat, epoch).await;
    for (query, count) in [
        ("", 4),
        ("?kind=agent", 3),
        ("?kind=chat", 1),
        ("?kind=agent&state=failed&state=timed_out", 1),
        ("?state=succeeded,failed&kind=agent", 3),
        ("?proved=false", 1),
        ("?reason=needs_you", 1),
        ("?trigger=api&kind=agent", 3),
        ("?trigger=schedule", 0),
        ("?to=2020-01-01T00:00:00Z", 0),
    ] {
        let listed = rig.get(&format!("/api/runs{query}")).await.json();
        assert_eq!(listed["items"].as_array().unwrap().len(), count, "{query}");
    }
    for bad in [
        "?state=Failed",
        "?kind=x",
        "?reason=x",
        "?proved=2",
        "?from=now",
    ] {
        let answer = rig.get(&format!("/api/runs{bad}")).await;
        assert_eq!(answer.problem(), (400, "request.query".to_owned()), "{bad}");
    }
}

#[tokio::test]
async fn a_run_shows_its_checks_its_files_and_its_hosts() {
    let rig = Rig::new().await;
    let agent = rig.agent("A").await;
    let file = |size| Event::File {
        path: format!("agent-{agent}/report.csv"),
        size,
        media_type: "text/csv".to_owned(),
    };
    let checked = Event::Checked {
        checks: vec![CheckResult {
            check: Check::FileExists {
                path: "report.csv".to_owned(),
            },
            met: true,
            reason: "met".to_owned(),
            found: None,
        }],
    };
    let outcome = done("fine").judged(Some(true));
    let run = rig
        .run_agent(agent, &outcome, &[file(1), file(2), checked])
        .await;
    let path = format!("/api/runs/{run}");
    let shown = rig.get(&path).await.json();
    assert_eq!(
        (&shown["proved"], &shown["checks"][0]["met"]),
        (&json!(true), &json!(true))
    );
    let files = rig.get(&format!("{path}/files")).await.json();
    assert_eq!(
        files["items"],
        json!([{"path": format!("agent-{agent}/report.csv"), "size": 2, "media_type": "text/csv"}])
    );
    for (verdict, bytes) in [
        (Verdict::Allowed, 0),
        (Verdict::Closed, 7),
        (Verdict::Allowed, 0),
        (Verdict::Denied, 0),
    ] {
        let entry = AuditEntry {
            run_id: run,
            user_id: rig.user,
            at: berth_domain::clock::Clock::now(&*rig.clock),
            host: "example.com".to_owned(),
            port: 443,
            verdict,
            reason: if verdict == Verdict::Denied {
                "not_listed"
            } else {
                "listed"
            }
            .to_owned(),
            bytes_up: bytes,
            bytes_down: bytes,
        };
        rig.store.record(&entry).await.unwrap();
    }
    let hosts = rig.get(&format!("{path}/audit")).await.json();
    let figures: Vec<_> = hosts["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|host| {
            (
                host["allowed"].clone(),
                host["requests"].clone(),
                host["bytes_up"].clone(),
            )
        })
        .collect();
    assert_eq!(
        figures,
        [
            (json!(true), json!(2), json!(7)),
            (json!(false), json!(1), json!(0))
        ]
    );
    rig.add_user("ana", "ana").await;
    for part in ["files", "audit", "zip"] {
        let foreign = rig
            .call_as("ana", Method::GET, &format!("{path}/{part}"), Value::Null)
            .await;
        assert_eq!(foreign.problem(), (404, "run.not_found".to_owned()));
    }
    let list = rig.get("/api/agents").await.json();
    assert_eq!(list["items"][0]["recent"].as_array().unwrap().len(), 1);
    assert_eq!(list["items"][0]["last_run"]["id"], json!(run.0));
}
