//! `POST /api/tokens`

use axum::extract::State;
use berth_domain::user::{Credential, CredentialKind, MAX_TOKENS};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::id_of;
use crate::app::Shared;
use crate::extract::Json;
use crate::problem::{Code, Field, Problem, Result};
use crate::session::{Session, fresh_secret, hash_of};

/// Longest name, in characters.
const MAX_NAME: usize = 80;
/// Longest life, in days.
const MAX_DAYS: u32 = 365;
/// Where nothing is said.
const DAYS: u32 = 90;

/// A token that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct TokenRequest {
    /// What its owner calls it, to tell it from others.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
    /// How long it is good for.
    #[schema(minimum = 1, maximum = 365, default = 90)]
    expires_in_days: Option<u32>,
}

/// A token that was made. It has no `Debug`, so that the text cannot get into a log.
#[derive(Serialize, ToSchema)]
pub(super) struct NewApiToken {
    /// What it is called in addresses.
    id: String,
    /// What its owner calls it.
    name: String,
    /// When it was made.
    created_at: Timestamp,
    /// When it ends.
    expires_at: Timestamp,
    /// The token itself: shown here and never again.
    token: String,
}

/// Makes a token. It may do what its user may, but for making tokens.
#[utoipa::path(
    post,
    path = "/api/tokens",
    operation_id = "createToken",
    tag = "tokens",
    responses(
        (status = 201, body = NewApiToken, description = "Made"),
        (status = 409, description = "There are as many as allowed: `token.limit`")
    )
)]
#[tracing::instrument(name = "api.tokens.create", skip_all, fields(user.id))]
pub(super) async fn create_token(
    State(app): State<Shared>,
    session: Session,
    Json(request): Json<TokenRequest>,
) -> Result<(StatusCode, axum::Json<NewApiToken>)> {
    // Whoever finds a token must not be able to make it last.
    if session.kind != CredentialKind::Session {
        return Err(Code::TokenBySession.into());
    }
    let (name, days) = checked(&request)?;
    let (kind, now) = (CredentialKind::ApiToken, app.deps.clock.now());
    let tokens = &app.deps.credentials;
    let held = tokens.credentials_of(session.user_id, kind, now).await?;
    if held.len() >= MAX_TOKENS {
        return Err(Problem::with(Code::TokenLimit, MAX_TOKENS as u64));
    }
    let token = format!("berth_token_{}", fresh_secret(&app));
    let expires_at = now + SignedDuration::from_hours(24 * i64::from(days));
    let credential = Credential {
        hash: hash_of(&token),
        kind,
        user_id: session.user_id,
        label: name.clone(),
        created_at: now,
        expires_at: Some(expires_at),
        account: session.account,
    };
    tokens.add_credential(&credential).await?;
    let made = NewApiToken {
        id: id_of(credential.hash),
        name,
        created_at: now,
        expires_at,
        token,
    };
    Ok((StatusCode::CREATED, axum::Json(made)))
}

/// Name and days.
fn checked(request: &TokenRequest) -> Result<(String, u32)> {
    let name = request.name.trim().to_owned();
    let days = request.expires_in_days.unwrap_or(DAYS);
    let mut errors = Vec::new();
    if name.is_empty() {
        errors.push(Field::new("name", "empty"));
    } else if name.chars().count() > MAX_NAME {
        errors.push(Field::new("name", "too_long"));
    } else if name.contains(char::is_control) {
        errors.push(Field::new("name", "malformed"));
    }
    if !(1..=MAX_DAYS).contains(&days) {
        errors.push(Field::new("expires_in_days", "out_of_range"));
    }
    if errors.is_empty() {
        Ok((name, days))
    } else {
        Err(Problem::of_fields(Code::TokenInvalid, errors))
    }
}
