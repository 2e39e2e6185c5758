//! Secrets, sealed with Cloud KMS.
//!
//! An envelope: the value is encrypted with a data key of its own (XChaCha20-Poly1305; scope and name are the associated data), and the
//! data key by KMS, with the scope, which names the agent, as the associated data. Every value has a data key of its own because the api
//! may ask KMS to encrypt and not to decrypt: it could not take up a key that is there.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use berth_domain::ports::sealing::{Sealing, bound_to};
use berth_domain::ports::{StoreError, StoreErrorKind, StoreResult};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};

use crate::rest::{Rest, RestError};

/// Google's endpoint.
const ENDPOINT: &str = "https://cloudkms.googleapis.com";
/// The version of what is stored: this byte, two bytes with the length of the wrapped key, the wrapped key, nonce, ciphertext.
const VERSION: u8 = 1;
/// Bytes of a data key.
const KEY: usize = 32;
/// Bytes of a nonce.
const NONCE: usize = 24;

/// Seals with a key of Cloud KMS.
#[derive(Debug, Clone)]
pub struct Kms {
    key: String,
    rest: Rest,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Encrypt {
    plaintext: String,
    additional_authenticated_data: String,
}

#[derive(Debug, Deserialize)]
struct Encrypted {
    ciphertext: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Decrypt {
    ciphertext: String,
    additional_authenticated_data: String,
}

#[derive(Deserialize)]
struct Decrypted {
    plaintext: String,
}

impl Kms {
    /// With the key of that full name (`projects/…/cryptoKeys/…`). `emulator` is the URL of a stand-in, which is asked without credentials.
    pub fn new(key: &str, emulator: Option<&str>) -> Result<Self, RestError> {
        Ok(Self {
            key: key.to_owned(),
            rest: Rest::new(ENDPOINT, emulator)?,
        })
    }

    async fn wrap(&self, operation: &'static str, scope: &str, key: &[u8]) -> StoreResult<Vec<u8>> {
        let request = Encrypt {
            plaintext: STANDARD.encode(key),
            additional_authenticated_data: STANDARD.encode(scope),
        };
        let path = format!("/v1/{}:encrypt", self.key);
        let answer: Option<Encrypted> = self.rest.post(operation, &path, &request).await?;
        let answer = answer.ok_or_else(|| broken(operation, "there is no such key"))?;
        decoded(operation, &answer.ciphertext)
    }

    async fn unwrap(
        &self,
        operation: &'static str,
        scope: &str,
        wrapped: &[u8],
    ) -> StoreResult<[u8; KEY]> {
        let request = Decrypt {
            ciphertext: STANDARD.encode(wrapped),
            additional_authenticated_data: STANDARD.encode(scope),
        };
        let path = format!("/v1/{}:decrypt", self.key);
        let answer: Option<Decrypted> = self.rest.post(operation, &path, &request).await?;
        let answer = answer.ok_or_else(|| broken(operation, "there is no such key"))?;
        decoded(operation, &answer.plaintext)?
            .try_into()
            .map_err(|_| broken(operation, "the data key has another length"))
    }
}

fn broken(operation: &'static str, why: &'static str) -> StoreError {
    StoreError::new(StoreErrorKind::Broken, operation, why)
}

fn decoded(operation: &'static str, text: &str) -> StoreResult<Vec<u8>> {
    STANDARD
        .decode(text)
        .map_err(|_| broken(operation, "the answer is no base64"))
}

/// The parts of what is stored: wrapped key, nonce, ciphertext.
fn parts(sealed: &[u8]) -> Option<(&[u8], [u8; NONCE], &[u8])> {
    let rest = sealed.strip_prefix(&[VERSION])?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (wrapped, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>()?;
    Some((wrapped, *nonce, ciphertext))
}

#[async_trait]
impl Sealing for Kms {
    async fn seal(&self, scope: &str, name: &str, value: &str) -> StoreResult<Vec<u8>> {
        const OPERATION: &str = "secrets.seal";
        let (mut key, mut nonce) = ([0; KEY], [0; NONCE]);
        for random in [&mut key[..], &mut nonce[..]] {
            getrandom::fill(random).map_err(|error| {
                StoreError::new(StoreErrorKind::Unavailable, OPERATION, error.to_string())
            })?;
        }
        let wrapped = self.wrap(OPERATION, scope, &key).await?;
        let length = u16::try_from(wrapped.len())
            .map_err(|_| broken(OPERATION, "the wrapped key is too long"))?;
        let payload = Payload {
            msg: value.as_bytes(),
            aad: &bound_to(scope, name),
        };
        let ciphertext = XChaCha20Poly1305::new(&key.into())
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| broken(OPERATION, "encryption failed"))?;
        Ok([
            &[VERSION][..],
            &length.to_be_bytes(),
            &wrapped,
            &nonce,
            &ciphertext,
        ]
        .concat())
    }

    async fn open(&self, scope: &str, name: &str, sealed: &[u8]) -> StoreResult<String> {
        const OPERATION: &str = "secrets.open";
        const OTHER: &str = "the value was not encrypted with this key for this name";
        let (wrapped, nonce, ciphertext) = parts(sealed).ok_or_else(|| broken(OPERATION, OTHER))?;
        let key = self.unwrap(OPERATION, scope, wrapped).await?;
        let payload = Payload {
            msg: ciphertext,
            aad: &bound_to(scope, name),
        };
        let clear = XChaCha20Poly1305::new(&key.into())
            .decrypt(&XNonce::from(nonce), payload)
            .map_err(|_| broken(OPERATION, OTHER))?;
        String::from_utf8(clear).map_err(|_| broken(OPERATION, OTHER))
    }
}
