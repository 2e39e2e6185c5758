//! Berth's own tools, on a real store.

use berth_domain::agent::AgentSpec;
use berth_domain::conversation::{Conversation, Origin};
use berth_domain::ids::{AgentId, ConversationId};
use berth_domain::notification::{NotificationKind, agent_scope};
use berth_domain::page::PageRequest;
use berth_domain::ports::agents::{Agents as _, NewAgent};
use berth_domain::ports::conversations::Conversations as _;
use berth_domain::ports::notifications::Notifications as _;
use berth_domain::ports::proposals::Proposals as _;
use berth_domain::ports::secrets::Secrets as _;
use berth_domain::ports::users::Users as _;
use berth_domain::proposal::ProposalBody;
use berth_domain::user::Onboarding;
use serde_json::{Value, json};

use super::*;

const CONVERSATION: ConversationId = ConversationId(Uuid::from_u128(7));
const AGENT: AgentId = AgentId(Uuid::from_u128(8));

/// A workspace whose user has a zone, a conversation and an agent with a secret.
async fn bench(of_agent_run: bool) -> Bench {
    let change = |grant: &mut Grant| {
        grant.conversation_id = Some(CONVERSATION);
        grant.of_agent_run = of_agent_run;
        grant.agent_id = of_agent_run.then_some(AGENT);
    };
    let bench = Bench::with("http://127.0.0.1:9", change, Registries::default()).await;
    let (store, user, now) = (&bench.store, bench.user, Timestamp::UNIX_EPOCH);
    store.ensure_user("local", user, now).await.unwrap();
    let onboarding = Onboarding {
        time_zone: Some("Asia/Seoul".to_owned()),
        ..Onboarding::default()
    };
    store.set_onboarding(user, &onboarding).await.unwrap();
    let conversation = Conversation {
        id: CONVERSATION,
        user_id: user,
        origin: Origin::Chat,
        agent_id: None,
        title: "Sales".to_owned(),
        created_at: now,
        updated_at: now,
        last_seq: 0,
        active_run_id: None,
        session: None,
    };
    store.create_conversation(&conversation).await.unwrap();
    let spec = json!({"name": "Watcher", "prompt": "Watch."});
    let new = NewAgent {
        id: AGENT,
        user_id: user,
        spec: serde_json::from_value::<AgentSpec>(spec).unwrap(),
        status: berth_domain::agent::AgentStatus::Active,
        limit: 10,
        now,
    };
    store.create_agent(&new).await.unwrap();
    let scope = agent_scope(AGENT);
    store.put_secret(&scope, "TOKEN", "hunter2").await.unwrap();
    bench
}

impl Bench {
    async fn rpc(&self, target: &str, message: &Value) -> (u16, Value) {
        let request = self.request("POST", target, message.to_string());
        let (status, body) = self.ask(request).await;
        (status, serde_json::from_str(&body).unwrap_or(Value::Null))
    }

    /// Calls a tool; answers whether it worked, and what it said.
    async fn tool(&self, target: &str, name: &str, arguments: Value) -> (bool, String) {
        let message = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}});
        let (status, body) = self.rpc(target, &message).await;
        assert_eq!(status, 200);
        let result = &body["result"];
        let text = result["content"][0]["text"].as_str().unwrap_or_default();
        (result["isError"] == false, text.to_owned())
    }
}

fn request(method: &str, params: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": "a", "method": method, "params": params})
}

#[tokio::test]
async fn whoever_greets_is_told_what_there_is() {
    let bench = bench(false).await;
    bench.server.revoke(bench.token.hash()).await;
    for (asked, answered) in [
        ("2025-11-25", "2025-11-25"),
        ("2025-03-26", "2025-03-26"),
        ("1999-01-01", "2025-11-25"),
    ] {
        let greeting = request("initialize", &json!({"protocolVersion": asked}));
        let (status, body) = bench.rpc("/mcp", &greeting).await;
        assert_eq!(status, 200);
        assert_eq!(body["id"], "a");
        assert_eq!(body["result"]["protocolVersion"], answered);
    }
    let (_, body) = bench
        .rpc("/mcp", &request("tools/list", &Value::Null))
        .await;
    let tools = body["result"]["tools"].as_array().unwrap();
    assert!(tools.iter().any(|tool| tool["name"] == "propose_agent"));
    assert_eq!(
        bench
            .rpc("/mcp/agent", &request("ping", &json!({})))
            .await
            .1["result"],
        json!({})
    );
    let (worked, text) = bench.tool("/mcp", "list_agents", json!({})).await;
    assert!(!worked && text.contains("No run is under way"), "{text}");
}

