//! `GET /api/auth/google`

use std::convert::Infallible;

use axum::extract::State;
use http::StatusCode;
use http::header::{self, HeaderMap, HeaderValue};

use super::{nonce_of, provider};
use crate::app::Shared;
use crate::language::Language;
use crate::problem::{Code, Problem, Result};
use crate::session::{fresh_secret, set_attempt};

/// Sends the browser to Google, to choose an account.
#[utoipa::path(
    get,
    path = "/api/auth/google",
    operation_id = "beginGoogleSignIn",
    tag = "auth",
    responses(
        (status = 303, description = "To Google's page"),
        (status = 404, description = "There is no sign-in with Google here: `sign_in.none`")
    ),
    security(())
)]
#[tracing::instrument(name = "api.auth.google.begin", skip_all)]
pub(in crate::routes::auth) async fn begin_google(
    State(app): State<Shared>,
    language: std::result::Result<Language, Infallible>,
) -> Result<(StatusCode, HeaderMap)> {
    let google = provider(&app)?;
    let Ok(language) = language;
    let secret = fresh_secret(&app);
    let page = google.page(&nonce_of(&secret), language.tag());
    let cookie = set_attempt(&secret, app.config.cookie_secure);
    let internal = || Problem::from(Code::Internal);
    let headers = HeaderMap::from_iter([
        (
            header::LOCATION,
            HeaderValue::try_from(page.as_str()).map_err(|_| internal())?,
        ),
        (header::SET_COOKIE, cookie.ok_or_else(internal)?),
    ]);
    Ok((StatusCode::SEE_OTHER, headers))
}
