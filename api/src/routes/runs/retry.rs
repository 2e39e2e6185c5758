//! `POST /api/runs/{id}/retry`

use axum::extract::State;
use berth_domain::dispatch::Request;
use berth_domain::ids::{MessageId, UserId};
use berth_domain::run::Trigger;
use http::HeaderMap;
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use super::owned;
use crate::app::Shared;
use crate::extract::Path;
use crate::problem::{Code, Problem, Result};
use crate::routes::conversations::{AcceptedResponse, accepted};
use crate::schema::AcceptedView;
use crate::session::Session;

const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Does an ended run again: the same words in the same conversation, as a new run that names this one in `retry_of`.
#[utoipa::path(
    post,
    path = "/api/runs/{id}/retry",
    operation_id = "retryRun",
    tag = "runs",
    params(
        ("id" = Uuid, Path, description = "The run to repeat"),
        (
            "Idempotency-Key" = Option<String>,
            Header,
            description = "1 to 255 visible characters. The same key on the same run starts one run only, however often it is sent",
            min_length = 1,
            max_length = 255
        )
    ),
    responses(
        (
            status = 202,
            body = AcceptedView,
            description = "The new run is queued",
            headers(("Location" = String, description = "The new run"))
        ),
        (status = 409, description = "It has not ended: `run.unfinished`"),
        (status = 429, description = "Too many runs at once: `quota.concurrent_runs`")
    )
)]
#[tracing::instrument(name = "api.runs.retry", skip_all, fields(user.id, run.id = %id))]
pub(super) async fn retry_run(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> Result<AcceptedResponse> {
    let message_id = match idempotency_key(&headers)? {
        Some(key) => message_id(session.user_id, id, key),
        None => app.deps.clock.uuid().into(),
    };
    let run = owned(&app, &session, id).await?;
    if !run.state.is_final() {
        return Err(Code::RunUnfinished.into());
    }
    let content = app.deps.runs.run_content(session.user_id, run.id).await?;
    let request = Request {
        user_id: session.user_id,
        message_id,
        conversation_id: Some(run.conversation_id),
        agent_id: run.agent_id,
        agent: app.deps.runs.run_agent(session.user_id, run.id).await?,
        content: content.ok_or(Problem::from(Code::RunNotFound))?,
        trigger: Trigger::Retry,
        retry_of: Some(run.id),
    };
    let stored = app.submit(request).await?;
    Ok(accepted(AcceptedView::new(message_id, &stored)))
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<&[u8]>> {
    let Some(key) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    let key = key.as_bytes();
    let visible = key.iter().all(|byte| (b'!'..=b'~').contains(byte));
    if visible && (1..=255).contains(&key.len()) {
        Ok(Some(key))
    } else {
        Err(Code::IdempotencyKey.into())
    }
}

/// The message id that follows from user, run and key, so that the store's own check for repeated messages applies.
fn message_id(user: UserId, run: Uuid, key: &[u8]) -> MessageId {
    let digest = Sha256::new()
        .chain_update(user.0.as_bytes())
        .chain_update(run.as_bytes())
        .chain_update(key)
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Builder::from_custom_bytes(bytes).into_uuid().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_names_one_message_of_one_run() {
        let user = UserId(Uuid::from_u128(1));
        let id = |run, key: &[u8]| message_id(user, Uuid::from_u128(run), key);
        assert_eq!(id(1, b"a"), id(1, b"a"));
        assert_ne!(id(1, b"a"), id(2, b"a"));
        assert_ne!(id(1, b"a"), id(1, b"b"));
    }

    #[test]
    fn keys_are_visible_and_short() {
        let key = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(IDEMPOTENCY_KEY, text.parse().unwrap());
            idempotency_key(&headers).map(|key| key.map(<[u8]>::to_vec))
        };
        assert_eq!(key("a-1").unwrap().as_deref(), Some(&b"a-1"[..]));
        assert!(key("").is_err());
        assert!(key("a b").is_err());
        assert!(key(&"x".repeat(256)).is_err());
    }
}