#[tokio::test]
async fn what_is_no_message_is_refused_and_notifications_are_taken() {
    let bench = bench(false).await;
    for (method, body, expected) in [
        ("GET", String::new(), 405),
        ("DELETE", String::new(), 405),
        ("POST", "{".to_owned(), 400),
        ("POST", "[[[[".repeat(50_000), 400),
        ("POST", "\u{fffd}\0".to_owned(), 400),
        ("POST", " ".repeat(2 * 1024 * 1024), 413),
        (
            "POST",
            json!({"jsonrpc": "2.0", "method": "notifications/initialized"}).to_string(),
            202,
        ),
    ] {
        let (status, _) = bench.ask(bench.request(method, "/mcp", body)).await;
        assert_eq!(status, expected, "{method}");
    }
    assert_eq!(
        bench
            .ask(bench.request("POST", "/mcp/../mcp", "{}"))
            .await
            .0,
        403
    );
    for (method, params, code) in [
        ("server/discover", json!({}), -32601),
        ("tools/call", json!({"name": "rm"}), -32602),
        ("tools/call", json!({"name": "publish_result"}), -32602),
        ("tools/call", json!([1]), -32602),
    ] {
        let (status, body) = bench.rpc("/mcp", &request(method, &params)).await;
        assert_eq!((status, body["error"]["code"].as_i64()), (200, Some(code)));
    }
}

#[tokio::test]
async fn a_sentence_becomes_a_proposal_in_the_users_zone_and_nothing_else() {
    let bench = bench(false).await;
    let (worked, text) = bench
        .tool(
            "/mcp",
            "propose_agent",
            json!({
                "name": "매주 매출 표", "prompt": "sales.csv를 분석해줘.",
                "schedule": {"frequency": "weekly", "weekdays": ["mon"], "time": "08:00"},
                "done": [{"kind": "newer_than_start", "path": "summary.csv"}],
                "notify": {"success": true}, "cost_limit_usd": 1.5, "time_limit_minutes": 10,
            }),
        )
        .await;
    assert!(worked, "{text}");
    let answer: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(answer["next_runs_local"][0], "Monday 1970-01-05 08:00");
    let id = answer["proposal_id"].as_str().unwrap().parse().unwrap();
    let proposal = bench.store.proposal(bench.user, id).await.unwrap().unwrap();
    assert_eq!(
        (proposal.run_id, proposal.conversation_id),
        (bench.run, CONVERSATION)
    );
    let ProposalBody::Agent { agent, schedule } = proposal.body else {
        panic!("not an agent");
    };
    assert_eq!(schedule.unwrap().time_zone, "Asia/Seoul");
    assert!(agent.notify.success && agent.notify.failure);
    assert_eq!(agent.time_limit_seconds, 600);
    let agents = bench
        .store
        .list_agents(bench.user, &PageRequest::default())
        .await
        .unwrap();
    assert_eq!(agents.items.len(), 1, "nothing is saved");
}

