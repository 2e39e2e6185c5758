//! `POST /api/auth/logout`

use axum::extract::State;
use http::StatusCode;
use http::header::{self, HeaderMap};

use crate::app::Shared;
use crate::problem::{Code, Problem, Result};
use crate::session::{Session, clear_cookie};

/// Ends the session or API token the request came with, everywhere and at once.
#[utoipa::path(
    post,
    path = "/api/auth/logout",
    operation_id = "logout",
    tag = "auth",
    responses((status = 204, description = "Signed out"))
)]
#[tracing::instrument(name = "api.auth.logout", skip_all, fields(user.id))]
pub(super) async fn logout(
    State(app): State<Shared>,
    session: Session,
) -> Result<(StatusCode, HeaderMap)> {
    app.deps.credentials.revoke_credential(session.hash).await?;
    app.ended_sessions.send_replace(Some(session.hash));
    let cookie = clear_cookie(app.config.cookie_secure).ok_or(Problem::from(Code::Internal))?;
    let headers = HeaderMap::from_iter([(header::SET_COOKIE, cookie)]);
    Ok((StatusCode::NO_CONTENT, headers))
}
