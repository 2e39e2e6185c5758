//! `GET /api/agents/{id}/secrets`

use axum::Json;
use axum::extract::State;
use uuid::Uuid;

use super::{SecretView, names};
use crate::app::Shared;
use crate::extract::Path;
use crate::problem::Result;
use crate::schema::Items;
use crate::session::Session;

/// The names of an agent's secrets.
#[utoipa::path(
    get,
    path = "/api/agents/{id}/secrets",
    operation_id = "listSecrets",
    tag = "agents",
    params(("id" = Uuid, Path, description = "The agent")),
    responses((status = 200, body = Items<SecretView>, description = "All of them"))
)]
#[tracing::instrument(name = "api.agents.secrets.list", skip_all, fields(user.id, agent.id = %id))]
pub(super) async fn list_secrets(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<Uuid>,
) -> Result<Json<Items<SecretView>>> {
    let (_, mut names) = names(&app, &session, id).await?;
    names.sort_unstable();
    let items = names.into_iter().map(|name| SecretView { name }).collect();
    Ok(Json(Items::all(items)))
}
