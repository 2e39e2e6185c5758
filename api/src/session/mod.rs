//! Who is asking: a browser's cookie or a program's API token.
//!
//! A handler that takes a [`Session`] cannot be reached without one, and with a cookie only from our own pages: the
//! check of the Origin is part of getting it, so that no route can forget it.

mod begin;
mod cookie;
mod hosts;
mod sign_in;

use axum::extract::FromRequestParts;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use berth_domain::account::Account;
use berth_domain::ids::UserId;
use berth_domain::ports::StoreResult;
use berth_domain::user::{Credential, CredentialHash, CredentialKind};
use http::request::Parts;
use http::{HeaderMap, Method, header};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

pub(crate) use begin::begin_session;
pub(crate) use cookie::{
    attempt_cookie, clear_attempt, clear_cookie, session_cookie, set_attempt, set_cookie,
};
pub(crate) use hosts::{HostPolicy, check_host};
pub(crate) use sign_in::{link_token, sign_in};

use crate::app::{App, Shared};
use crate::problem::{Code, Problem, Result};

/// A user who has shown a valid credential.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// Who it is.
    pub(crate) user_id: UserId,
    /// The credential, by hash.
    pub(crate) hash: CredentialHash,
    /// What it is.
    pub(crate) kind: CredentialKind,
    /// When it ends by itself.
    pub(crate) expires_at: Option<Timestamp>,
    /// The account that was signed in when it was made.
    pub(crate) account: Option<Account>,
}

impl Session {
    /// Whether `id`, as written in a path, names this user.
    pub(crate) fn is(&self, id: &str) -> bool {
        id == "me" || id.parse::<UserId>().is_ok_and(|id| id == self.user_id)
    }

    fn new(credential: Credential) -> Self {
        Self {
            user_id: credential.user_id,
            hash: credential.hash,
            kind: credential.kind,
            expires_at: credential.expires_at,
            account: credential.account,
        }
    }
}

/// SHA-256 of a credential's text: what the store is asked for.
pub(crate) fn hash_of(secret: &str) -> CredentialHash {
    CredentialHash(Sha256::digest(secret.as_bytes()).into())
}

/// 32 random bytes as text, to be shown once and stored as [`hash_of`].
pub(crate) fn fresh_secret(app: &App) -> String {
    URL_SAFE_NO_PAD.encode(app.deps.random.bytes())
}

impl App {
    /// Whether the session still stands.
    pub(crate) async fn is_valid(&self, session: &Session) -> StoreResult<bool> {
        let now = self.deps.clock.now();
        let found = self.deps.credentials.credential(session.hash, now).await?;
        Ok(found.is_some_and(|credential| {
            credential.user_id == session.user_id && self.access.honours(&credential)
        }))
    }

    async fn session(&self, headers: &HeaderMap) -> Result<Session> {
        let (secret, kind) = presented(headers, self.config.cookie_secure)
            .ok_or(Problem::from(Code::AuthRequired))?;
        let now = self.deps.clock.now();
        let found = self.deps.credentials.credential(hash_of(secret), now).await;
        match found? {
            Some(credential) if credential.kind == kind && self.access.honours(&credential) => {
                Ok(Session::new(credential))
            }
            _ => Err(Code::AuthRequired.into()),
        }
    }
}

/// The credential a request carries. A token in a header wins: a page of another site cannot make a browser send one.
fn presented(headers: &HeaderMap, secure: bool) -> Option<(&str, CredentialKind)> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        return scheme
            .eq_ignore_ascii_case("bearer")
            .then_some((token.trim(), CredentialKind::ApiToken));
    }
    session_cookie(headers, secure).map(|secret| (secret, CredentialKind::Session))
}

/// Whether another site could gain something by making a browser send this request.
fn needs_own_origin(parts: &Parts) -> bool {
    let safe = matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
    !safe || parts.headers.contains_key(header::UPGRADE)
}

impl FromRequestParts<Shared> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self> {
        let session = app.session(&parts.headers).await?;
        if session.kind == CredentialKind::Session
            && needs_own_origin(parts)
            && !app.hosts.allows_origin(&parts.headers)
        {
            return Err(Code::AuthOrigin.into());
        }
        tracing::Span::current().record("user.id", tracing::field::display(session.user_id));
        Ok(session)
    }
}

/// A request that changes something without a session: it must come from our own pages all the same.
#[derive(Debug)]
pub(crate) struct FromOwnPage;

impl FromRequestParts<Shared> for FromOwnPage {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Shared) -> Result<Self> {
        if app.hosts.allows_origin(&parts.headers) {
            Ok(Self)
        } else {
            Err(Code::AuthOrigin.into())
        }
    }
}
