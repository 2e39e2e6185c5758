//! API tokens: for programs that act for their user.

mod create;
mod list;
mod revoke;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use berth_domain::user::{Credential, CredentialHash};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::Shared;

pub(super) fn router() -> OpenApiRouter<Shared> {
    OpenApiRouter::new()
        .routes(routes!(list::list_tokens, create::create_token))
        .routes(routes!(revoke::revoke_token))
}

/// An API token, without its text.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiToken)]
struct TokenView {
    /// What it is called in addresses; opens nothing.
    id: String,
    /// What its owner calls it.
    name: String,
    /// When it was made.
    created_at: Timestamp,
    /// When it ends; null for one that was made on the server without an end.
    expires_at: Option<Timestamp>,
}

impl From<Credential> for TokenView {
    fn from(token: Credential) -> Self {
        Self {
            id: id_of(token.hash),
            name: token.label,
            created_at: token.created_at,
            expires_at: token.expires_at,
        }
    }
}

/// The hash is the id: of 32 random bytes it gives nothing away.
fn id_of(hash: CredentialHash) -> String {
    URL_SAFE_NO_PAD.encode(hash.0)
}

fn hash_in(id: &str) -> Option<CredentialHash> {
    let bytes = URL_SAFE_NO_PAD.decode(id).ok()?;
    Some(CredentialHash(bytes.try_into().ok()?))
}
