//! Berth's own tools, for Claude: an MCP server at `/mcp` for chats and at `/mcp/agent` for runs of agents.
//!
//! JSON-RPC over streamable HTTP, in its simplest form: each request is answered with JSON, nothing is pushed, no session is
//! kept. What tools there are is nobody's secret and is told to every process of a workspace; to use one, a run must be
//! granted to the caller's token, and it acts in the name of that run's user, on nothing but their own things. A tool that
//! would change something for good only proposes it: what is saved is decided by the user, outside the container.

mod call;
mod catalogue;
mod look;
mod propose;
mod rpc;
mod tell;

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use crate::grants::NotGranted;
use crate::http::{Body, Refusal, full};
use crate::model;
use crate::server::{Context, Workspace};
use call::Caller;
use rpc::{Incoming as Message, RpcError};

/// Bytes of a request. The longest thing that is said here is a report.
const MAX_BODY: usize = 1024 * 1024;
/// Versions of the protocol that are spoken, the newest first.
const VERSIONS: [&str; 4] = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

/// Who the tools are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    Chat,
    AgentRun,
}

impl Audience {
    /// From the raw request target.
    pub(crate) fn parse(target: &str) -> Option<Self> {
        match target {
            "/mcp" => Some(Self::Chat),
            "/mcp/agent" => Some(Self::AgentRun),
            _ => None,
        }
    }
}

/// Answers a request to one of the two addresses.
pub(crate) async fn handle(
    context: &Arc<Context>,
    workspace: &Workspace,
    audience: Audience,
    request: Request<Incoming>,
) -> Result<Response<Body>, Refusal> {
    if request.method() != Method::POST {
        let message = "messages are posted here; nothing is streamed";
        let refusal = Refusal::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "invalid_request_error",
            message,
        );
        let mut response = refusal.into_response();
        response
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static("POST"));
        return Ok(response);
    }
    let (parts, body) = request.into_parts();
    let granted = model::bearer(&parts.headers)
        .map_err(|_| NotGranted::Unknown)
        .and_then(|token| context.granted(workspace.user, token));
    if let Ok(granted) = &granted {
        context.certain(granted).await?;
    }
    let body = read(context, body).await?;
    let message = match Message::parse(&body) {
        Ok(message) => message,
        Err(error) => {
            return Ok(answer(
                StatusCode::BAD_REQUEST,
                &error.response(&Value::Null),
            ));
        }
    };
    let Message::Request { id, method, params } = message else {
        let mut response = Response::new(full(Bytes::new()));
        *response.status_mut() = StatusCode::ACCEPTED;
        return Ok(response);
    };
    let caller = Caller { context, granted };
    let response = match respond(&caller, audience, &method, &params).await {
        Ok(result) => json!({"jsonrpc": "2.0", "id": id, "result": result}),
        Err(error) => error.response(&id),
    };
    Ok(answer(StatusCode::OK, &response))
}

async fn respond(
    caller: &Caller<'_>,
    audience: Audience,
    method: &str,
    params: &Value,
) -> Result<Value, RpcError> {
    match method {
        "initialize" => Ok(initialized(params)),
        "ping" => Ok(json!({})),
        "tools/list" => Ok(json!({"tools": catalogue::tools(audience)})),
        "tools/call" => caller.call(audience, params).await,
        _ => Err(RpcError::no_such_method()),
    }
}

/// The version that was asked for where it is spoken, the newest otherwise: the caller decides whether that will do.
fn initialized(params: &Value) -> Value {
    let asked = params["protocolVersion"].as_str();
    let version = VERSIONS
        .into_iter()
        .find(|version| asked == Some(version))
        .unwrap_or(VERSIONS[0]);
    json!({
        "protocolVersion": version,
        "capabilities": {"tools": {"listChanged": false}},
        "serverInfo": {"name": "berth", "title": "Berth", "version": env!("CARGO_PKG_VERSION")},
    })
}

async fn read(context: &Context, body: Incoming) -> Result<Bytes, Refusal> {
    let reading = Limited::new(body, MAX_BODY).collect();
    match tokio::time::timeout(context.config.limits.body_timeout, reading).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Refusal::too_large()),
        Ok(Err(_)) => Err(Refusal::bad_request("the request body ended early")),
        Err(_) => Err(Refusal::new(
            StatusCode::REQUEST_TIMEOUT,
            "timeout_error",
            "the request body took too long",
        )),
    }
}

fn answer(status: StatusCode, body: &Value) -> Response<Body> {
    let mut response = Response::new(full(body.to_string()));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
