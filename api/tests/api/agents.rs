//! Agents: saving, changing, copying, removing.

use http::Method;
use serde_json::{Value, json};

use crate::support::Rig;

fn weekly() -> Value {
    json!({"frequency": "weekly", "time": "08:00", "weekdays": ["mon"], "time_zone": "Asia/Seoul"})
}

#[tokio::test]
async fn an_agent_is_saved_with_its_defaults_and_its_schedule() {
    let rig = Rig::new().await;
    let body = json!({"name": " 주간 보고 ", "prompt": "정리해 주세요", "schedule": weekly()});
    let saved = rig.post("/api/agents", body).await;
    assert_eq!(saved.status, 201, "{saved:?}");
    let agent = saved.json();
    let id = agent["id"].as_str().unwrap();
    assert_eq!(saved.header("location"), format!("/api/agents/{id}"));
    assert_eq!(agent["name"], "주간 보고");
    assert_eq!(agent["status"], "active");
    assert_eq!(agent["version"], 1);
    assert_eq!(agent["network"], json!({"mode": "hosts", "hosts": []}));
    assert_eq!(agent["folder"], format!("agent-{id}"));
    assert_eq!(agent["schedule"]["frequency"], "weekly");
    assert!(agent["next_run_at"].is_string());
    assert_eq!(rig.alarm.rings(), 1);
    let listed = rig.get("/api/agents").await.json();
    assert_eq!(
        listed["items"][0],
        rig.get(&format!("/api/agents/{id}")).await.json()
    );
}

#[tokio::test]
async fn every_wrong_field_is_named_in_the_clients_language() {
    let rig = Rig::new().await;
    let body = json!({
        "name": "", "prompt": " ", "cost_limit_usd": -1, "time_limit_seconds": 1,
        "done": [{"kind": "file_exists", "path": "../x"}],
        "schedule": {"frequency": "never", "time_zone": "Mars/Olympus"},
    });
    let headers = [
        ("authorization", "Bearer token"),
        ("content-type", "application/json"),
        ("accept-language", "ko"),
    ];
    let answer = rig
        .call_with(Method::POST, "/api/agents", &headers, body.to_string())
        .await;
    assert_eq!(answer.problem(), (400, "agent.invalid".to_owned()));
    let errors = answer.json()["errors"].clone();
    let fields: Vec<_> = errors
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["field"].as_str().unwrap().to_owned())
        .collect();
    for field in [
        "name",
        "prompt",
        "cost_limit_usd",
        "time_limit_seconds",
        "done/0/path",
        "schedule/frequency",
        "schedule/time_zone",
    ] {
        assert!(
            fields.iter().any(|known| known == field),
            "{field} in {fields:?}"
        );
    }
    assert!(!errors[0]["message"].as_str().unwrap().is_ascii());
    assert_eq!(rig.get("/api/agents").await.json()["items"], json!([]));
}

#[tokio::test]
async fn one_key_saves_one_agent_and_the_limit_holds() {
    let rig = Rig::new().await;
    let headers = [
        ("authorization", "Bearer token"),
        ("content-type", "application/json"),
        ("idempotency-key", "k1"),
    ];
    let body = json!({"name": "A", "prompt": "p"}).to_string();
    let mut ids = Vec::new();
    for _ in 0..2 {
        let saved = rig
            .call_with(Method::POST, "/api/agents", &headers, body.clone())
            .await;
        ids.push(saved.json()["id"].clone());
    }
    assert_eq!(ids[0], ids[1]);
    rig.agent("B").await;
    rig.agent("C").await;
    let over = rig
        .post("/api/agents", json!({"name": "D", "prompt": "p"}))
        .await;
    assert_eq!(over.problem(), (409, "quota.agents".to_owned()));
}

#[tokio::test]
async fn changes_are_versions_and_can_be_undone() {
    let rig = Rig::new().await;
    let path = format!("/api/agents/{}", rig.agent("A").await);
    let changed = rig
        .call(
            Method::PATCH,
            &path,
            json!({"prompt": "New", "cost_limit_usd": 1.5, "expected_version": 1}),
        )
        .await;
    assert_eq!(changed.json()["version"], 2);
    assert_eq!(changed.json()["cost_limit_usd"], 1.5);
    let late = rig
        .call(
            Method::PATCH,
            &path,
            json!({"prompt": "Other", "expected_version": 1}),
        )
        .await;
    assert_eq!(late.problem(), (409, "agent.changed".to_owned()));
    let off = rig
        .call(Method::PATCH, &path, json!({"status": "inactive"}))
        .await;
    assert_eq!(
        (&off.json()["version"], &off.json()["status"]),
        (&json!(2), &json!("inactive"))
    );
    let back = rig
        .post(&format!("{path}/rollback"), json!({"version": 1}))
        .await
        .json();
    assert_eq!(
        (&back["version"], &back["prompt"]),
        (&json!(3), &json!("Sum up the week."))
    );
    let versions = rig.get(&format!("{path}/versions")).await.json();
    assert_eq!(
        versions["items"][0]["note"],
        json!({"change": "rolled_back", "to": 1})
    );
    assert_eq!(versions["items"][2]["note"], json!({"change": "created"}));
    let none = rig
        .post(&format!("{path}/rollback"), json!({"version": 9}))
        .await;
    assert_eq!(none.problem(), (404, "agent.version_not_found".to_owned()));
}

