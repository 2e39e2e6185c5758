//! Fresh credentials: 32 random bytes, shown once, stored as a hash.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use berth_api::Random;
use berth_domain::user::CredentialHash;
use sha2::{Digest as _, Sha256};

/// The system's random generator.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemRandom;

impl Random for SystemRandom {
    fn bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        // A system that cannot give random bytes cannot keep a secret either: ending is the only safe answer.
        getrandom::fill(&mut bytes).expect("the system gives random bytes");
        bytes
    }
}

/// A credential's text and what the store may know of it.
pub(crate) fn fresh(prefix: &str) -> anyhow::Result<(String, CredentialHash)> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
    let text = format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes));
    let hash = CredentialHash(Sha256::digest(text.as_bytes()).into());
    Ok((text, hash))
}
