//! `PUT /api/agents/{id}/secrets/{name}`

use axum::extract::State;
use berth_domain::agent::is_secret_name;
use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::names;
use crate::app::Shared;
use crate::extract::{Json, Path};
use crate::problem::{Code, Problem, Result};
use crate::session::Session;

/// Longest value, in bytes.
const MAX_VALUE: usize = 16 * 1024;
/// Most secrets of one agent.
const MAX_SECRETS: usize = 50;

/// A value. It has no `Debug`, so that it cannot get into a log.
#[derive(Deserialize, ToSchema)]
pub(super) struct SecretRequest {
    /// 1 byte to 16 KiB of text without NUL characters.
    #[schema(min_length = 1)]
    value: String,
}

/// Stores or replaces a secret. The agent can read it: its runs find it in the environment variable of that name. It is masked
/// in everything that is kept of a run.
#[utoipa::path(
    put,
    path = "/api/agents/{id}/secrets/{name}",
    operation_id = "putSecret",
    tag = "agents",
    params(
        ("id" = Uuid, Path, description = "The agent"),
        ("name" = String, Path, description = "`[A-Z_][A-Z0-9_]{0,63}`, and not a variable that Berth sets itself")
    ),
    responses(
        (status = 204, description = "Stored"),
        (status = 409, description = "As many secrets as allowed: `secret.limit`")
    )
)]
#[tracing::instrument(name = "api.agents.secrets.put", skip_all, fields(user.id, agent.id = %id))]
pub(super) async fn put_secret(
    State(app): State<Shared>,
    session: Session,
    Path((id, name)): Path<(Uuid, String)>,
    Json(request): Json<SecretRequest>,
) -> Result<StatusCode> {
    let (scope, names) = names(&app, &session, id).await?;
    if !is_secret_name(&name) {
        return Err(Code::SecretName.into());
    }
    let value = request.value;
    if !(1..=MAX_VALUE).contains(&value.len()) || value.contains('\0') {
        return Err(Problem::with(Code::SecretValue, MAX_VALUE as u64));
    }
    if names.len() >= MAX_SECRETS && !names.contains(&name) {
        return Err(Problem::with(Code::SecretLimit, MAX_SECRETS as u64));
    }
    app.deps.secrets.put_secret(&scope, &name, &value).await?;
    Ok(StatusCode::NO_CONTENT)
}