#[tokio::test]
async fn a_copy_and_an_import_wait_to_be_switched_on() {
    let rig = Rig::new().await;
    let id = rig.agent("Report").await;
    rig.call(Method::PUT, &format!("/api/agents/{id}/schedule"), weekly())
        .await;
    let copy = rig
        .post(&format!("/api/agents/{id}/duplicate"), Value::Null)
        .await
        .json();
    assert_eq!(
        (&copy["name"], &copy["status"]),
        (&json!("Report (2)"), &json!("inactive"))
    );
    assert_eq!(copy["schedule"]["time"], "08:00");
    assert_eq!(copy["next_run_at"], Value::Null);
    let file = rig.get(&format!("/api/agents/{id}/export")).await;
    assert!(
        file.header("content-disposition")
            .contains("Report.agent.json")
    );
    let imported = rig.post("/api/agents/import", file.json()).await;
    assert_eq!(imported.status, 201, "{imported:?}");
    assert_eq!(imported.json()["status"], "inactive");
    assert_eq!(imported.json()["schedule"]["time"], "08:00");
    let mut other = file.json();
    other["berth"] = json!("conversation");
    let refused = rig.post("/api/agents/import", other).await;
    assert_eq!(refused.problem(), (400, "agent.import".to_owned()));
}

#[tokio::test]
async fn another_users_agent_does_not_exist() {
    let rig = Rig::new().await;
    rig.add_user("ana", "ana").await;
    let id = rig.agent("Mine").await;
    let agent = format!("/api/agents/{id}");
    for (method, path, body) in [
        (Method::GET, agent.clone(), Value::Null),
        (Method::PATCH, agent.clone(), json!({"name": "Theirs"})),
        (Method::DELETE, agent.clone(), Value::Null),
        (Method::POST, format!("{agent}/duplicate"), Value::Null),
        (Method::GET, format!("{agent}/versions"), Value::Null),
        (
            Method::POST,
            format!("{agent}/rollback"),
            json!({"version": 1}),
        ),
        (Method::GET, format!("{agent}/export"), Value::Null),
        (Method::POST, format!("{agent}/runs"), Value::Null),
        (Method::GET, format!("{agent}/slots"), Value::Null),
        (Method::GET, format!("{agent}/schedule"), Value::Null),
        (Method::PUT, format!("{agent}/schedule"), weekly()),
        (Method::DELETE, format!("{agent}/schedule"), Value::Null),
        (Method::POST, format!("{agent}/schedule/pause"), Value::Null),
        (
            Method::POST,
            format!("{agent}/schedule/resume"),
            Value::Null,
        ),
        (Method::GET, format!("{agent}/secrets"), Value::Null),
        (
            Method::PUT,
            format!("{agent}/secrets/KEY"),
            json!({"value": "x"}),
        ),
        (Method::DELETE, format!("{agent}/secrets/KEY"), Value::Null),
    ] {
        let answer = rig.call_as("ana", method.clone(), &path, body).await;
        assert_eq!(
            answer.problem(),
            (404, "agent.not_found".to_owned()),
            "{method} {path}"
        );
    }
    let deleted = rig.call(Method::DELETE, &agent, Value::Null).await;
    assert_eq!(deleted.status, 204);
    assert_eq!(rig.get(&agent).await.problem().0, 404);
}

#[tokio::test]
async fn templates_speak_the_users_language_and_can_be_saved() {
    let rig = Rig::new().await;
    for (language, name) in [("ko", "주간 시장 브리핑"), ("en", "Weekly market brief")] {
        let path = format!("/api/templates?language={language}");
        let templates = rig.get(&path).await.json();
        let items = templates["items"].as_array().unwrap();
        assert!(items.len() >= 6);
        assert_eq!(items[0]["name"], name);
        // Cost and time of what has never run are unknown; what it may take at most is promised, and kept.
        for template in items {
            let limits = &template["spec"];
            assert!(limits["cost_limit_usd"].as_f64() > Some(0.0), "{template}");
            assert!(
                limits["time_limit_seconds"].as_u64() > Some(0),
                "{template}"
            );
        }
        let mut body = items[0]["spec"].clone();
        body["schedule"] = items[0]["schedule"].clone();
        let saved = rig.post("/api/agents", body).await;
        assert_eq!(saved.status, 201, "{saved:?}");
    }
}

#[tokio::test]
async fn a_conversation_becomes_a_draft_that_can_be_saved() {
    let rig = Rig::new().await;
    let (conversation, run) = rig.begin("sales.csv를 지점별로 정리해 주세요").await;
    let epoch = rig.claim(run).await;
    let made = berth_domain::event::Event::File {
        path: "지점별.xlsx".to_owned(),
        size: 9,
        media_type: "application/octet-stream".to_owned(),
    };
    rig.append(run, epoch, made).await;
    let draft = rig
        .get(&format!("/api/conversations/{conversation}/draft"))
        .await
        .json();
    assert_eq!(
        draft["done"],
        json!([{"kind": "newer_than_start", "path": "지점별.xlsx"}])
    );
    let mut body = draft;
    body["from_conversation_id"] = json!(conversation);
    assert_eq!(rig.post("/api/agents", body.clone()).await.status, 201);
    body["from_conversation_id"] = json!(uuid::Uuid::nil());
    let foreign = rig.post("/api/agents", body).await;
    assert_eq!(
        foreign.problem(),
        (404, "conversation.not_found".to_owned())
    );
}
