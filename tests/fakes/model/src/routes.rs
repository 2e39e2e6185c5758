//! The routes of the Messages API.

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use futures::stream;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::conversation::Conversation;
use crate::directives::Directives;
use crate::error::ApiError;
use crate::faults::Fault;
use crate::reply::{Reply, hex};
use crate::state::Model;
use crate::stream::{Middle, plan, send};
use crate::usage::InputTokens;
use crate::{control, scripts};

/// Largest body accepted; the API itself stops at 32 MB.
const BODY_LIMIT: usize = 32 << 20;
const MODEL: &str = "claude-opus-5-5";

pub(crate) fn router(model: Model) -> Router {
    let mut router = Router::new()
        .route("/v1/messages", post(messages))
        .route("/v1/messages/count_tokens", post(count_tokens))
        .route("/v1/models", get(models))
        .route("/v1/models/{id}", get(one_model))
        .route("/api/hello", get(async || Json(json!({}))))
        .fallback(async |uri: Uri| ApiError::not_found(uri.path()))
        .layer(DefaultBodyLimit::max(BODY_LIMIT));
    if model.options().control {
        router = router.merge(control::router());
    }
    router.with_state(model)
}

/// A request for a message, read.
struct Turn {
    number: u64,
    id: String,
    /// Tells this message of the user's from the same text sent again.
    key: String,
    model: String,
    reply: Reply,
    tokens: InputTokens,
    directives: Directives,
}

