//! A new session, and the cookie that carries it.

use berth_domain::account::Account;
use berth_domain::ids::UserId;
use berth_domain::user::{Credential, CredentialKind, SESSION_TTL};
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;

use super::{fresh_secret, hash_of, session_cookie, set_cookie};
use crate::app::App;
use crate::problem::{Code, Problem, Result};

/// A session that has begun.
pub(crate) struct Begun {
    /// The cookie to set.
    pub(crate) cookie: HeaderValue,
    /// When it ends by itself.
    pub(crate) expires_at: Timestamp,
}

/// Begins a session. The one that this browser had before ends: a session id is never used across a sign-in.
pub(crate) async fn begin_session(
    app: &App,
    headers: &HeaderMap,
    user_id: UserId,
    account: Option<Account>,
) -> Result<Begun> {
    let secure = app.config.cookie_secure;
    if let Some(secret) = session_cookie(headers, secure) {
        let hash = hash_of(secret);
        app.deps.credentials.revoke_credential(hash).await?;
        app.ended_sessions.send_replace(Some(hash));
    }
    let secret = fresh_secret(app);
    let now = app.deps.clock.now();
    let expires_at = now + SESSION_TTL;
    let credential = Credential {
        hash: hash_of(&secret),
        kind: CredentialKind::Session,
        user_id,
        label: "browser".to_owned(),
        created_at: now,
        expires_at: Some(expires_at),
        account,
    };
    app.deps.credentials.add_credential(&credential).await?;
    let cookie = set_cookie(&secret, secure).ok_or(Problem::from(Code::Internal))?;
    Ok(Begun { cookie, expires_at })
}
