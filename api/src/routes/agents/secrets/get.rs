//! `GET /api/agents/{id}/secrets/{name}`

use axum::Json;
use axum::extract::State;
use uuid::Uuid;

use super::{SecretView, scope_with};
use crate::app::Shared;
use crate::extract::Path;
use crate::problem::Result;
use crate::session::Session;

/// Whether an agent has a secret of that name. Its value is never shown.
#[utoipa::path(
    get,
    path = "/api/agents/{id}/secrets/{name}",
    operation_id = "getSecret",
    tag = "agents",
    params(
        ("id" = Uuid, Path, description = "The agent"),
        ("name" = String, Path, description = "The secret's name")
    ),
    responses((status = 200, body = SecretView, description = "It has"))
)]
#[tracing::instrument(name = "api.agents.secrets.get", skip_all, fields(user.id, agent.id = %id))]
pub(super) async fn get_secret(
    State(app): State<Shared>,
    session: Session,
    Path((id, name)): Path<(Uuid, String)>,
) -> Result<Json<SecretView>> {
    scope_with(&app, &session, id, &name).await?;
    Ok(Json(SecretView { name }))
}
