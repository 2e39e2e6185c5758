//! A few routes of the API with canned answers, for what a real server does only now and then: a connection that breaks, a run that ends
//! unproved, a refusal.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The run of the canned answers.
pub(crate) const RUN: &str = "019ab2c0-0000-7000-8000-000000000001";
/// Their agent.
pub(crate) const AGENT: &str = "019ab2c0-0000-7000-8000-00000000000a";

/// What came in: the line, the header `last-event-id`, the body.
pub(crate) type Seen = Arc<Mutex<Vec<(String, String, Value)>>>;

/// A server that answers by `answer` and remembers what it was asked.
pub(crate) struct Stub {
    pub(crate) url: String,
    pub(crate) seen: Seen,
}

type Answer = fn(&str, &str) -> Response;

impl Stub {
    /// `answer` gets the request's line and its `last-event-id`.
    pub(crate) async fn start(answer: Answer) -> Self {
        let seen = Seen::default();
        let router = Router::new()
            .fallback(remember)
            .with_state((answer, seen.clone()));
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port, and small bodies");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, seen }
    }
}

async fn remember(State((answer, seen)): State<(Answer, Seen)>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let line = format!("{} {}", head.method, head.uri);
    let header = |name| {
        let value = head.headers.get(name);
        value
            .map_or("", |value| value.to_str().expect("text"))
            .to_owned()
    };
    if header("authorization") != "Bearer t" {
        return problem(401, "auth.required");
    }
    let last = header("last-event-id");
    let body = axum::body::to_bytes(body, 1 << 20)
        .await
        .expect("a port, and small bodies");
    let body = serde_json::from_slice(&body).unwrap_or_default();
    seen.lock()
        .expect("no test panics while it looks")
        .push((line.clone(), last.clone(), body));
    answer(&line, &last)
}

/// A JSON answer.
pub(crate) fn ok(value: &Value) -> Response {
    axum::Json(value).into_response()
}

/// A problem document.
pub(crate) fn problem(status: u16, code: &str) -> Response {
    let body = json!({"type": "about:blank", "title": "Title", "status": status, "detail": "What happened.", "code": code});
    (
        StatusCode::from_u16(status).expect("a status"),
        axum::Json(body),
    )
        .into_response()
}

/// A page with everything on it.
pub(crate) fn page(items: &Value) -> Response {
    ok(&json!({"items": items, "next": null}))
}

/// A stream of these events.
pub(crate) fn stream(events: &[(u64, Value)]) -> Response {
    let framed = events.iter().map(|(seq, event)| {
        let record = json!({"conversation_id": RUN, "run_id": RUN, "seq": seq, "at": "2026-11-22T23:00:05Z", "event": event});
        format!("id: {seq}\ndata: {record}\n\n")
    });
    let text = framed.collect::<Vec<_>>().concat();
    ([("content-type", "text/event-stream")], text).into_response()
}

/// Nothing was used.
pub(crate) fn no_usage() -> Value {
    json!({"input_tokens": 0, "output_tokens": 0, "cache_read_tokens": 0, "cache_write_tokens": 0, "cost_usd": 0.0, "calls": 0})
}

/// The run in this state.
pub(crate) fn run(state: &str, reason: &str, proved: Option<bool>) -> Value {
    json!({"id": RUN, "agent_id": AGENT, "agent_name": "주간 요약", "agent_version": 2, "schedule_id": null, "scheduled_at": null,
        "conversation_id": RUN, "message_id": RUN, "trigger": "api", "retry_of": null, "state": state, "reason": reason, "proved": proved,
        "checks": null, "queued_at": "2026-11-22T23:00:00Z", "started_at": "2026-11-22T23:00:01Z", "finished_at": "2026-11-22T23:00:15Z",
        "duration_ms": 14000, "cancel_requested_at": null, "result": "the result", "usage": no_usage(), "attempt": 1})
}

/// The agent, under this name.
pub(crate) fn agent(name: &str) -> Value {
    json!({"id": AGENT, "name": name, "prompt": "Do it.", "model": null, "time_limit_seconds": 1800, "cost_limit_usd": null,
        "network": {"mode": "packages", "hosts": []}, "done": [], "notify": {"failure": true, "success": false, "paused": true, "budget": true},
        "status": "active", "version": 2, "created_at": "2026-11-01T00:00:00Z", "updated_at": "2026-11-02T00:00:00Z", "schedule": null,
        "next_run_at": "2026-11-22T23:00:00Z", "last_run": run("succeeded", "completed", Some(false)), "recent": [],
        "usage": {"month": no_usage(), "total": no_usage()}, "folder": "agent-1"})
}
