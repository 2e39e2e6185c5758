//! The token a CLI process authenticates with at the gateway.
//!
//! A process gets its token once, by environment, and serves many runs. The token is derived from the process's id, so
//! that a runner that crashed finds the same token again for a process that lived on; between runs nothing is granted to
//! it and it opens nothing.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::secret::Secret;

/// What a token begins with, so that one found in a log is recognised for what it is.
pub const PREFIX: &str = "berth_";

/// The secret that tokens are derived from; kept as long as processes may live, which is longer than the runner does.
#[derive(Clone)]
pub struct TokenKey([u8; 32]);

impl TokenKey {
    /// `bytes` come from a random source.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The token of the process named `process_id`; the same name always has the same token.
    pub fn derive(&self, process_id: &str) -> RunToken {
        let tag = self.tag("run-token", process_id.as_bytes());
        RunToken(Secret::new(format!(
            "{PREFIX}{}",
            URL_SAFE_NO_PAD.encode(tag)
        )))
    }

    /// HMAC-SHA256 of `message` for one `purpose`, so that a tag made for one thing is none for another.
    pub fn tag(&self, purpose: &str, message: &[u8]) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(message);
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey(…)")
    }
}

/// `berth_` and 43 characters of base64url. Whoever holds it spends what its grant allows.
#[derive(Clone, PartialEq, Eq)]
pub struct RunToken(Secret);

impl RunToken {
    /// For the process's environment, and nothing else.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// What the gateway is told of it.
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(self.expose())
    }
}

impl fmt::Debug for RunToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RunToken(…)")
    }
}

/// SHA-256 of a token. It names the token to the gateway, which has to recognise it and never to use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TokenHash(pub [u8; 32]);

impl TokenHash {
    /// Of a token as it was presented.
    pub fn of(presented: &str) -> Self {
        Self(Sha256::digest(presented.as_bytes()).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_process_has_the_same_token_and_others_have_others() {
        let key = TokenKey::new([7; 32]);
        assert_eq!(key.derive("p1"), TokenKey::new([7; 32]).derive("p1"));
        assert_ne!(key.derive("p1"), key.derive("p2"));
        assert_ne!(key.derive("p1"), TokenKey::new([8; 32]).derive("p1"));
        assert_eq!(key.derive("p1").expose().len(), PREFIX.len() + 43);
    }

    #[test]
    fn debug_shows_neither_key_nor_token() {
        let key = TokenKey::new([7; 32]);
        assert_eq!(
            format!("{key:?} {:?}", key.derive("p1")),
            "TokenKey(…) RunToken(…)"
        );
    }
}
