//! `DELETE /api/agents/{id}/secrets/{name}`

use axum::extract::State;
use http::StatusCode;
use uuid::Uuid;

use super::scope_with;
use crate::app::Shared;
use crate::extract::Path;
use crate::problem::{Code, Result};
use crate::session::Session;

/// Removes a secret; runs under way keep it until they end.
#[utoipa::path(
    delete,
    path = "/api/agents/{id}/secrets/{name}",
    operation_id = "deleteSecret",
    tag = "agents",
    params(
        ("id" = Uuid, Path, description = "The agent"),
        ("name" = String, Path, description = "The secret's name")
    ),
    responses((status = 204, description = "Removed"))
)]
#[tracing::instrument(name = "api.agents.secrets.delete", skip_all, fields(user.id, agent.id = %id))]
pub(super) async fn delete_secret(
    State(app): State<Shared>,
    session: Session,
    Path((id, name)): Path<(Uuid, String)>,
) -> Result<StatusCode> {
    let scope = scope_with(&app, &session, id, &name).await?;
    if app.deps.secrets.delete_secret(&scope, &name).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Code::SecretNotFound.into())
    }
}
