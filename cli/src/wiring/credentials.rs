//! Fresh credentials: 32 random bytes, shown once, stored as a hash.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use berth_domain::user::CredentialHash;
use sha2::{Digest as _, Sha256};

/// A credential's text and what the store may know of it.
pub(crate) fn fresh(prefix: &str) -> anyhow::Result<(String, CredentialHash)> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
    let text = format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes));
    let hash = CredentialHash(Sha256::digest(text.as_bytes()).into());
    Ok((text, hash))
}
