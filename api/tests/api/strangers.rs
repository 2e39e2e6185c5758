//! Attack 41: every route with another user's id, over the OpenAPI document. A route that is added is tested by being there;
//! one whose path names a new kind of thing fails here until that thing is made below.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use berth_domain::clock::Clock;
use berth_domain::notification::{Notification, NotificationKind};
use berth_domain::ports::credentials::Credentials;
use berth_domain::ports::notifications::Notifications;
use berth_domain::ports::proposals::Proposals;
use berth_domain::proposal::{Proposal, ProposalBody, ProposalState};
use berth_domain::user::{Credential, CredentialHash, CredentialKind};
use http::Method;
use serde_json::{Map, Value, json};

use crate::support::{Rig, Socket};

/// In everything that is the victim's.
const MARK: &str = "victims-own";

/// What the victim has, by the path that leads to it.
struct Things(Vec<(&'static str, String)>);

impl Things {
    async fn new(rig: &Rig) -> Self {
        let agent = rig.agent(MARK).await;
        let schedule = json!({"frequency": "daily", "time": "08:00", "time_zone": "Asia/Seoul"});
        let path = format!("/api/agents/{agent}/schedule");
        let put = rig.call(Method::PUT, &path, schedule.clone()).await;
        assert!(put.status.is_success(), "{put:?}");
        let path = format!("/api/agents/{agent}/secrets/NAME");
        let put = rig.call(Method::PUT, &path, json!({"value": MARK})).await;
        assert!(put.status.is_success(), "{put:?}");
        let (conversation, run) = rig.begin(MARK).await;
        let proposal = Proposal {
            id: rig.clock.uuid().into(),
            user_id: rig.user,
            conversation_id: conversation.into(),
            run_id: run,
            body: ProposalBody::Agent {
                agent: serde_json::from_value(json!({"name": MARK, "prompt": "p"})).unwrap(),
                schedule: None,
            },
            state: ProposalState::Open,
            agent_id: None,
            created_at: rig.clock.now(),
            decided_at: None,
        };
        rig.store.add_proposal(&proposal).await.unwrap();
        let told = Notification {
            id: rig.clock.uuid(),
            user_id: rig.user,
            kind: NotificationKind::RunFailed,
            agent_id: None,
            agent_name: Some(MARK.to_owned()),
            run_id: None,
            reason: None,
            detail: MARK.to_owned(),
            at: rig.clock.now(),
            read_at: None,
        };
        assert!(rig.store.notify(&told, &[]).await.unwrap());
        let token = Credential {
            hash: CredentialHash([9; 32]),
            kind: CredentialKind::ApiToken,
            user_id: rig.user,
            label: MARK.to_owned(),
            created_at: rig.clock.now(),
            expires_at: None,
            account: None,
        };
        rig.store.add_credential(&token).await.unwrap();
        let token = URL_SAFE_NO_PAD.encode(token.hash.0);
        Self(vec![
            ("/api/agents/{id}", agent.to_string()),
            ("/api/auth/validate/{id}", rig.user.to_string()),
            ("/api/conversations/{id}", conversation.to_string()),
            ("/api/notifications/{id}", told.id.to_string()),
            ("/api/proposals/{id}", proposal.id.to_string()),
            ("/api/runs/{id}", run.to_string()),
            ("/api/tokens/{id}", token),
        ])
    }

    /// The path with the victim's ids in it; `None` where it names nothing that is somebody's.
    fn fill(&self, path: &str) -> Option<String> {
        // A path in the asker's own workspace.
        if !path.contains('{') || path == "/api/files/{path}" {
            return None;
        }
        let found = self.0.iter().find(|(prefix, _)| path.starts_with(prefix));
        let (_, id) = found.unwrap_or_else(|| panic!("what is named in {path}? add it to Things"));
        let filled = path.replace("{id}", id).replace("{name}", "NAME");
        assert!(!filled.contains('{'), "what is named in {path}?");
        Some(filled)
    }
}

/// An operation of the document.
struct Route {
    method: Method,
    path: String,
    operation: Value,
}

fn routes(document: &Value) -> Vec<Route> {
    let items = document["paths"].as_object().unwrap();
    let mut routes: Vec<Route> = items
        .iter()
        .flat_map(|(path, item)| {
            item.as_object()
                .unwrap()
                .iter()
                .map(|(method, operation)| Route {
                    method: method.to_uppercase().parse().unwrap(),
                    path: path.clone(),
                    operation: operation.clone(),
                })
        })
        .collect();
    // Removing comes last, and the inner before the outer.
    routes.sort_by_key(|route| {
        let depth = route.path.matches('/').count();
        (route.method == Method::DELETE, usize::MAX - depth)
    });
    routes
}

/// A body that fits the operation: what must be there, and nothing else.
fn body(document: &Value, operation: &Value) -> Value {
    let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
    if schema.is_null() {
        return Value::Null;
    }
    example(document, schema)
}

fn example(document: &Value, schema: &Value) -> Value {
    if let Some(name) = schema["$ref"].as_str() {
        return example(document, document.pointer(&name[1..]).unwrap());
    }
    if let Some(one) = schema["oneOf"].as_array().or(schema["allOf"].as_array()) {
        return example(document, &one[0]);
    }
    if let Some(word) = schema["enum"].get(0) {
        return word.clone();
    }
    let kind = schema["type"].as_str().or(schema["type"][0].as_str());
    match (kind, schema["format"].as_str()) {
        (Some("object"), _) => {
            let required = schema["required"].as_array().into_iter().flatten();
            let fields = required.map(|name| {
                let name = name.as_str().unwrap();
                (
                    name.to_owned(),
                    example(document, &schema["properties"][name]),
                )
            });
            Value::Object(fields.collect::<Map<_, _>>())
        }
        (Some("array"), _) => json!([]),
        (Some("boolean"), _) => json!(true),
        (Some("integer" | "number"), _) => schema.get("minimum").cloned().unwrap_or(json!(1)),
        (_, Some("date-time")) => json!("2026-11-20T00:00:00Z"),
        _ => json!("x"),
    }
}

#[tokio::test]
async fn every_route_with_another_users_id_finds_nothing() {
    let rig = Rig::new().await;
    rig.add_user("eve", "eve").await;
    let things = Things::new(&rig).await;
    let document = serde_json::to_value(berth_api::openapi()).unwrap();
    let mut refused = Vec::new();
    for route in routes(&document) {
        let Some(path) = things.fill(&route.path) else {
            continue;
        };
        let body = body(&document, &route.operation);
        let answer = rig
            .call_as("eve", route.method.clone(), &path, body.clone())
            .await;
        let (status, code) = answer.problem();
        let route = format!("{} {}", route.method, route.path);
        assert_eq!(status, 404, "{route} {body} {code}");
        assert_ne!(code, "route.not_found", "{route}");
        refused.push((route, code));
    }
    assert!(refused.len() > 35, "{} routes", refused.len());
    // The ids were right: with the same requests their owner finds everything, in spite of what eve has tried.
    let mut refused = refused.into_iter();
    for route in routes(&document) {
        if let Some(path) = things.fill(&route.path) {
            let body = body(&document, &route.operation);
            let answer = rig.call(route.method.clone(), &path, body).await;
            let (name, code) = refused.next().unwrap();
            assert_ne!(answer.status, 401, "{name}");
            if answer.status == 404 {
                // Something in it that there is not, such as a version.
                assert_ne!(answer.problem().1, code, "{name}");
            }
        }
    }
}

#[tokio::test]
async fn no_list_shows_what_is_somebody_elses() {
    let rig = Rig::new().await;
    rig.add_user("eve", "eve").await;
    let things = Things::new(&rig).await;
    let document = serde_json::to_value(berth_api::openapi()).unwrap();
    let ids = |prefix: &str| {
        let (_, id) = things.0.iter().find(|(it, _)| it.contains(prefix)).unwrap();
        id.clone()
    };
    let narrowed = format!(
        "agent_id={}&conversation_id={}",
        ids("agents"),
        ids("conversations")
    );
    let mut seen_by_owner = 0;
    for route in routes(&document) {
        let lists = route.method == Method::GET && !route.path.contains('{');
        if !lists || route.operation["security"].is_array() {
            continue;
        }
        for query in [
            "",
            &narrowed,
            &format!("q={MARK}"),
            &format!("query={MARK}"),
        ] {
            let path = format!("{}?{query}", route.path);
            let holds = async |token: &str| {
                let answer = rig.call_as(token, Method::GET, &path, Value::Null).await;
                let text = String::from_utf8_lossy(&answer.body).into_owned();
                text.contains(MARK) || things.0.iter().any(|(_, id)| text.contains(id))
            };
            assert!(!holds("eve").await, "{path}");
            seen_by_owner += usize::from(holds("token").await);
        }
    }
    assert!(
        seen_by_owner >= 8,
        "{seen_by_owner} lists show anything at all"
    );
}

#[tokio::test]
async fn a_socket_reaches_no_conversation_of_somebody_else() {
    let rig = Rig::new().await;
    rig.add_user("eve", "eve").await;
    let (conversation, _) = rig.begin(MARK).await;
    let address = rig.serve().await;
    let headers = [("authorization", "Bearer eve")];
    let socket = Socket::open(address, "/workspace/me", &headers).await;
    let mut socket = socket.unwrap();
    assert_eq!(socket.next().await["type"], "ready");
    let message = rig.clock.uuid();
    for frame in [
        json!({"type": "subscribe", "conversation_id": conversation, "after": 0}),
        json!({"type": "interrupt", "conversation_id": conversation}),
        json!({"type": "message", "id": message, "conversation_id": conversation, "content": "x"}),
    ] {
        socket.send(frame.clone()).await;
        let answer = socket.next().await;
        assert_eq!(answer["code"], "conversation.not_found", "{frame} {answer}");
    }
}
