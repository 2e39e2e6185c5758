//! A key file, and what it encrypts (XChaCha20-Poly1305; scope and name are the associated data).

use std::fmt;
use std::io::{Read as _, Write as _};
use std::path::Path;

use async_trait::async_trait;
use berth_domain::ports::sealing::{Sealing, bound_to};
use berth_domain::ports::{StoreError, StoreErrorKind, StoreResult};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

/// Bytes of the key.
const KEY: usize = 32;
/// Bytes of a nonce, with which every sealed value begins; long enough to be drawn at random for every value.
pub const NONCE: usize = 24;

/// The key file could not be read or made.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file system's answer.
    #[error("the key file cannot be read or made")]
    Io(#[from] std::io::Error),
    /// It has not the length of a key.
    #[error("the key file does not hold {KEY} bytes")]
    Length,
    /// The system gave no random bytes.
    #[error("no random bytes: {0}")]
    Random(getrandom::Error),
}

/// The key that encrypts secrets.
#[derive(Clone)]
pub struct SecretKey([u8; KEY]);

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

impl SecretKey {
    /// A key from its bytes.
    pub fn new(bytes: [u8; KEY]) -> Self {
        Self(bytes)
    }

    /// The key's bytes, for deriving other keys from.
    pub fn bytes(&self) -> &[u8; KEY] {
        &self.0
    }

    /// Reads the key at `path`; where there is none, draws one and stores it, readable by its owner only.
    pub fn load_or_create(path: &Path) -> Result<Self, KeyError> {
        match std::fs::File::open(path) {
            Ok(mut file) => {
                let mut bytes = Vec::with_capacity(KEY);
                file.read_to_end(&mut bytes)?;
                Ok(Self(bytes.try_into().map_err(|_| KeyError::Length)?))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::create(path),
            Err(error) => Err(error.into()),
        }
    }

    fn create(path: &Path) -> Result<Self, KeyError> {
        let mut bytes = [0; KEY];
        getrandom::fill(&mut bytes).map_err(KeyError::Random)?;
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        // Written beside (with mode 0600) and linked: a crash leaves no half a key, and of two processes that come at the
        // same time the second finds the first one's key instead of replacing it.
        let mut draft = tempfile::NamedTempFile::new_in(folder)?;
        draft.write_all(&bytes)?;
        draft.as_file().sync_all()?;
        match draft.persist_noclobber(path) {
            Ok(_) => {
                // Without this a power cut could take the key and leave what it has encrypted.
                std::fs::File::open(folder)?.sync_all()?;
                Ok(Self(bytes))
            }
            Err(lost) if lost.error.kind() == std::io::ErrorKind::AlreadyExists => {
                Self::load_or_create(path)
            }
            Err(lost) => Err(lost.error.into()),
        }
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.0.into())
    }
}

#[async_trait]
impl Sealing for SecretKey {
    async fn seal(&self, scope: &str, name: &str, value: &str) -> StoreResult<Vec<u8>> {
        const OPERATION: &str = "secrets.seal";
        let mut nonce = [0_u8; NONCE];
        getrandom::fill(&mut nonce).map_err(|error| {
            StoreError::new(StoreErrorKind::Unavailable, OPERATION, error.to_string())
        })?;
        let payload = Payload {
            msg: value.as_bytes(),
            aad: &bound_to(scope, name),
        };
        let ciphertext = self
            .cipher()
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| StoreError::new(StoreErrorKind::Broken, OPERATION, "encryption failed"))?;
        Ok([&nonce[..], &ciphertext].concat())
    }

    async fn open(&self, scope: &str, name: &str, sealed: &[u8]) -> StoreResult<String> {
        let broken = || {
            StoreError::new(
                StoreErrorKind::Broken,
                "secrets.open",
                "the value was not encrypted with this key for this name",
            )
        };
        let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE>().ok_or_else(broken)?;
        let payload = Payload {
            msg: ciphertext,
            aad: &bound_to(scope, name),
        };
        let clear = self
            .cipher()
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| broken())?;
        String::from_utf8(clear).map_err(|_| broken())
    }
}