async fn messages(
    State(model): State<Model>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ApiError> {
    let body = accept(&model, &headers, &body)?;
    let number = model.record(uri.path(), &headers, &body);
    let turn = Turn::read(number, &body)?;
    let key = format!("{} {}", session(&headers, &body), turn.key);
    let fault = model.next_fault(turn.directives.fault.as_ref(), &key);
    let middle = spoil(&model, fault).await?;
    if body["stream"].as_bool().unwrap_or(false) {
        Ok(turn.stream(model, middle))
    } else {
        turn.whole(&model, middle).await
    }
}

/// Carries out the part of a fault that comes before the first byte; answers what is to happen in the middle.
async fn spoil(model: &Model, fault: Option<Fault>) -> Result<Option<Middle>, ApiError> {
    match fault {
        None => Ok(None),
        Some(Fault::Status(status)) => Err(ApiError::injected(status)),
        Some(Fault::Drop) => Ok(Some(Middle::Cut)),
        Some(Fault::Midstream) => Ok(Some(Middle::Error(ApiError::overloaded().body()))),
        Some(Fault::Slow(time)) => {
            tokio::time::sleep(time).await;
            Ok(None)
        }
        Some(Fault::Gate(name)) => {
            model.hold(&name).await;
            Ok(None)
        }
    }
}

impl Turn {
    fn read(number: u64, body: &Value) -> Result<Self, ApiError> {
        let model = body["model"]
            .as_str()
            .ok_or_else(|| ApiError::invalid("model: field required"))?;
        if body["max_tokens"].as_u64().is_none() {
            return Err(ApiError::invalid("max_tokens: field required"));
        }
        let conversation = Conversation::read(body)?;
        let directives = Directives::read(conversation.last_text());
        Ok(Self {
            number,
            id: message_id(body, number),
            key: format!("{} {}", conversation.texts.len(), conversation.last_text()),
            model: model.to_owned(),
            reply: scripts::answer(&conversation, &directives),
            tokens: InputTokens::count(body),
            directives,
        })
    }

    fn stream(self, model: Model, middle: Option<Middle>) -> Response {
        let last = self.reply.stop_reason() == "end_turn";
        let hold = self
            .directives
            .hold
            .clone()
            .filter(|_| last)
            .map(Middle::Hold);
        let frames = plan(
            &self.message(&[], None, 1),
            &self.reply,
            self.tokens,
            middle.or(hold),
        );
        let events = send(model, self.number, frames, self.directives.slow);
        let headers = [
            (
                header::CONTENT_TYPE,
                "text/event-stream; charset=utf-8".to_owned(),
            ),
            (header::CACHE_CONTROL, "no-cache".to_owned()),
            (
                header::HeaderName::from_static("request-id"),
                format!("req_{}", self.number),
            ),
        ];
        (headers, Body::from_stream(events)).into_response()
    }

    /// The same answer in one piece.
    async fn whole(self, model: &Model, middle: Option<Middle>) -> Result<Response, ApiError> {
        match middle {
            Some(Middle::Cut) => {
                let cut = stream::iter([Err::<Bytes, _>(std::io::Error::other("cut on demand"))]);
                return Ok(Body::from_stream(cut).into_response());
            }
            Some(Middle::Error(_)) => return Err(ApiError::overloaded()),
            Some(Middle::Hold(_)) | None => {}
        }
        if let Some(name) = &self.directives.hold {
            model.hold(name).await;
        }
        let content: Vec<Value> = self
            .reply
            .blocks
            .iter()
            .enumerate()
            .map(|(index, block)| block.to_json(&self.id, index))
            .collect();
        let output = self.reply.output_tokens();
        Ok(Json(self.message(&content, Some(self.reply.stop_reason()), output)).into_response())
    }

    fn message(&self, content: &[Value], stop_reason: Option<&str>, output_tokens: u64) -> Value {
        json!({
            "id": self.id,
            "type": "message",
            "role": "assistant",
            "model": self.model,
            "content": content,
            "stop_reason": stop_reason,
            "stop_sequence": null,
            "usage": self.tokens.usage(output_tokens),
        })
    }
}

async fn count_tokens(
    State(model): State<Model>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let body = accept(&model, &headers, &body)?;
    model.record(uri.path(), &headers, &body);
    Conversation::read(&body)?;
    Ok(Json(
        json!({ "input_tokens": InputTokens::count(&body).total() }),
    ))
}

async fn models(State(model): State<Model>, headers: HeaderMap) -> Result<Json<Value>, ApiError> {
    authorise(&model, &headers)?;
    Ok(Json(
        json!({ "data": [describe(MODEL)], "has_more": false, "first_id": MODEL, "last_id": MODEL }),
    ))
}

async fn one_model(
    State(model): State<Model>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    authorise(&model, &headers)?;
    if id == MODEL {
        Ok(Json(describe(MODEL)))
    } else {
        Err(ApiError::not_found(&format!("model: {id}")))
    }
}

fn describe(id: &str) -> Value {
    json!({ "type": "model", "id": id, "display_name": "Demo model (scripted)", "created_at": "2025-01-01T00:00:00Z" })
}

fn accept(model: &Model, headers: &HeaderMap, body: &[u8]) -> Result<Value, ApiError> {
    authorise(model, headers)?;
    serde_json::from_slice(body)
        .map_err(|error| ApiError::invalid(format!("the body is not JSON: {error}")))
}

fn authorise(model: &Model, headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(key) = &model.options().key else {
        return Ok(());
    };
    let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = value("authorization").and_then(|value| value.strip_prefix("Bearer "));
    if value("x-api-key") == Some(key) || bearer == Some(key) {
        Ok(())
    } else {
        Err(ApiError::unauthorised())
    }
}

/// What tells one conversation from another: the CLI's header, or the metadata it sends.
fn session<'a>(headers: &'a HeaderMap, body: &'a Value) -> &'a str {
    let header = headers
        .get("x-claude-code-session-id")
        .and_then(|value| value.to_str().ok());
    header
        .or_else(|| body["metadata"]["user_id"].as_str())
        .unwrap_or_default()
}

/// An id that no other answer has, not even one from before a restart of this server: the CLI joins what shares an id.
fn message_id(body: &Value, number: u64) -> String {
    let mut hash = Sha256::new();
    hash.update(body["messages"].to_string());
    hash.update(body["metadata"].to_string());
    format!("msg_{number:04x}{}", hex(&hash.finalize()[..10]))
}
