//! `GET /api/tokens`

use axum::Json;
use axum::extract::State;
use berth_domain::user::CredentialKind;

use super::TokenView;
use crate::app::Shared;
use crate::problem::Result;
use crate::schema::Items;
use crate::session::Session;

/// The user's tokens that have not expired, newest first. Their texts are not known to anybody but whoever copied them.
#[utoipa::path(
    get,
    path = "/api/tokens",
    operation_id = "listTokens",
    tag = "tokens",
    responses((status = 200, body = Items<TokenView>, description = "The tokens"))
)]
#[tracing::instrument(name = "api.tokens.list", skip_all, fields(user.id))]
pub(super) async fn list_tokens(
    State(app): State<Shared>,
    session: Session,
) -> Result<Json<Items<TokenView>>> {
    let (kind, now) = (CredentialKind::ApiToken, app.deps.clock.now());
    let tokens = &app.deps.credentials;
    let tokens = tokens.credentials_of(session.user_id, kind, now).await?;
    let items = tokens.into_iter().map(TokenView::from).collect();
    Ok(Json(Items::new(items, None)))
}
