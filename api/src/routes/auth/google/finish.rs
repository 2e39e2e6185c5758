//! `POST /api/auth/google`

use axum::extract::State;
use axum::response::AppendHeaders;
use berth_domain::account::{Account, google_user};
use berth_oidc::{Claims, Expected, Refused, VerifyError};
use http::HeaderMap;
use http::header::{self, HeaderName, HeaderValue};
use metrics::counter;
use serde::Deserialize;
use utoipa::ToSchema;

use super::super::validate::SessionView;
use super::{nonce_of, provider};
use crate::app::{App, Shared};
use crate::extract::Json;
use crate::google::GoogleSignIn;
use crate::problem::{Code, Problem, Result};
use crate::session::{FromOwnPage, attempt_cookie, begin_session, clear_attempt};

/// Google's answer. It has no `Debug`, so that a token cannot get into a log.
#[derive(Deserialize, ToSchema)]
pub(in crate::routes::auth) struct GoogleSignInRequest {
    /// The ID token that Google gave to the browser.
    #[schema(max_length = 16384)]
    credential: String,
}

/// The session's cookie, and the end of the attempt's.
type Cookies = AppendHeaders<[(HeaderName, HeaderValue); 2]>;

/// Signs in with Google's answer. The browser must be the one that `GET /api/auth/google` sent there; the session it had ends.
#[utoipa::path(
    post,
    path = "/api/auth/google",
    operation_id = "finishGoogleSignIn",
    tag = "auth",
    responses(
        (status = 200, body = SessionView, description = "Signed in; the session is in a cookie"),
        (status = 401, description = "Not believed: `sign_in.refused`, or not this browser's: `sign_in.stale`"),
        (status = 403, description = "An account without access: `sign_in.not_admitted`, or another site: `auth.origin`"),
        (status = 404, description = "There is no sign-in with Google here: `sign_in.none`"),
        (status = 500, description = "`internal`, `store.broken`"),
        (status = 503, description = "Google's keys cannot be had: `sign_in.unavailable`; or `store.unavailable`"),
        (status = 507, description = "`store.full`")
    ),
    security(())
)]
#[tracing::instrument(name = "api.auth.google.finish", skip_all, fields(user.id))]
pub(in crate::routes::auth) async fn finish_google(
    State(app): State<Shared>,
    _: FromOwnPage,
    headers: HeaderMap,
    Json(request): Json<GoogleSignInRequest>,
) -> Result<(Cookies, axum::Json<SessionView>)> {
    let google = provider(&app)?;
    let claims = believed(&app, google, &headers, &request.credential).await?;
    let account = admitted(google, &claims)?;
    let (name, clock) = (google_user(&claims.sub), &app.deps.clock);
    let users = &app.deps.users;
    let user = users.ensure_user(&name, clock.uuid().into(), clock.now());
    let user = user.await?;
    let begun = begin_session(&app, &headers, user.id, Some(account)).await?;
    let done = clear_attempt(app.config.cookie_secure).ok_or(Problem::from(Code::Internal))?;
    tracing::Span::current().record("user.id", tracing::field::display(user.id));
    tracing::info!("signed in with Google");
    counted("signed_in");
    Ok((
        AppendHeaders([
            (header::SET_COOKIE, begun.cookie),
            (header::SET_COOKIE, done),
        ]),
        axum::Json(SessionView::new(user.id, Some(begun.expires_at))),
    ))
}

/// What Google says of the account, if it says it to this browser.
async fn believed(
    app: &App,
    google: &GoogleSignIn,
    headers: &HeaderMap,
    token: &str,
) -> Result<Claims> {
    let secret = attempt_cookie(headers, app.config.cookie_secure);
    let nonce = secret.map(nonce_of).ok_or_else(|| {
        counted("stale");
        Problem::from(Code::SignInStale)
    })?;
    let expected = Expected::person(&google.client_id, &nonce);
    let now = app.deps.clock.now();
    google
        .verifier
        .verify(token, &expected, now)
        .await
        .map_err(|error| refusal(&error).into())
}

fn refusal(error: &VerifyError) -> Code {
    tracing::info!(cause = %error, "a sign-in with Google was refused");
    let (word, code) = match error {
        VerifyError::Unavailable(_) => ("unavailable", Code::SignInUnavailable),
        VerifyError::Refused(Refused::Nonce) => ("stale", Code::SignInStale),
        VerifyError::Refused(_) => ("refused", Code::SignInRefused),
    };
    counted(word);
    code
}

/// The account, if it may come in.
fn admitted(google: &GoogleSignIn, claims: &Claims) -> Result<Account> {
    let account = Account {
        email: claims.email.clone().unwrap_or_default(),
        hosted_domain: claims.hd.clone(),
    };
    if google.admission.admits(&account) {
        Ok(account)
    } else {
        tracing::info!("an account without access wanted to sign in");
        counted("not_admitted");
        Err(Code::SignInNotAdmitted.into())
    }
}

fn counted(outcome: &'static str) {
    counter!("sign_ins_total", "outcome" => outcome).increment(1);
}