#[tokio::test]
async fn what_is_wrong_is_said_so_that_it_can_be_put_right() {
    let bench = bench(false).await;
    let wrong = [
        (
            json!({"name": "", "prompt": "x", "schedule": {"frequency": "weekly", "time": "8"}}),
            vec!["name:", "schedule/weekdays:", "schedule/time:"],
        ),
        (
            json!({"name": "a", "prompt": "x", "schedule": {"frequency": "sometimes"}}),
            vec!["sometimes"],
        ),
        (
            json!({"name": "a", "prompt": "x", "schedule": {"frequency": "daily", "time": "08:00", "time_zone": "Mars/One"}}),
            vec!["time_zone"],
        ),
        (
            json!({"name": "a", "prompt": "x", "done": [{"kind": "min_rows", "path": "../x", "rows": 0}]}),
            vec!["done/0/path", "done/0/rows"],
        ),
        (
            json!({"name": "a", "prompt": "x", "cost_limit_usd": -1}),
            vec!["cost_limit"],
        ),
        (json!({"prompt": "x"}), vec!["name"]),
        (
            json!({"name": "a", "prompt": "x", "cron": "* * * * *"}),
            vec!["cron"],
        ),
        (json!("text"), vec!["Not accepted"]),
    ];
    for (arguments, expected) in wrong {
        let (worked, text) = bench.tool("/mcp", "propose_agent", arguments).await;
        assert!(!worked, "{text}");
        for part in expected {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
    let open = bench.store.open_proposals(bench.user, 9).await.unwrap();
    assert!(open.is_empty());
}

#[tokio::test]
async fn a_schedule_is_proposed_for_an_own_agent_only() {
    let bench = bench(false).await;
    let schedule = json!({"frequency": "daily", "time": "09:00"});
    let propose = |id: String| {
        let arguments = json!({"agent_id": id, "schedule": schedule});
        bench.tool("/mcp", "propose_schedule", arguments)
    };
    let (worked, text) = propose(AGENT.to_string()).await;
    assert!(worked && text.contains("Watcher"), "{text}");
    for other in [Uuid::from_u128(99).to_string(), "x".to_owned()] {
        assert!(!propose(other).await.0);
    }
    let (_, text) = bench.tool("/mcp", "list_agents", Value::Null).await;
    assert!(text.contains("Watcher"), "{text}");
}

#[tokio::test]
async fn no_turn_makes_proposals_without_end() {
    let bench = bench(false).await;
    let mut made = 0;
    for _ in 0..12 {
        let arguments = json!({"name": "a", "prompt": "x"});
        made += usize::from(bench.tool("/mcp", "propose_agent", arguments).await.0);
    }
    assert_eq!(made, 10);
}

#[tokio::test]
async fn an_agents_run_reports_and_tells_but_proposes_nothing() {
    let bench = bench(true).await;
    let report = json!({"markdown": "# Done"});
    assert!(bench.tool("/mcp/agent", "publish_result", report).await.0);
    assert!(
        bench
            .tool("/mcp/agent", "ask_owner", json!({"question": "Which?"}))
            .await
            .0
    );
    assert!(
        !bench
            .tool("/mcp/agent", "publish_result", json!({"markdown": " "}))
            .await
            .0
    );
    let agent = json!({"name": "a", "prompt": "x"});
    let (worked, text) = bench.tool("/mcp", "propose_agent", agent).await;
    assert!(!worked && text.contains("not for this kind"), "{text}");
    for number in 0..7 {
        let message = json!({"message": format!("{number}: hunter2")});
        let (worked, text) = bench.tool("/mcp/agent", "notify_owner", message).await;
        assert_eq!(worked, number < 5, "{text}");
    }
    let told = bench
        .store
        .list_notifications(bench.user, false, &PageRequest::default())
        .await
        .unwrap();
    assert_eq!(told.items.len(), 5);
    for notification in told.items {
        assert_eq!(notification.kind, NotificationKind::FromAgent);
        assert_eq!(notification.agent_name.as_deref(), Some("Watcher"));
        assert!(
            notification.detail.ends_with("•••"),
            "{}",
            notification.detail
        );
    }
}

#[tokio::test]
async fn chats_are_not_read_as_runs() {
    let bench = bench(true).await;
    let (worked, text) = bench
        .tool("/mcp/agent", "list_runs", json!({"limit": 99}))
        .await;
    assert_eq!((worked, text.as_str()), (true, r#"{"runs":[]}"#));
    for id in [bench.run.to_string(), "x".to_owned()] {
        let (worked, text) = bench
            .tool("/mcp/agent", "read_run", json!({"run_id": id}))
            .await;
        assert!(!worked && text.contains("list_runs"), "{text}");
    }
}

#[tokio::test]
async fn without_a_known_zone_one_is_asked_for() {
    let bench = bench(false).await;
    let nowhere = Onboarding::default();
    bench
        .store
        .set_onboarding(bench.user, &nowhere)
        .await
        .unwrap();
    let mut agent =
        json!({"name": "a", "prompt": "x", "schedule": {"frequency": "daily", "time": "09:00"}});
    let (worked, text) = bench.tool("/mcp", "propose_agent", agent.clone()).await;
    assert!(!worked && text.contains("schedule/time_zone"), "{text}");
    agent["schedule"]["time_zone"] = "Europe/Berlin".into();
    assert!(bench.tool("/mcp", "propose_agent", agent).await.0);
}
