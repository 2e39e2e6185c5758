//! `DELETE /api/tokens/{id}`

use axum::extract::State;
use berth_domain::user::CredentialKind;
use http::StatusCode;

use super::hash_in;
use crate::app::Shared;
use crate::extract::Path;
use crate::problem::{Code, Problem, Result};
use crate::session::Session;

/// Ends a token at once, its open sockets included.
#[utoipa::path(
    delete,
    path = "/api/tokens/{id}",
    operation_id = "revokeToken",
    tag = "tokens",
    params(("id" = String, Path, description = "The token's id")),
    responses((status = 204, description = "It opens nothing any more"))
)]
#[tracing::instrument(name = "api.tokens.revoke", skip_all, fields(user.id))]
pub(super) async fn revoke_token(
    State(app): State<Shared>,
    session: Session,
    Path(id): Path<String>,
) -> Result<StatusCode> {
    let missing = || Problem::from(Code::TokenNotFound);
    let hash = hash_in(&id).ok_or_else(missing)?;
    let (tokens, now) = (&app.deps.credentials, app.deps.clock.now());
    let token = tokens.credential(hash, now).await?;
    token
        .filter(|it| it.user_id == session.user_id && it.kind == CredentialKind::ApiToken)
        .ok_or_else(missing)?;
    tokens.revoke_credential(hash).await?;
    app.ended_sessions.send_replace(Some(hash));
    Ok(StatusCode::NO_CONTENT)
}
