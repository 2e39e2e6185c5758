//! From a token's text to claims that can be believed.

use std::sync::Arc;

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};

use crate::claims::{Claims, Expected, Refused};
use crate::keys::{KeyCache, KeySource, KeysUnavailable};

/// Longest token in bytes; Google's have about 1,200.
const MAX_TOKEN: usize = 16 * 1024;

/// A token was not believed, or could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It is not what was asked for: 401.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It may be: ask again later.
    #[error(transparent)]
    Unavailable(#[from] KeysUnavailable),
}

/// Verifies tokens of one issuer; cheap to clone, and clones share the keys.
#[derive(Debug, Clone)]
pub struct Verifier {
    keys: Arc<KeyCache>,
}

impl Verifier {
    /// A verifier with these keys; they are asked for when the first token comes.
    pub fn new(source: Arc<dyn KeySource>) -> Self {
        Self {
            keys: Arc::new(KeyCache::new(source)),
        }
    }

    /// What the token says, if the issuer signed it and it says what is expected.
    pub async fn verify(
        &self,
        token: &str,
        expected: &Expected<'_>,
        now: Timestamp,
    ) -> Result<Claims, VerifyError> {
        let id = key_id(token)?;
        let key = self.keys.key(&id, now).await?.ok_or(Refused::UnknownKey)?;
        let claims = signed(token, &key)?;
        claims.check(expected, now)?;
        Ok(claims)
    }
}

/// The key that the token names. Nothing else of its header counts.
fn key_id(token: &str) -> Result<String, Refused> {
    if token.len() > MAX_TOKEN {
        return Err(Refused::Malformed);
    }
    // An algorithm the library does not know, `none` among them, does not parse.
    let header = decode_header(token).map_err(|_| Refused::Malformed)?;
    if header.alg != Algorithm::RS256 {
        return Err(Refused::Algorithm);
    }
    header.kid.ok_or(Refused::UnknownKey)
}

/// The claims under a good signature. Time and audience are [`Claims::check`]'s: the library would read the clock.
fn signed(token: &str, key: &DecodingKey) -> Result<Claims, Refused> {
    use jsonwebtoken::errors::ErrorKind;

    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    decode(token, key, &validation)
        .map(|token| token.claims)
        .map_err(|error| match error.kind() {
            ErrorKind::InvalidSignature => Refused::Signature,
            _ => Refused::Malformed,
        })
}
